# /// script
# requires-python = ">=3.10"
# dependencies = ["flask-admin==2.2.1", "flask-sqlalchemy==3.1.1", "sqlalchemy==2.0.58", "wtforms==3.2.0"]
# ///
"""Flask-Admin 2.2.1 declares wtforms>=2.3, and cannot be imported with WTForms 3.2.0.

`uv run` this file: prints the error and exits 1; exits 0 where it is mended.
"""

import sys

try:
    import flask_admin.contrib.sqla  # noqa: F401
except Exception as error:
    sys.exit(f"{type(error).__name__}: {error}")
print("flask_admin.contrib.sqla is imported")
