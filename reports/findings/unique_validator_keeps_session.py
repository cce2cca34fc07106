# /// script
# requires-python = ">=3.10"
# dependencies = ["flask==3.1.3", "flask-admin==2.2.0", "sqlalchemy==2.0.58", "flask-sqlalchemy-lite==0.2.1"]
# ///
"""The unique validator works with a Session of its own, that of set-up, for the app's life.

`uv run` this file: it counts the Sessions that one request to save a row uses, and exits 1 where
there are two; it exits 0 where the behaviour is mended (Flask-Admin 2.2.1).
"""

import os
import sys
import tempfile

from flask import Flask
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import Column, Integer, String, event
from sqlalchemy.orm import Session, declarative_base

Base = declarative_base()


class User(Base):
    __tablename__ = "person"
    id = Column(Integer, primary_key=True)
    name = Column(String(40), unique=True)


path = os.path.join(tempfile.mkdtemp(), "app.sqlite")
app = Flask(__name__)
app.secret_key = "x"
app.config["SQLALCHEMY_ENGINES"] = {"default": f"sqlite:///{path}"}
db = SQLAlchemy(app)
with app.app_context():
    Base.metadata.create_all(db.engine)
    Admin(app).add_view(ModelView(User, db, endpoint="user"))

used = []  # the Sessions themselves: an id could be used again
event.listen(Session, "after_begin", lambda session, *_: used.append(session))
app.test_client().post("/admin/user/new/", data={"name": "ada"})
sessions = [one for at, one in enumerate(used) if not any(one is other for other in used[:at])]
left = sum(session.in_transaction() for session in sessions)
print(f"Sessions used by one request: {len(sessions)}; in a transaction afterwards: {left}")
sys.exit(0 if len(sessions) == 1 and not left else "the request was not the work of one Session")
