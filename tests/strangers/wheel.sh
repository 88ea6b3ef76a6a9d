# The store's wheel alone: what it brings, both twins, and the command line with and without its extra.
python3.11 -m venv venv
venv/bin/pip install --quiet "$ATTUNE_STORE"
venv/bin/pip list --format=freeze | sed 's/[=@ ].*//' | sort > brought
sort > expected <<'NAMES'
attune-store
psycopg
psycopg-pool
pydantic
annotated-types
pydantic_core
typing-inspection
typing_extensions
pip
setuptools
NAMES
diff expected brought

venv/bin/pip install --quiet psycopg-binary
venv/bin/python -W error "$REPOSITORY/tests/strangers/both_twins.py"

status=0
venv/bin/attune-store status 2> message || status=$?
test $status = 2
grep -Fx "the command line is not installed: run pip install 'attune-store[cli]'" message
venv/bin/pip install --quiet "attune-store[cli] @ $ATTUNE_STORE"
venv/bin/attune-store status
