# /// script
# requires-python = ">=3.10"
# dependencies = ["flask==3.1.3", "flask-admin==2.2.1", "flask-sqlalchemy==3.1.1", "sqlalchemy==2.0.58"]
# ///
"""A taken unique value is an error where the primary key has another name. `uv run` this file.

Submits a value that another row has. Prints the answer and exits 1 where it is an error instead of
a form that says "Already exists."; exits 0 where the behaviour is mended.
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


class Part(db.Model):
    key = Column("part_no", Integer, primary_key=True)
    label = Column(String(40), unique=True)


Admin(app).add_view(ModelView(Part, db.session))
with app.app_context():
    db.create_all()
    db.session.add_all([Part(label="bolt"), Part(label="axle")])
    db.session.commit()

answer = app.test_client().post("/admin/part/edit/?id=1", data={"label": "axle"})
print("status:", answer.status_code)
told = b"Already exists" in answer.data
sys.exit(0 if told else "the user is not told that the label is taken")
