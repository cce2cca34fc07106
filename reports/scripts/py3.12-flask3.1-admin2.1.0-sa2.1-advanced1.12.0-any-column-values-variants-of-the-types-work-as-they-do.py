# /// script
# requires-python = "==3.12.*"
# dependencies = [
#   "advanced-alchemy==1.12.0",
#   "alembic==1.20.1",
#   "blinker==1.9.0",
#   "click==8.5.1",
#   "flask-admin==2.1.0",
#   "flask==3.1.3",
#   "greenlet==3.5.6",
#   "itsdangerous==2.2.0",
#   "jinja2==3.1.6",
#   "mako==1.4.3",
#   "markupsafe==3.0.4",
#   "sqlalchemy==2.1.9",
#   "typing-extensions==4.16.0",
#   "werkzeug==3.1.9",
#   "wtforms==3.3.2",
# ]
# ///

"""A column of a variant of a type is shown, filtered, edited and stored as the type itself. It
fails: AssertionError: the form has no field for half, rate
Measured in py3.12-flask3.1-admin2.1.0-sa2.1-advanced1.12.0 with the pattern any.
Exits with 1 where it fails so, with 0 where it is mended. Run it with `uv run FILE`.
"""

from advanced_alchemy.base import CommonTableAttributes, create_registry
from advanced_alchemy.extensions.flask import AdvancedAlchemy, SQLAlchemySyncConfig
from contextlib import nullcontext
from decimal import Decimal
from flask import Flask
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from html.parser import HTMLParser
from pathlib import Path
from sqlalchemy import BigInteger, CHAR, Column, DECIMAL, Date, Enum, Float, ForeignKey, Integer, REAL, SmallInteger, String, TIMESTAMP, UnicodeText, VARCHAR, create_engine, event
from sqlalchemy.orm import DeclarativeBase, Session, relationship, scoped_session
from sqlalchemy.pool import NullPool, Pool
from types import SimpleNamespace
from typing import Callable
from werkzeug.test import Client
import datetime as dt
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
    def __init__(self, url):

        class Base(CommonTableAttributes, DeclarativeBase):
            registry = create_registry()
        self.config = SQLAlchemySyncConfig(connection_string=url)
        self.db = AdvancedAlchemy(config=self.config)
        self.Base = Base

    def init_app(self, app):
        self.db.init_app(app)

    def engine(self):
        return self.config.get_engine()

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

    def rows(self, table, *, but='id'):
        connection = _connector(self.url)()
        try:
            cursor = connection.cursor()
            cursor.execute(f'SELECT * FROM {table} ORDER BY {but}')
            names = [column[0] for column in cursor.description]
            found = [dict(zip(names, row)) for row in cursor.fetchall()]
        finally:
            connection.close()
        return [{name: one for name, one in row.items() if name != but} for row in found]
    has_server = False
    _filled = b''

    def __init__(self, file):
        self.file = file
        self.url = f'sqlite:///{file}'

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
        self.errors = []
        self.secret_key = 'only for this scenario'

def removed(registry, app):

    @app.teardown_appcontext
    def remove_session(_error=None):
        registry.remove()
    return registry

def is_inside_context(pattern):
    return pattern.endswith('@context')

def _translate():
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

    def place(self, app=None):
        inside = is_inside_context(self.pattern)
        return (app or self.app).app_context() if inside else nullcontext()

    def client(self):
        out = self.watch.checked_out
        assert out < POOL - 5, f'{out} connections are out, of the {POOL} that a pool has'
        return Client(self.app, self.app.response_class)

    def get(self, path, expect=200):
        response = self.client().get(path)
        page = response.get_data(as_text=True)
        if response.status_code != expect:
            pass
        return page

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
                if child.tag == tag and all((word in child.attributes.get(name.rstrip('_'), '').split() for name, word in attributes.items())):
                    found.append(child)
                found += child.all(tag, **attributes)
        return found

    @property
    def text(self):
        parts = (child.text if isinstance(child, Element) else child for child in self.children)
        return ' '.join(' '.join(parts).split())

    @property
    def written(self):
        text = ''.join((child for child in self.children if isinstance(child, str)))
        return text[2:] if text.startswith('\r\n') else text[text.startswith('\n'):]

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
    pass

def list_rows(html):
    rows = []
    for table in parse(html).all('table', class_='model-list'):
        for row in table.all('tr'):
            cells = {}
            for cell in row.all('td'):
                for word in cell.attributes.get('class', '').split():
                    if word.startswith('col-'):
                        cells[word[4:]] = cell.text
            if cells:
                rows.append(cells)
    return rows

def show_failure(folder):
    world = World(SimpleNamespace(Library=Library), 'any', SQLite(folder / 'app.sqlite'))
    evidence = lambda **facts: print('seen:', facts)
    row = {'small': 12, 'big': 2 ** 40, 'code': 'abc', 'word': 'wört', 'story': 'once', 'fee': Decimal('3.20'), 'rate': 0.5, 'half': 1.5, 'stamp': dt.datetime(2026, 1, 2, 3, 4, 5)}
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
            connection = _connector(world.database.url)()
            try:
                cursor = connection.cursor()
                cursor.execute(statement, ())
                rows = [tuple(row) for row in cursor.fetchall()] if cursor.description else []
                connection.commit()
            finally:
                connection.close()
        SQLite._filled = world.database.file.read_bytes()
    world.database.file.write_bytes(SQLite._filled)
    world.app = Application('scenario', root_path=str(HERE))
    if world.locale is not None:
        _translate()
    world.watch._on = True
    for target, name, listener in world.watch._listeners:
        event.listen(target, name, listener)

    class Variant(world.library.Base):
        __tablename__ = 'variant'
        id = Column(Integer, primary_key=True)
        small = Column(SmallInteger)
        big = Column(BigInteger)
        code = Column(CHAR(3))
        word = Column(VARCHAR(20))
        story = Column(UnicodeText)
        fee = Column(DECIMAL(10, 2))
        rate = Column(REAL)
        half = Column(Float(53))
        stamp = Column(TIMESTAMP)
    own = SimpleNamespace(Variant=Variant)
    engine = create_engine(world.database.url, poolclass=NullPool)
    world.library.Base.metadata.create_all(engine)
    engine.dispose()
    world.library.init_app(world.app)
    world.admin = Admin(world.app, name='scenario')
    with world.place():
        made = removed(scoped_session(lambda: Session(world.library.config.get_engine())), world.app)
        world.handle = made
        for name, attributes in {'Variant': {'column_filters': tuple(row)}}.items():
            kind = type(f'{name}View', (UserView,), attributes)
            view = kind(getattr(own, name), world.handle, endpoint=name.lower())
            world.admin.add_view(view)
            world.views[view.endpoint] = view
    own = own
    engine = create_engine(world.database.url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(own.Variant.__table__.insert(), list((row,)))
    engine.dispose()
    before = world.database.rows('variant')[0]
    shown = list_rows(world.get('/admin/variant/'))[0]
    values = {}
    for element in parse(world.get('/admin/variant/edit/?id=1')).all('form', class_='admin-form'):
        for field in element.all('input'):
            if field.attributes.get('name') and (not _is_left_out(field)):
                values[field.attributes['name']] = field.attributes.get('value', '')
        for field in element.all('textarea'):
            values[field.attributes['name']] = field.written
        for field in element.all('select'):
            pass
    values = values
    answer = world.client().post('/admin/variant/edit/?id=1', data=values)
    other = {**values, 'small': '13', 'code': 'xyz', 'fee': '4.50', 'stamp': '1999-12-31 23:59:58'}
    world.client().post('/admin/variant/edit/?id=1', data=other)
    stored = [dict(zip(('small', 'code', 'fee', 'stamp'), one)) for one in world.database.run('SELECT small, code, fee, stamp FROM variant')]
    found = {name: str(value)[:19] for name, value in stored[0].items()}
    found['fee'] = str(Decimal(found['fee']).quantize(Decimal('0.01')))
    filtered = sorted({one.column.name for one in world.views['variant']._filters})
    missing = sorted(set(row) - set(values))
    evidence(shown=shown, missing=missing, filtered=filtered, stored=found)
    lacking = [name for name, value in row.items() if shown.get(name) != str(value)]
    assert not lacking, f"the list shows otherwise than stored: {', '.join(lacking)}"
    assert not missing, f"the form has no field for {', '.join(missing)}"

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
