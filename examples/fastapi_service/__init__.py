"""A service of FastAPI on an AsyncStore: `app.py` to copy, `test_app.py` to test it."""
