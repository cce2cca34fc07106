# /// script
# requires-python = "==3.9.*"
# dependencies = [
#   "advanced-alchemy==1.12.0",
#   "alembic==1.16.5",
#   "blinker==1.9.0",
#   "click==8.1.8",
#   "eval-type-backport==0.4.0",
#   "exceptiongroup==1.3.1",
#   "flask-admin==1.6.1",
#   "flask==2.3.3",
#   "greenlet==3.2.5",
#   "importlib-metadata==8.7.1",
#   "itsdangerous==2.2.0",
#   "jinja2==3.1.6",
#   "mako==1.3.12",
#   "markupsafe==3.0.4",
#   "sqlalchemy==2.0.58",
#   "tomli==2.5.0",
#   "typing-extensions==4.16.0",
#   "werkzeug==3.1.9",
#   "wtforms==3.1.2",
#   "zipp==3.23.1",
# ]
# ///

"""A name that is taken is refused with a message at the form, and nothing is stored. It fails:
RuntimeError: Working outside of application context.
Measured in py3.9-flask2.3-admin1.6.1-sa2.0-advanced1.12.0 with the pattern db-session.
Exits with 1 where it fails so, with 0 where it is mended. Run it with `uv run FILE`.
"""

from advanced_alchemy.extensions.flask import AdvancedAlchemy, SQLAlchemySyncConfig
from flask import Flask
from pathlib import Path
import shutil
import sys
import tempfile
import traceback

class Library:
    def __init__(self):
        self.config = SQLAlchemySyncConfig()

    def engine(self):
        pass

    def session(self):
        return AdvancedAlchemy(config=self.config).get_sync_session()

def session_for_view(library, app):
    return library.session()

def show_failure(folder):
    made = session_for_view(Library(), Flask('scenario'))

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
