# /// script
# requires-python = ">=3.9,<3.13"
# dependencies = [
#   "flask==2.2.5", "werkzeug<3", "wtforms==3.0.1", "flask-admin==1.6.1", "flask-sqlalchemy==2.5.1",
#   "sqlalchemy==1.4.54", "setuptools<81",
# ]
# ///
"""A row is lost where `on_model_change` uses an application context: the session is the thread's.

Prints what the user was told and what is stored. Exits 1 where a row is missing; where it is there,
it exits 0 (as with flask-sqlalchemy==3.0.5, whose session is the context's).
"""

import os
import sys
import tempfile

from flask import Flask
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.secret_key = "x"
path = os.path.join(tempfile.mkdtemp(), "a.sqlite")
app.config.update(SQLALCHEMY_DATABASE_URI=f"sqlite:///{path}", SQLALCHEMY_TRACK_MODIFICATIONS=False)
db = SQLAlchemy(app)


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(20))


class UserView(ModelView):
    def on_model_change(self, *_given):
        with app.app_context():  # as a helper, or a task that runs at once, does
            User.query.count()


Admin(app).add_view(UserView(User, db.session))
with app.app_context():
    db.create_all()

answer = app.test_client().post("/admin/user/new/", data={"name": "ada"}, follow_redirects=True)
told = "Record was successfully created." in answer.get_data(as_text=True)
with app.app_context():
    stored = [user.name for user in User.query.all()]
print(f"told that it was created: {told}; stored: {stored}")
sys.exit(0 if stored == ["ada"] else 1)
