# /// script
# requires-python = ">=3.10"
# dependencies = ["flask==3.1.3", "flask-admin==2.2.1", "flask-sqlalchemy==3.1.1", "sqlalchemy<2.1"]
# ///
"""A CSV export cannot load a relation while it is sent: Flask 3.1.2 and newer end the context first.

Prints the error and exits 1; where the export is whole it exits 0 (as with flask==3.1.1).
"""

import sys

from flask import Flask
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm.exc import DetachedInstanceError

app = Flask(__name__)
app.secret_key = "x"
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
db = SQLAlchemy(app)


class Team(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(20))
    members = db.relationship("User", backref="team")

    def __str__(self):
        return self.name


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(20))
    team_id = db.Column(db.ForeignKey("team.id"))

    def __str__(self):
        return self.name


class TeamView(ModelView):
    can_export = True
    column_list = ("name", "members")  # one-to-many: loaded when the row is written


Admin(app).add_view(TeamView(Team, db))
with app.app_context():
    db.create_all()
    db.session.add(Team(name="red", members=[User(name="ada")]))
    db.session.commit()

try:
    body = app.test_client().get("/admin/team/export/csv/").data.decode()
except DetachedInstanceError as error:
    sys.exit(f"DetachedInstanceError: {error}")
print(body)
sys.exit(0 if "ada" in body else "the export lacks the members")
