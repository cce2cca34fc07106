# /// script
# requires-python = ">=3.10,<3.13"
# dependencies = ["alchemical==1.0.3", "sqlalchemy==1.4.54", "flask==2.2.5", "werkzeug<3.1"]
# ///
"""Alchemical 1.0.3 declares sqlalchemy>=1.4.24, and cannot be imported with any 1.4.

`uv run` this file: prints the error and exits 1; exits 0 where it is mended.
"""

import sys

try:
    import alchemical  # noqa: F401
except Exception as error:
    sys.exit(f"{type(error).__name__}: {error}")
print("alchemical is imported")
