# /// script
# requires-python = ">=3.10"
# dependencies = ["flask==3.1.3", "alchemical==1.0.3", "sqlalchemy==2.0.58"]
# ///
"""Alchemical keeps one database for two applications, the first's or the second's by its release.

Prints what each database holds and exits 1 where an application's row is not in its own; where each
is, it exits 0. No Flask-Admin.
"""

import os
import sqlite3
import sys
import tempfile

from alchemical.flask import Alchemical
from flask import Flask
from sqlalchemy import Column, Integer, String

db = Alchemical()
folder = tempfile.mkdtemp()


class Note(db.Model):
    __tablename__ = "note"
    id = Column(Integer, primary_key=True)
    text = Column(String(20))


def create_app(name):
    app = Flask(name)
    app.config["ALCHEMICAL_DATABASE_URL"] = f"sqlite:///{folder}/{name}.sqlite"
    db.init_app(app)
    with app.app_context():
        db.create_all()
    return app


def rows(name):
    with sqlite3.connect(os.path.join(folder, f"{name}.sqlite")) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS note (id INTEGER, text TEXT)")
        return [text for (text,) in connection.execute("SELECT text FROM note")]


for app in [create_app("first"), create_app("second")]:
    with app.app_context():
        db.session.add(Note(text=f"of the {app.name}"))
        db.session.commit()
held = {name: rows(name) for name in ("first", "second")}
print(held)
sys.exit(
    0 if held == {name: [f"of the {name}"] for name in held} else "a row is in the wrong database"
)
