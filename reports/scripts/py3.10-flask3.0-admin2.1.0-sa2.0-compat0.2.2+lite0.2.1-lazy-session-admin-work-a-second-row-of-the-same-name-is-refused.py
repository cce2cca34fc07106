# /// script
# requires-python = "==3.10.*"
# dependencies = [
#   "asgiref==3.12.1",
#   "blinker==1.9.0",
#   "click==8.5.1",
#   "flask-admin==2.1.0",
#   "flask-sqlalchemy-compat==0.2.2",
#   "flask-sqlalchemy-lite==0.2.1",
#   "flask==3.0.3",
#   "greenlet==3.5.6",
#   "itsdangerous==2.2.0",
#   "jinja2==3.1.6",
#   "markupsafe==3.0.4",
#   "sqlalchemy==2.0.58",
#   "typing-extensions==4.16.0",
#   "werkzeug==3.1.9",
#   "wtforms==3.2.2",
# ]
# ///

"""A name that is taken is refused with a message at the form, and nothing is stored. It fails:
TypeError: Passing a session object directly is not supported with Flask-SQLAlchemy-Lite. Please
pass the SQLAlchemy db object instead. Example: ModelView(User, db) instead of ModelView(User,
db.session)
Measured in py3.10-flask3.0-admin2.1.0-sa2.0-compat0.2.2+lite0.2.1 with the pattern
lazy-session.
Exits with 1 where it fails so, with 0 where it is mended. Run it with `uv run FILE`.
"""

from flask import Flask
from flask_admin.contrib.sqla import ModelView
from flask_sqlalchemy_compat import get_flask_sqlalchemy
from pathlib import Path
from sqlalchemy import Column
from sqlalchemy.orm import DeclarativeBase
from types import SimpleNamespace
import shutil
import sys
import tempfile
import traceback

class Library:
    def __init__(self, url):

        class Base(DeclarativeBase):
            pass
        self.config = {'SQLALCHEMY_DATABASE_URI': url}
        self.db = get_flask_sqlalchemy(Base)
        self.Base = self.db.Model

    def session(self):
        return self.db.session

class SQLite:
    def __init__(self, file):
        self.url = f'sqlite:///{file}'

class LazySessionWrapper:
    def __init__(self, look_up):
        self._look_up = look_up

    def __getattr__(self, name):
        return getattr(self._look_up(), name)

    def __call__(self):
        return self._look_up()

def session_for_view(library, app):
    return LazySessionWrapper(library.session)

def show_failure(folder):
    world = SimpleNamespace()
    world.library = Library(SQLite(folder / 'app.sqlite').url)

    class User(world.library.Base):
        id = Column(primary_key=True)
    world.app = Flask('scenario')
    world.app.config.update(world.library.config)
    world.library.db.init_app(world.app)
    world.view = type('UserView', (ModelView,), {})(User, session_for_view(world.library, world.app))

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
