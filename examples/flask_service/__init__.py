"""A Flask service on a Store: copy `app.py`, and test it as in `test_app.py`."""
