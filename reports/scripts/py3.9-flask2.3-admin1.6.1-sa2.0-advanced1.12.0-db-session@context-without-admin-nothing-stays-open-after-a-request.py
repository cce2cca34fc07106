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

"""After a request to a plain Flask view no transaction is open and no connection is out. It fails:
AssertionError: left open after the request: {'transactions': 1, 'connections': 1}
Measured in py3.9-flask2.3-admin1.6.1-sa2.0-advanced1.12.0 with the pattern db-session@context.
Exits with 1 where it fails so, with 0 where it is mended. Run it with `uv run FILE`.
"""

from advanced_alchemy.base import CommonTableAttributes
from advanced_alchemy.extensions.flask import AdvancedAlchemy, SQLAlchemySyncConfig
from flask import Flask
from pathlib import Path
from sqlalchemy import Column, Integer, create_engine, event
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import NullPool, Pool
from types import SimpleNamespace
from werkzeug.test import Client
import shutil
import sys
import tempfile
import traceback
import weakref

class Library:
    def __init__(self, url):

        class Base(CommonTableAttributes, DeclarativeBase):
            pass
        self.db = AdvancedAlchemy(config=SQLAlchemySyncConfig(connection_string=url))
        self.Base = Base

    def init_app(self, app):
        self.db.init_app(app)

    def session(self):
        return self.db.get_sync_session()

class SQLite:
    _filled = b''

    def __init__(self, file):
        self.url = f'sqlite:///{file}'

class Watch:
    def __init__(self):
        self._out = {}
        self._seen = weakref.WeakSet()
        self._listeners = ((Session, 'after_begin', self._after_begin), (Pool, 'checkout', self._checkout), (Pool, 'checkin', self._checkin))

    def _after_begin(self, session, transaction, connection):
        self._seen.add(session)

    def _checkout(self, _connection, record, _proxy):
        self._out[id(record)] = record

    def _checkin(self, _connection, record):
        self._out.pop(id(record), None)

    @property
    def checked_out(self):
        return len(self._out)

def session_for_view(library, app):
    return library.session()

class World:
    def __init__(self, adapter, pattern, database):
        self.adapter = adapter
        self.pattern = pattern
        self.database = database
        self.watch = Watch()

    def place(self, app=None):
        inside = self.pattern.endswith('@context')
        return (app or self.app).app_context()

def session_behind(held):
    return held.query().session

def show_failure(folder):
    world = World(SimpleNamespace(Library=Library), 'db-session@context', SQLite(folder / 'app.sqlite'))

    def query():
        session_behind(made).query(world.models.User).all()
    world.library = world.adapter.Library(world.database.url)
    own = getattr(world.adapter, 'models', None)

    class Group(world.library.Base):
        id = Column(Integer, primary_key=True)

    class User(world.library.Base):
        id = Column(Integer, primary_key=True)
    world.models = SimpleNamespace(Group=Group, User=User)
    world.models.User.metadata.create_all(create_engine(world.database.url, poolclass=NullPool))
    world.app = Flask('scenario', root_path=str(Path(__file__).parent))
    for target, name, listener in world.watch._listeners:
        event.listen(target, name, listener)
    world.library.db.init_app(world.app)
    world.app.add_url_rule('/', view_func=lambda: str(query()), endpoint='root')
    with world.place():
        made = session_for_view(world.library, world.app)
    response = Client(world.app, world.app.response_class).get('/')
    left = {'transactions': sum((session.in_transaction() for session in list(world.watch._seen))), 'connections': world.watch.checked_out}
    assert left == {'transactions': 0, 'connections': 0}, f'left open after the request: {left}'

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
