# /// script
# requires-python = ">=3.10"
# dependencies = ["flask==3.1.3", "flask-admin==2.1.0", "flask-sqlalchemy==3.1.1", "sqlalchemy==2.0.58"]
# ///
"""A change that `on_model_change` refuses is an UnboundLocalError of Flask-Admin's. `uv run` this file.

Edits a row whose hook raises, as an application refuses a change. Prints the answer and exits 1 where
it is an error instead of the form with the hook's words; exits 0 where the behaviour is mended.
"""

import sys

from flask import Flask
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Column, Integer, String
from wtforms import ValidationError

db = SQLAlchemy()
app = Flask(__name__)
app.secret_key = "x"
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
db.init_app(app)
errors = []
app.log_exception = lambda exc_info: errors.append(exc_info[1])


class Part(db.Model):
    id = Column(Integer, primary_key=True)
    label = Column(String(40))


class PartView(ModelView):
    def on_model_change(self, *_given):
        raise ValidationError("not on a Sunday")


Admin(app).add_view(PartView(Part, db.session))
with app.app_context():
    db.create_all()
    db.session.add(Part(label="bolt"))
    db.session.commit()

answer = app.test_client().post("/admin/part/edit/?id=1", data={"label": "axle"})
print("status:", answer.status_code, *map(repr, errors))
told = b"not on a Sunday" in answer.data
sys.exit(0 if told else "the user is not told why the change was refused")
