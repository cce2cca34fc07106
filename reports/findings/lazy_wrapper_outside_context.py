# /// script
# requires-python = ">=3.10"
# dependencies = ["flask==3.1.3", "flask-admin==2.2.1", "sqlalchemy==2.0.58", "flask-sqlalchemy-lite==0.2.1", "flask-sqlalchemy==3.1.1"]
# ///
"""A lazy wrapper around lite's `db.session` cannot be given to a view at import time.

`uv run` this file: it prints the error and exits 1; it exits 0 where the behaviour is mended.
(flask-sqlalchemy is there only because Flask-Admin 2.2.1 cannot be imported without it.)
"""

import sys

from flask import Flask
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import Column, Integer
from sqlalchemy.orm import declarative_base


class LazySessionWrapper:
    def __init__(self, db):
        self._db = db

    def __getattr__(self, name):
        return getattr(self._db.session, name)

    def __call__(self):
        return self._db.session


Base = declarative_base()


class User(Base):
    __tablename__ = "person"
    id = Column(Integer, primary_key=True)


app = Flask(__name__)
app.config["SQLALCHEMY_ENGINES"] = {"default": "sqlite://"}
db = SQLAlchemy(app)
try:
    Admin(app).add_view(ModelView(User, LazySessionWrapper(db)))
except (RuntimeError, TypeError) as error:
    sys.exit(f"{type(error).__name__}: {str(error).splitlines()[0]}")
print("the view takes the wrapper")
