# /// script
# requires-python = ">=3.9,<3.13"
# dependencies = ["flask-sqlalchemy==2.5.1", "flask==2.2.5", "werkzeug<3.1", "sqlalchemy==2.0.58"]
# ///
"""Flask-SQLAlchemy 2.5.1 declares SQLAlchemy>=0.8.0, and makes no `SQLAlchemy()` with 2.0.

`uv run` this file: prints the error and exits 1; exits 0 where it is mended.
"""

import sys

try:
    from flask_sqlalchemy import SQLAlchemy

    SQLAlchemy()
except Exception as error:
    sys.exit(f"{type(error).__name__}: {error}")
print("SQLAlchemy() is made")
