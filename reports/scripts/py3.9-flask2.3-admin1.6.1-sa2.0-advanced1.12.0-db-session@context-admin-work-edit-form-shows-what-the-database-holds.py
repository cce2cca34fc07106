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

"""The edit form is filled with the stored values, the group and the role chosen. It fails:
AssertionError: the form differs from the stored row
Measured in py3.9-flask2.3-admin1.6.1-sa2.0-advanced1.12.0 with the pattern db-session@context.
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
from sqlalchemy import Column, Date, Enum, ForeignKey, Integer, String, create_engine
from sqlalchemy.orm import DeclarativeBase, relationship
from sqlalchemy.pool import NullPool
from types import SimpleNamespace
from werkzeug.test import Client
import enum
import functools
import shutil
import sys
import tempfile
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
    _filled = b''

    def __init__(self, file):
        self.file = file
        self.url = f'sqlite:///{file}'

class UserView(ModelView):
    pass

class Watch:
    def __init__(self):
        self.begun = []
        self._out = {}
        self._seen = weakref.WeakSet()
        self._on = False

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

        def __str__(self):
            return f'team {self.name}'

    class User(base):
        __tablename__ = 'person'
        id = Column(Integer, primary_key=True)
        name = Column(String(40), unique=True, nullable=False)
        born = Column(Date)
        role = Column(Enum(Role))
        group_id = Column(Integer, ForeignKey('team.id'))
        group = relationship(Group, backref='members')

        def __str__(self):
            pass
    return SimpleNamespace(Group=Group, User=User)

class Application(Flask):
    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.errors = []
        self.secret_key = 'only for this scenario'

def is_inside_context(pattern):
    return pattern.endswith('@context')

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

    def _add(self, attributes):
        kind = type('UserView', (UserView,), attributes)
        self.view = kind(self.models.User, self.handle, endpoint='user')
        self.admin.add_view(self.view)
        self.views['user'] = self.view

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

COLUMNS = {'name', 'born', 'role', 'group'}

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
            chosen = [option.attributes.get('value', '') for option in field.all('option') if 'selected' in option.attributes]
            several = 'multiple' in field.attributes
            values[field.attributes['name']] = chosen if several else ''.join(chosen[:1])
    return values

def show_failure(folder):
    world = World(SimpleNamespace(Library=Library), 'db-session@context', SQLite(folder / 'app.sqlite'))
    evidence = lambda **facts: print('seen:', facts)
    if hasattr(world, 'app'):
        pass
    world.library = world.adapter.Library(world.database.url)
    own = getattr(world.adapter, 'models', None)
    world.models = own(world.library) if own else define(world.library.Base)
    if not SQLite._filled:
        engine = create_engine(world.database.url, poolclass=NullPool)
        world.models.User.metadata.create_all(engine)
        for statement in ROWS:
            connection = _connected(world.database.url)
            cursor = connection.cursor()
            cursor.execute(statement, ())
            connection.commit()
    world.app = Application('scenario', root_path=str(HERE))
    world.library.init_app(world.app)
    world.admin = Admin(world.app, name='scenario')
    with world.place():
        made = world.library.db.get_sync_session()
        world.handle = made
        world._add({})
    page = world.get('/admin/user/edit/?id=1')
    shown = {name: value for name, value in form(page).items() if name in COLUMNS}
    for name in ('role', 'group'):
        labels = {value: label for label, value in {option.text: option.attributes.get('value', '') for field in parse(page).all('select') if field.attributes.get('name') == name for option in field.all('option') if option.attributes.get('value', '') not in ('', '__None')}.items()}
        shown[name] = labels.get(shown.get(name, ''), 'not chosen')
    expected = {'name': 'ada', 'born': '1815-12-10', 'role': 'editor', 'group': 'team red'}
    assert shown == expected, 'the form differs from the stored row'

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
