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

"""Requests that read at once from a threaded server have a Session each. It fails: AssertionError:
6 threads shared 1 Session(s)
Measured in py3.9-flask2.3-admin1.6.1-sa2.0-advanced1.12.0 with the pattern db-session@context.
Exits with 1 where it fails so, with 0 where it is mended. Run it with `uv run FILE`.
"""

from advanced_alchemy.base import CommonTableAttributes, create_registry
from advanced_alchemy.extensions.flask import AdvancedAlchemy, SQLAlchemySyncConfig
from contextlib import contextmanager, nullcontext
from flask import Flask
from flask_admin import Admin, expose
from flask_admin.contrib.sqla import ModelView
from pathlib import Path
from sqlalchemy import Column, Date, Enum, ForeignKey, Integer, String, create_engine
from sqlalchemy.orm import DeclarativeBase, Session, relationship
from sqlalchemy.pool import NullPool, Pool
from types import SimpleNamespace
from typing import Callable
from werkzeug.serving import WSGIRequestHandler, make_server
import enum
import functools
import http.client
import itertools
import shutil
import sys
import tempfile
import threading
import traceback

class Library:
    def __init__(self, url):

        class Base(CommonTableAttributes, DeclarativeBase):
            registry = create_registry()
        self.config = SQLAlchemySyncConfig(connection_string=url)
        self.db = AdvancedAlchemy(config=self.config)
        self.Base = Base

    def init_app(self, app):
        self.db.init_app(app)

    def session(self):
        return self.db.get_sync_session()

@functools.lru_cache(maxsize=8)
def _connector(url):
    engine = create_engine(url, poolclass=NullPool)
    arguments, options = engine.dialect.create_connect_args(engine.url)
    return functools.partial(engine.dialect.connect, *arguments, **options)

_TEAMS = "INSERT INTO team (name) VALUES ('red'), ('blue')"

_PEOPLE = "INSERT INTO person (name, born, role, group_id) VALUES ('ada', '1815-12-10', 'editor', 1), ('bob', '1980-01-31', 'reader', 2), ('cyd', NULL, NULL, NULL)"

ROWS = (_TEAMS, _PEOPLE)

class SQLite:
    def connect(self):
        return _connector(self.url)()

    def run(self, statement, *values):
        connection = _connector(self.url)()
        try:
            cursor = connection.cursor()
            cursor.execute(statement, values)
            rows = [tuple(row) for row in cursor.fetchall()] if cursor.description else []
            connection.commit()
        finally:
            connection.close()
        return rows
    has_server = False
    _filled = b''

    def __init__(self, file):
        self.file = file
        self.url = f'sqlite:///{file}'

class UserView(ModelView):
    can_view_details = True
    work: Callable[[ModelView], str] = staticmethod(lambda view: '')

    @expose('/work')
    def work_view(self):
        return self.work(self) or 'done'

_lock = threading.Lock()

_serials = itertools.count(1)

def serial(session):
    with _lock:
        return session.info.setdefault('scenario serial', next(_serials))

class Watch:
    def __init__(self):
        self._on = False
        self._listeners = ((Session, 'after_begin', self._after_begin), (Pool, 'checkout', self._checkout), (Pool, 'checkin', self._checkin))

    def start(self):
        pass

    def _after_begin(self, session, transaction, connection):
        self._seen.add(session)
        self.begun.append(serial(session))

    def _checkout(self, _connection, record, _proxy):
        with _lock:
            self._out[id(record)] = record

    def _checkin(self, _connection, record):
        pass

class Role(enum.Enum):
    reader = 'may read'
    editor = 'may write'

def define(base):

    class Group(base):
        __tablename__ = 'team'
        id = Column(Integer, primary_key=True)
        name = Column(String(40), nullable=False)

    class User(base):
        __tablename__ = 'person'
        id = Column(Integer, primary_key=True)
        name = Column(String(40), unique=True, nullable=False)
        born = Column(Date)
        role = Column(Enum(Role))
        group_id = Column(Integer, ForeignKey('team.id'))
        group = relationship(Group, backref='members')
    return SimpleNamespace(Group=Group, User=User)

class Application(Flask):
    def __init__(self, *args, **options):
        super().__init__(*args, **options)

def session_for_view(library, app):
    return library.session()

def is_inside_context(pattern):
    return pattern.endswith('@context')

def _translate():
    try:
        from flask_babel import Babel
    except ImportError:
        return

HERE = Path(__file__).parent

class World:
    locale = 'en'

    def __init__(self, adapter, pattern, database):
        self.adapter = adapter
        self.pattern = pattern
        self.database = database
        self.others = []
        self.views = {}
        self.watch = Watch()
        self.handle = None

    def place(self, app=None):
        inside = is_inside_context(self.pattern)
        return (app or self.app).app_context() if inside else nullcontext()

THREADS = 6

DEADLINE = 10.0

class Meeting:
    def __init__(self, world):
        self.world = world
        self.barrier = threading.Barrier(THREADS)
        self.sessions = []

    def read(self, view):
        session = view.get_query().session
        self.sessions.append(serial(session))
        self.barrier.wait(DEADLINE)
        name = view.get_one('1').name
        self.barrier.wait(DEADLINE)

def run(world, evidence, work, send):
    if hasattr(world, 'app'):
        pass
    world.library = world.adapter.Library(world.database.url)
    own = getattr(world.adapter, 'models', None)
    world.models = own(world.library) if own else define(world.library.Base)
    if not SQLite._filled:
        world.database.file.unlink(missing_ok=True)
        engine = create_engine(world.database.url, poolclass=NullPool)
        world.models.User.metadata.create_all(engine)
        engine.dispose()
        for statement in ROWS:
            world.database.run(statement)
        SQLite._filled = world.database.file.read_bytes()
    world.database.file.write_bytes(SQLite._filled)
    world.app = Application('scenario', root_path=str(HERE))
    if world.locale is not None:
        _translate()
    world.watch.start()
    world.library.init_app(world.app)
    world.admin = Admin(world.app, name='scenario')
    with world.place():
        made = session_for_view(world.library, world.app)
        world.handle = made
        kind = type('UserView', (UserView,), {})
        world.view = kind(world.models.User, world.handle, endpoint='user')
        world.admin.add_view(world.view)
        world.views['user'] = world.view
    meeting = Meeting(world)
    world.view.work = getattr(meeting, work)
    failures = send(world, meeting)
    shared = len(set(meeting.sessions))
    evidence(threads=THREADS, met=len(meeting.sessions), sessions=shared)
    if len(meeting.sessions) == THREADS:
        assert shared == THREADS, f'{THREADS} threads shared {shared} Session(s)'

class Silent(WSGIRequestHandler):
    def log(self, type, message, *args):
        pass

@contextmanager
def threaded_server(app):
    server = make_server('127.0.0.1', 0, app, threaded=True, request_handler=Silent)
    server.daemon_threads = False
    server.block_on_close = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()

    def get(path):
        connection = http.client.HTTPConnection('127.0.0.1', server.port, timeout=DEADLINE)
        connection.request('GET', path)
        response = connection.getresponse()
        return (response.status, response.read().decode())
    try:
        yield get
    finally:
        server.shutdown()
        thread.join(DEADLINE)
        server.server_close()

def through_a_server(world, meeting):
    with threaded_server(world.app) as get:

        def request(_number):
            status, _page = get('/admin/user/work')
            if status != 200:
                found = f'/admin/user/work answered {status}, not 200'

        def run(number):
            request(number)
        threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(DEADLINE)

def show_failure(folder):
    world = World(SimpleNamespace(Library=Library), 'db-session@context', SQLite(folder / 'app.sqlite'))
    evidence = lambda **facts: print('seen:', facts)
    run(world, evidence, 'read', through_a_server)

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
