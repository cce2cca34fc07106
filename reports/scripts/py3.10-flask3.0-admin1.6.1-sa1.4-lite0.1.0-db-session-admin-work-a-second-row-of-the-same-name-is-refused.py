# /// script
# requires-python = "==3.10.*"
# dependencies = [
#   "asgiref==3.12.1",
#   "blinker==1.9.0",
#   "click==8.5.1",
#   "flask-admin==1.6.1",
#   "flask-sqlalchemy-lite==0.1.0",
#   "flask==3.0.3",
#   "greenlet==3.5.6",
#   "itsdangerous==2.2.0",
#   "jinja2==3.1.6",
#   "markupsafe==3.0.4",
#   "sqlalchemy==1.4.54",
#   "typing-extensions==4.16.0",
#   "werkzeug==3.1.9",
#   "wtforms==3.1.2",
# ]
# ///

"""A name that is taken is refused with a message at the form, and nothing is stored. It fails:
AttributeError: module 'sqlalchemy' has no attribute 'URL'
Measured in py3.10-flask3.0-admin1.6.1-sa1.4-lite0.1.0 with the pattern db-session.
Exits with 1 where it fails so, with 0 where it is mended. Run it with `uv run FILE`.
"""

from flask import Flask
from flask_sqlalchemy_lite import SQLAlchemy
from pathlib import Path
from types import SimpleNamespace
import shutil
import sys
import tempfile
import traceback

class Library:
    def __init__(self, url):
        self.engines = {'default': url}
        self.db = SQLAlchemy()

class SQLite:
    def __init__(self, file):
        self.url = f'sqlite:///{file}'

def session_for_view(library, app):
    return library.session()

def show_failure(folder):
    world = SimpleNamespace()
    world.library = Library(SQLite(folder / 'app.sqlite').url)
    world.app = Flask('scenario')
    world.app.config['SQLALCHEMY_ENGINES'] = world.library.engines
    world.library.db.init_app(world.app)

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
