# /// script
# requires-python = ">=3.10"
# dependencies = ["flask==3.1.3", "flask-admin==2.2.1", "flask-sqlalchemy==3.1.1", "sqlalchemy==2.0.58"]
# ///
"""Beside a column called `validate` a form stores what it should refuse. `uv run` this file.

The form's field of that name takes the place of the method that validates the form. Submits a text
in place of a number. Exits 1 where the number was lost; exits 0 where the behaviour is mended.
"""

import sys

from flask import Flask
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Column, Integer, String

db = SQLAlchemy()
app = Flask(__name__)
app.secret_key = "x"
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
db.init_app(app)


class Rule(db.Model):
    id = Column(Integer, primary_key=True)
    limit = Column(Integer)
    validate = Column(String(20))


LIMIT = 7
Admin(app).add_view(ModelView(Rule, db.session))
with app.app_context():
    db.create_all()
    db.session.add(Rule(limit=LIMIT, validate="always"))
    db.session.commit()

answer = app.test_client().post(
    "/admin/rule/edit/?id=1", data={"limit": "no number", "validate": "never"}
)
with app.app_context():
    limit = db.session.get(Rule, 1).limit
print("status:", answer.status_code, "the limit was", LIMIT, "and is", limit)
sys.exit(0 if limit == LIMIT else "a form that is not valid was stored")
