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

"""Models mapped with `Mapped` and `mapped_column` are shown and stored rightly. It fails:
AssertionError: the list shows [{'name': 'rex', 'age': '3'}]
Measured in py3.9-flask2.3-admin1.6.1-sa2.0-advanced1.12.0 with the pattern any.
Exits with 1 where it fails so, with 0 where it is mended. Run it with `uv run FILE`.
"""

from advanced_alchemy.base import CommonTableAttributes, create_registry
from advanced_alchemy.extensions.flask import AdvancedAlchemy, SQLAlchemySyncConfig
from contextlib import nullcontext
from flask import Flask
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from html.parser import HTMLParser
from pathlib import Path
from sqlalchemy import Column, Date, Enum, ForeignKey, Integer, String, create_engine, event
from sqlalchemy.orm import DeclarativeBase, Session, relationship, scoped_session
from sqlalchemy.pool import NullPool, Pool
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

def _connected(url):
    return _connector(url)()

_TEAMS = "INSERT INTO team (name) VALUES ('red'), ('blue')"

_PEOPLE = "INSERT INTO person (name, born, role, group_id) VALUES ('ada', '1815-12-10', 'editor', 1), ('bob', '1980-01-31', 'reader', 2), ('cyd', NULL, NULL, NULL)"

ROWS = (_TEAMS, _PEOPLE)

class SQLite:
    def connect(self):
        return _connected(self.url)
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

    def prepare(self, library=None):
        if hasattr(self, 'app'):
            pass
        self.library = library or self.adapter.Library(self.database.url)
        own = getattr(self.adapter, 'models', None)
        self.models = own(self.library) if own else define(self.library.Base)
        if not SQLite._filled:
            self.database.file.unlink(missing_ok=True)
            engine = create_engine(self.database.url, poolclass=NullPool)
            self.models.User.metadata.create_all(engine)
            engine.dispose()
            for statement in ROWS:
                connection = _connected(self.database.url)
                try:
                    cursor = connection.cursor()
                    cursor.execute(statement, ())
                    rows = [tuple(row) for row in cursor.fetchall()] if cursor.description else []
                    connection.commit()
                finally:
                    connection.close()
            SQLite._filled = self.database.file.read_bytes()
        self.database.file.write_bytes(SQLite._filled)
        self.app = Application('scenario', root_path=str(HERE))
        if self.locale is not None:
            _translate()
        self.watch._on = True
        for target, name, listener in self.watch._listeners:
            event.listen(target, name, listener)
        return self

    def build(self, define, library=None, **views):
        self.prepare(library)
        own = define(self.library.Base)
        engine = create_engine(self.database.url, poolclass=NullPool)
        self.library.Base.metadata.create_all(engine)
        engine.dispose()
        self.library.init_app(self.app)
        self.admin = Admin(self.app, name='scenario')
        with self.place():
            registry = scoped_session(lambda: Session(self.library.engine()))

            @self.app.teardown_appcontext
            def remove_session(_error=None):
                registry.remove()
            made = registry
            self.handle = made
            for name, attributes in views.items():
                kind = type(f'{name}View', (UserView,), attributes)
                view = kind(getattr(own, name), self.handle, endpoint=name.lower())
                self.admin.add_view(view)
                self.views[view.endpoint] = view
        return own

    def place(self, app=None):
        inside = self.pattern.endswith('@context')
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

def annotated(base, **required):
    from sqlalchemy.orm import Mapped, mapped_column

    class Owner(base):
        __tablename__ = 'owner'
        __annotations__ = {'id': Mapped[int], 'name': Mapped[str]}
        id = mapped_column(primary_key=True, **required)
        name = mapped_column(String(40))

        def __str__(self):
            return str(self.name)

    class Pet(base):
        __tablename__ = 'pet'
        __annotations__ = {'id': Mapped[int], 'name': Mapped[str], 'age': Mapped[Optional[int]], 'owner_id': Mapped[Optional[int]], 'owner': Mapped[Optional[Owner]]}
        id = mapped_column(primary_key=True, **required)
        name = mapped_column(String(40))
        age = mapped_column()
        owner_id = mapped_column(ForeignKey('owner.id'), **required)
        owner = relationship()
    return SimpleNamespace(Owner=Owner, Pet=Pet)

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
            pass
    return values

def messages(html):
    builder = _Builder()
    builder.feed(html[max(html.find('<body'), 0):])
    page = builder.root
    return [element.text.lstrip('×x ').strip() for element in page.all('div', class_='alert') + page.all('ul', class_='input-errors')] + [element.text for element in page.all('div', class_='invalid-feedback')]

def given():
    pass

VIEWS = {'Owner': {}, 'Pet': {}}

def show_failure(folder):
    world = World(SimpleNamespace(Library=Library), 'any', SQLite(folder / 'app.sqlite'))
    evidence = lambda **facts: print('seen:', facts)
    library = given() if hasattr(world.adapter, 'with_base') else None
    own = world.build(annotated, library, **VIEWS)
    engine = create_engine(world.database.url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(own.Owner.__table__.insert(), list(({'name': 'ada'}, {'name': 'bob'})))
    engine.dispose()
    engine = create_engine(world.database.url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(own.Pet.__table__.insert(), list(({'name': 'rex', 'age': 3, 'owner_id': 1},)))
    engine.dispose()
    rows = []
    for table in parse(world.get('/admin/pet/')).all('table', class_='model-list'):
        for row in table.all('tr'):
            cells = {}
            for cell in row.all('td'):
                for word in cell.attributes.get('class', '').split():
                    if word.startswith('col-'):
                        cells[word[4:]] = cell.text
            if cells:
                rows.append(cells)
    listed = rows
    page = world.get('/admin/pet/new/')
    bob = {option.text: option.attributes.get('value', '') for field in parse(page).all('select') if field.attributes.get('name') == 'owner' for option in field.all('option') if option.attributes.get('value', '') not in ('', '__None')}.get('bob', 'no such choice')
    created = world.client().post('/admin/pet/new/', data={**form(page), 'name': 'tom', 'age': '5', 'owner': bob})
    values = form(world.get('/admin/pet/edit/?id=1'))
    edited = world.client().post('/admin/pet/edit/?id=1', data={**values, 'age': '4'})
    connection = _connected(world.database.url)
    try:
        cursor = connection.cursor()
        cursor.execute('SELECT name, age, owner_id FROM pet ORDER BY id', ())
        rows = [tuple(row) for row in cursor.fetchall()] if cursor.description else []
        connection.commit()
    finally:
        connection.close()
    stored = rows
    told = messages(created.get_data(as_text=True)) + messages(edited.get_data(as_text=True))
    statuses = [created.status_code, edited.status_code]
    evidence(listed=listed, fields=sorted(form(page)), statuses=statuses, stored=stored, told=told)
    assert listed == [{'name': 'rex', 'age': '3', 'owner': 'ada'}], f'the list shows {listed}'

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
