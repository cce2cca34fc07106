# /// script
# requires-python = ">=3.10,<3.13"
# dependencies = ["flask-admin==2.2.0", "flask-sqlalchemy==2.5.1", "sqlalchemy==1.4.54", "flask==2.1.3", "werkzeug==2.1.2"]
# ///
"""Flask-Admin 2.2.0 declares flask>=2.0, and cannot be imported with Flask 2.1.

`uv run` this file: prints the error and exits 1; exits 0 where it is mended.
"""

import sys

try:
    import flask_admin  # noqa: F401
except Exception as error:
    sys.exit(f"{type(error).__name__}: {error}")
print("flask_admin is imported")
