# /// script
# requires-python = ">=3.10"
# dependencies = ["flask-admin==2.2.1", "sqlalchemy==2.0.58", "flask-sqlalchemy-lite==0.2.1"]
# ///
"""Flask-Admin 2.2.1 cannot be imported without Flask-SQLAlchemy 3. `uv run` this file.

Prints the error and exits 1; exits 0 where the behaviour is mended.
"""

import sys

try:
    import flask_admin.contrib.sqla  # noqa: F401
except ImportError as error:
    sys.exit(f"ImportError: {error}")
print("flask_admin.contrib.sqla is imported without Flask-SQLAlchemy")
