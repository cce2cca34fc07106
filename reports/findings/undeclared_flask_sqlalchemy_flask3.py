# /// script
# requires-python = ">=3.9,<3.13"
# dependencies = ["flask-sqlalchemy==2.5.1", "flask==3.0.3", "sqlalchemy==1.4.54"]
# ///
"""Flask-SQLAlchemy 2.5.1 declares Flask>=0.10, and cannot be imported with Flask 3.

`uv run` this file: prints the error and exits 1; exits 0 where it is mended.
"""

import sys

try:
    import flask_sqlalchemy  # noqa: F401
except Exception as error:
    sys.exit(f"{type(error).__name__}: {error}")
print("flask_sqlalchemy is imported")
