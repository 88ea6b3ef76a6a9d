"""A FastAPI service on an AsyncStore: copy `app.py`, and test it as in `test_app.py`."""
