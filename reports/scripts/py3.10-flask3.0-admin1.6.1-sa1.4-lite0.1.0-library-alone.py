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

"""library alone fails, with nothing else in play: AttributeError: module 'sqlalchemy' has no
attribute 'URL'
Measured in py3.10-flask3.0-admin1.6.1-sa1.4-lite0.1.0.
Exits with 1 where it fails so, with 0 where it is mended. Run it with `uv run FILE`.
"""

from flask_sqlalchemy_lite import SQLAlchemy
from pathlib import Path
from sqlalchemy import Column, Date, Enum, ForeignKey, Integer, String
from sqlalchemy.orm import declarative_base, relationship
from types import SimpleNamespace
from werkzeug.test import Client
import enum
import shutil
import sys
import tempfile
import traceback

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
            return f'user {self.name}'
    return SimpleNamespace(Group=Group, User=User)

def of(adapter, library):
    own = getattr(adapter, 'models', None)
    return own(library) if own else define(library.Base)

def _require(holds, otherwise):
    if not holds:
        raise AssertionError(otherwise)

def client_of(app):
    return Client(app, app.response_class)

def library_alone(adapter):
    from flask import Flask
    with tempfile.TemporaryDirectory() as folder:
        module = adapter
        library = module.Library(f'sqlite:///{folder}/probe.sqlite')
        mapped = of(module, library)
        app = Flask('probe')
        library.init_app(app)

        def write():
            library.session().add(mapped.Group(name='kept'))
            library.session().commit()
            return 'written'

        def read():
            return ', '.join((one.name for one in library.session().query(mapped.Group).all()))
        app.add_url_rule('/write', view_func=write, endpoint='write')
        app.add_url_rule('/read', view_func=read, endpoint='read')
        with app.app_context():
            mapped.Group.metadata.create_all(library.engine())
        for path, expected in (('/write', 'written'), ('/read', 'kept')):
            answer = client_of(app).get(path).get_data(as_text=True)
            _require(answer == expected, f'{path} answered {answer[:80]!r} without Flask-Admin')
        with app.app_context():
            library.engine().dispose()

class Library:
    def __init__(self, url, others=None, base=None, **options):
        self.engines = {'default': url, **(others or {})}
        self.db = SQLAlchemy(**options)
        self.Base = base or declarative_base()

    def init_app(self, app):
        app.config['SQLALCHEMY_ENGINES'] = self.engines
        self.db.init_app(app)

    def engine(self):
        return self.db.engine

    def session(self):
        return self.db.session

def show_failure(folder):
    library_alone(SimpleNamespace(Library=Library))

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
