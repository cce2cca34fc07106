# /// script
# requires-python = ">=3.10"
# dependencies = ["flask==3.1.3", "flask-admin==2.2.1", "flask-sqlalchemy==3.1.1", "sqlalchemy==2.0.58"]
# ///
"""A column of a `TypeDecorator` has no form field. `uv run` this file.

Fills the create form in. Exits 1 where the form has no field for the column, and stores nothing of
it; exits 0 where the behaviour is mended.
"""

import sys

from flask import Flask
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Column, Integer, String
from sqlalchemy.types import TypeDecorator

db = SQLAlchemy()
app = Flask(__name__)
app.secret_key = "x"
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
db.init_app(app)


class Lower(TypeDecorator):
    impl = String
    cache_ok = True

    def process_bind_param(self, value, _dialect):
        return value.lower() if value else value


class User(db.Model):
    id = Column(Integer, primary_key=True)
    name = Column(String(20))
    email = Column(Lower(40))


Admin(app).add_view(ModelView(User, db.session))
with app.app_context():
    db.create_all()

client = app.test_client()
has_field = 'name="email"' in client.get("/admin/user/new/").get_data(as_text=True)
client.post("/admin/user/new/", data={"name": "ada", "email": "Ada@example.com"})
with app.app_context():
    email = db.session.get(User, 1).email
print("the form has a field:", has_field, "stored:", email)
sys.exit(0 if email == "ada@example.com" else "what was entered is lost")
