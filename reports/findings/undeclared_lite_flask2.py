# /// script
# requires-python = ">=3.9,<3.13"
# dependencies = ["flask-sqlalchemy-lite==0.1.0", "flask==2.3.3", "sqlalchemy==2.0.58"]
# ///
"""flask-sqlalchemy-lite 0.1.0 declares flask[async], and cannot be imported with Flask 2.

`uv run` this file: prints the error and exits 1; exits 0 where it is mended.
"""

import sys

try:
    import flask_sqlalchemy_lite  # noqa: F401
except Exception as error:
    sys.exit(f"{type(error).__name__}: {error}")
print("flask_sqlalchemy_lite is imported")
