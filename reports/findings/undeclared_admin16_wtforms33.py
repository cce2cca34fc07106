# /// script
# requires-python = ">=3.9,<3.13"
# dependencies = ["flask-admin==1.6.1", "flask-sqlalchemy==3.0.5", "sqlalchemy==1.4.54", "flask==2.2.5", "werkzeug<3.1", "wtforms==3.2.1"]
# ///
"""Flask-Admin 1.6.1 declares wtforms, and shows no form with WTForms 3.2.1.

`uv run` this file: prints the error and exits 1; exits 0 where it is mended.
"""

import sys

from flask import Flask
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config.update(SECRET_KEY="x", SQLALCHEMY_DATABASE_URI="sqlite://", TESTING=True)
db = SQLAlchemy(app)


class Thing(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(20), unique=True)


with app.app_context():
    db.create_all()
    Admin(app).add_view(ModelView(Thing, db.session))
try:
    status = app.test_client().get("/admin/thing/new/").status_code
except Exception as error:
    sys.exit(f"{type(error).__name__}: {error}")
print(f"the form is shown: {status}")
