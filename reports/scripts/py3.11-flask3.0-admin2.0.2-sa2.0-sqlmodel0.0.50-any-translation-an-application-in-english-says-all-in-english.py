# /// script
# requires-python = "==3.11.*"
# dependencies = [
#   "annotated-types==0.8.0",
#   "blinker==1.9.0",
#   "click==8.5.1",
#   "flask-admin==2.0.2",
#   "flask==3.0.3",
#   "greenlet==3.5.6",
#   "itsdangerous==2.2.0",
#   "jinja2==3.1.6",
#   "markupsafe==3.0.4",
#   "pydantic-core==2.50.4",
#   "pydantic==2.14.3",
#   "sqlalchemy==2.0.58",
#   "sqlmodel==0.0.50",
#   "typing-extensions==4.16.0",
#   "typing-inspection==0.4.5",
#   "werkzeug==3.1.9",
#   "wtforms==3.3.2",
# ]
# ///

"""In English, with Flask-Babel set up or absent, links and messages are there. It fails:
AssertionError: a taken name is told as ['Integrity']
Measured in py3.11-flask3.0-admin2.0.2-sa2.0-sqlmodel0.0.50 with the pattern any.
Exits with 1 where it fails so, with 0 where it is mended. Run it with `uv run FILE`.
"""

from contextlib import nullcontext
from datetime import date
from flask import Flask
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from html.parser import HTMLParser
from pathlib import Path
from sqlalchemy import Enum, create_engine, event
from sqlalchemy.orm import Session, registry, scoped_session, sessionmaker
from sqlalchemy.pool import NullPool, Pool
from sqlmodel import Field, Relationship, SQLModel, Session, create_engine
from types import SimpleNamespace
from typing import Callable, Optional
from werkzeug.test import Client
import enum
import functools
import itertools
import shutil
import sys
import tempfile
import threading
import traceback
import weakref

class Library:
    db = None

    def __init__(self, url):
        self._engine = create_engine(url)
        self._session = scoped_session(sessionmaker(bind=self._engine, class_=Session))
        self.registry = registry()
        self.Base = self.registry.generate_base()

    def init_app(self, app):

        @app.teardown_appcontext
        def remove_session(_error=None):
            self._session.remove()

    def engine(self):
        return self._engine

@functools.lru_cache(maxsize=8)
def _connector(url):
    engine = create_engine(url, poolclass=NullPool)
    arguments, options = engine.dialect.create_connect_args(engine.url)
    return functools.partial(engine.dialect.connect, *arguments, **options)

def _connected(url):
    return _connector(url)()

class Database:
    has_server = True

    def connect(self):
        return _connected(self.url)

    def run(self, statement, *values):
        connection = self.connect()
        try:
            cursor = connection.cursor()
            cursor.execute(self._marked(statement), values)
            rows = [tuple(row) for row in cursor.fetchall()] if cursor.description else []
            connection.commit()
        finally:
            connection.close()
        return rows

    def _make(self, base):
        engine = create_engine(self.url, poolclass=NullPool)
        base.metadata.create_all(engine)
        engine.dispose()

_TEAMS = "INSERT INTO team (name) VALUES ('red'), ('blue')"

_PEOPLE = "INSERT INTO person (name, born, role, group_id) VALUES ('ada', '1815-12-10', 'editor', 1), ('bob', '1980-01-31', 'reader', 2), ('cyd', NULL, NULL, NULL)"

ROWS = (_TEAMS, _PEOPLE)

class SQLite(Database):
    has_server = False
    _filled = b''

    def __init__(self, file):
        self.file = file
        self.url = f'sqlite:///{file}'

    def fill(self, base):
        if not SQLite._filled:
            self.create(base)
            for statement in ROWS:
                self.run(statement)
            SQLite._filled = self.file.read_bytes()
        self.file.write_bytes(SQLite._filled)

    def create(self, base):
        self.file.unlink(missing_ok=True)
        self._make(base)

    def _marked(self, statement):
        return statement

class UserView(ModelView):
    can_view_details = True
    work: Callable[[ModelView], str] = staticmethod(lambda view: '')

_lock = threading.Lock()

_serials = itertools.count(1)

def serial(session):
    with _lock:
        return session.info.setdefault('scenario serial', next(_serials))

class Watch:
    def __init__(self):
        self.begun = []
        self._out = {}
        self._seen = weakref.WeakSet()
        self._on = False
        self._listeners = ((Session, 'after_begin', self._after_begin), (Pool, 'checkout', self._checkout), (Pool, 'checkin', self._checkin))

    def start(self):
        self._on = True
        for target, name, listener in self._listeners:
            event.listen(target, name, listener)

    def _after_begin(self, session, transaction, connection):
        self._seen.add(session)
        self.begun.append(serial(session))

    def _checkout(self, _connection, record, _proxy):
        with _lock:
            self._out[id(record)] = record

    def _checkin(self, _connection, record):
        with _lock:
            self._out.pop(id(record), None)

    @property
    def checked_out(self):
        return len(self._out)

class Role(enum.Enum):
    reader = 'may read'
    editor = 'may write'

def define(base):
    pass

def of(adapter, library):
    own = getattr(adapter, 'models', None)
    return own(library) if own else define(library.Base)

class Application(Flask):
    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.errors = []
        self.secret_key = 'only for this scenario'

def removed(registry, app):

    @app.teardown_appcontext
    def remove_session(_error=None):
        registry.remove()
    return registry

def session_for_view(library, app):
    return removed(scoped_session(lambda: Session(library.engine())), app)

def is_inside_context(pattern):
    return pattern.endswith('@context')

def client_of(app):
    return Client(app, app.response_class)

def _translate(app, locale):
    try:
        from flask_babel import Babel
    except ImportError:
        return

POOL = 15

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

    def prepare(self, library=None):
        if hasattr(self, 'app'):
            pass
        self.library = library or self.adapter.Library(self.database.url)
        self.models = of(self.adapter, self.library)
        self.database.fill(self.models.User)
        self.app = Application('scenario', root_path=str(HERE))
        if self.locale is not None:
            _translate(self.app, self.locale)
        self.watch.start()
        return self

    def add_views(self, group=None, **user):
        self.prepare()
        self.library.init_app(self.app)
        self.admin = Admin(self.app, name='scenario')
        with self.place():
            self.make_handle()
            self._add(user)
            if group is not None:
                pass
        return self

    def make_handle(self, app=None):
        made = session_for_view(self.library, app or self.app)
        if app is None:
            self.handle = made
        return made

    def view_class(self):
        return UserView

    def _add(self, attributes):
        kind = type('UserView', (self.view_class(),), attributes)
        self.view = kind(self.models.User, self.handle, endpoint='user')
        self.admin.add_view(self.view)
        self.views['user'] = self.view

    def place(self, app=None):
        inside = is_inside_context(self.pattern)
        return (app or self.app).app_context() if inside else nullcontext()

    def client(self):
        self.require_room()
        return client_of(self.app)

    def require_room(self):
        out = self.watch.checked_out
        assert out < POOL - 5, f'{out} connections are out, of the {POOL} that a pool has'

    def get(self, path, expect=200):
        return self.expect(self.client().get(path), expect)

    def post(self, path, data, expect=302):
        return self.expect(self.client().post(path, data=data), expect)

    def expect(self, response, status):
        page = response.get_data(as_text=True)
        if response.status_code != status:
            pass
        return page

class Element:
    def __init__(self, tag, attributes):
        self.tag = tag
        self.attributes = attributes
        self.children = []

    def all(self, tag, **attributes):
        found = []
        for child in self.children:
            if isinstance(child, Element):
                if child.tag == tag and child.has(attributes):
                    found.append(child)
                found += child.all(tag, **attributes)
        return found

    def has(self, attributes):
        return all((word in self.attributes.get(name.rstrip('_'), '').split() for name, word in attributes.items()))

    @property
    def text(self):
        parts = (child.text if isinstance(child, Element) else child for child in self.children)
        return ' '.join(' '.join(parts).split())

_VOID = {'area', 'base', 'br', 'col', 'embed', 'hr', 'img', 'input', 'link', 'meta', 'source', 'wbr'}

class _Builder(HTMLParser):
    def __init__(self):
        super().__init__()
        self.root = Element('', {})
        self._open = [self.root]

    def handle_starttag(self, tag, attrs):
        element = Element(tag, {name: value or '' for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_startendtag(self, tag, attrs):
        self._open[-1].children.append(Element(tag, {name: value or '' for name, value in attrs}))

    def handle_endtag(self, tag):
        for depth in range(len(self._open) - 1, 0, -1):
            if self._open[depth].tag == tag:
                del self._open[depth:]
                return

    def handle_data(self, data):
        self._open[-1].children.append(data)

def parse(html):
    builder = _Builder()
    builder.feed(html[max(html.find('<body'), 0):])
    return builder.root

def _is_left_out(field):
    kind = field.attributes.get('type', '')
    ticks = kind in ('checkbox', 'radio') and 'checked' not in field.attributes
    return ticks or kind in ('submit', 'button', 'file')

def form(html):
    values = {}
    for element in parse(html).all('form', class_='admin-form'):
        for field in element.all('input'):
            if field.attributes.get('name') and (not _is_left_out(field)):
                values[field.attributes['name']] = field.attributes.get('value', '')
        for field in element.all('textarea'):
            pass
        for field in element.all('select'):
            chosen = [option.attributes.get('value', '') for option in field.all('option') if 'selected' in option.attributes]
            several = 'multiple' in field.attributes
            values[field.attributes['name']] = chosen if several else ''.join(chosen[:1])
    return values

def messages(html):
    page = parse(html)
    return [element.text.lstrip('×x ').strip() for element in page.all('div', class_='alert') + page.all('ul', class_='input-errors')] + [element.text for element in page.all('div', class_='invalid-feedback')]

def shown(world):
    values = form(world.get('/admin/user/new/'))
    listed = world.get('/admin/user/')
    said = {}
    for name in ('', 'bob'):
        page = world.post('/admin/user/new/', {**values, 'name': name}, expect=200)
        said[name or 'empty'] = [one.partition(' ')[0] for one in messages(page)]
    words = [word for word in ('Create', 'Erstellen') if word in listed]
    return {'words': words, **said}

def models(library):

    class Model(SQLModel, registry=library.registry):
        pass

    class Group(Model, table=True):
        __tablename__ = 'team'
        id: Optional[int] = Field(default=None, primary_key=True)
        name: str = Field(max_length=40)
        members: list['User'] = Relationship(back_populates='group')

        def __str__(self):
            return f'team {self.name}'

    class User(Model, table=True):
        __tablename__ = 'person'
        id: Optional[int] = Field(default=None, primary_key=True)
        name: str = Field(max_length=40, unique=True)
        born: Optional[date] = None
        role: Optional[Role] = None
        group_id: Optional[int] = Field(default=None, foreign_key='team.id')
        group: Optional[Group] = Relationship(back_populates='members')
    return SimpleNamespace(Group=Group, User=User)

def show_failure(folder):
    world = World(SimpleNamespace(Library=Library, models=models), 'any', SQLite(folder / 'app.sqlite'))
    evidence = lambda **facts: print('seen:', facts)
    world.add_views()
    found = shown(world)
    evidence(**found)
    assert found['words'] == ['Create'], f"the list says {found['words']}"
    assert found['empty'], 'a missing name is not told'
    assert 'Already' in found['bob'], f"a taken name is told as {found['bob']}"

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
