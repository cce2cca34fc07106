# /// script
# requires-python = ">=3.10"
# dependencies = ["flask-admin==2.2.1", "flask-sqlalchemy==3.1.1", "sqlalchemy==2.0.58", "wtforms==3.1.0"]
# ///
"""Flask-Admin 2.2.1 declares wtforms>=2.3, and shows no form with a choice with WTForms 3.1.0.

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
    kind = db.Column(db.Enum("big", "small", name="kind"))
    name = db.Column(db.String(20), nullable=False)


with app.app_context():
    db.create_all()
    Admin(app).add_view(ModelView(Thing, db.session))
try:
    status = app.test_client().get("/admin/thing/new/").status_code
except Exception as error:
    sys.exit(f"{type(error).__name__}: {error}")
print(f"the form is shown: {status}")
