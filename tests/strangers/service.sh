# A service and its tests, from the wheel alone: the database is the plugin's embedded server.
python3.11 -m venv venv
venv/bin/pip install --quiet "attune-store[pytest,embedded] @ $ATTUNE_STORE" fastapi httpx2
cp -r "$REPOSITORY/examples/fastapi_service" .
unset DATABASE_URL
venv/bin/python -W error -m pytest -q fastapi_service
