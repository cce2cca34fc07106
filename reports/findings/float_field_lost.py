# /// script
# requires-python = ">=3.11"
# dependencies = ["flask==3.1.3", "flask-admin==2.2.1", "flask-sqlalchemy==3.1.1", "sqlalchemy==2.1.*"]
# ///
"""With SQLAlchemy 2.1 a form of Flask-Admin has no field for a Float column, and nothing says so.

Prints what is missing and exits 1; where the field is there it exits 0 (as with sqlalchemy<2.1).
"""

import sys

from flask import Flask
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.secret_key = "x"
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
db = SQLAlchemy(app)


class Thing(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    price = db.Column(db.Numeric(10, 2))
    ratio = db.Column(db.Float)


view = ModelView(Thing, db)
Admin(app).add_view(view)
with app.test_request_context():
    fields = [field.name for field in view.create_form()]
print(f"the form has fields for {fields}, the model columns price and ratio")
sys.exit(0 if "ratio" in fields else "the field for ratio is missing")
