"""A service of Flask on a Store: `app.py` to copy, `test_app.py` to test it."""
