# /// script
# requires-python = "==3.10.*"
# dependencies = [
#   "click==8.5.1",
#   "flask-admin==1.6.1",
#   "flask-sqlalchemy==2.5.1",
#   "flask==2.2.5",
#   "greenlet==3.5.6",
#   "itsdangerous==2.2.0",
#   "jinja2==3.1.6",
#   "markupsafe==3.0.4",
#   "sqlalchemy==2.0.58",
#   "typing-extensions==4.16.0",
#   "werkzeug==3.1.9",
#   "wtforms==3.1.2",
# ]
# ///

"""A name that is taken is refused with a message at the form, and nothing is stored. It fails:
AttributeError: module 'sqlalchemy' has no attribute '__all__'
Measured in py3.10-flask2.2-admin1.6.1-sa2.0-fsa2.5.1 with the pattern db-session.
Exits with 1 where it fails so, with 0 where it is mended. Run it with `uv run FILE`.
"""

from flask_sqlalchemy import SQLAlchemy
from pathlib import Path
import shutil
import sys
import tempfile
import traceback

def show_failure(folder):
    db = SQLAlchemy()

folder = Path(tempfile.mkdtemp())
try:
    show_failure(folder)
except Exception as error:
    traceback.print_exc()
    while isinstance(error, AssertionError) and error.__cause__:
        error = error.__cause__
    sys.exit(f"shown: {type(error).__name__}: {str(error).strip()}")
finally:
    shutil.rmtree(folder, ignore_errors=True)
print("mended: it passes with these packages")
