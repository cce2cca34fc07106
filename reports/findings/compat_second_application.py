# /// script
# requires-python = ">=3.10"
# dependencies = ["flask==3.1.3", "flask-sqlalchemy-compat==0.2.2", "flask-sqlalchemy-lite==0.2.1", "sqlalchemy==2.0.58"]
# ///
"""After a second `init_app` the `db.session` of before it writes to the first application's database.

A module that keeps `db.session`, as a view of Flask-Admin does, keeps the registry that
flask-sqlalchemy-compat made for the first application. Prints what each database holds and exits 1
where the second application's row is not in its own; where it is, it exits 0. No Flask-Admin.
"""

import os
import sqlite3
import sys
import tempfile

from flask import Flask
from flask_sqlalchemy_compat import get_flask_sqlalchemy
from sqlalchemy import Column, Integer, String
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    pass


db = get_flask_sqlalchemy(Base)
folder = tempfile.mkdtemp()


class Note(db.Model):
    __tablename__ = "note"
    id = Column(Integer, primary_key=True)
    text = Column(String(20))


def create_app(name):
    app = Flask(name)
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{folder}/{name}.sqlite"
    db.init_app(app)
    with app.app_context():
        db.metadata.create_all(db.engine)
    return app


def rows(name):
    with sqlite3.connect(os.path.join(folder, f"{name}.sqlite")) as connection:
        return [text for (text,) in connection.execute("SELECT text FROM note")]


first = create_app("first")
session = db.session
second = create_app("second")
for app in (first, second):
    with app.app_context():
        session.add(Note(text=f"of the {app.name}"))
        session.commit()
held = {name: rows(name) for name in ("first", "second")}
print(held)
sys.exit(
    0 if held == {name: [f"of the {name}"] for name in held} else "a row is in the wrong database"
)
