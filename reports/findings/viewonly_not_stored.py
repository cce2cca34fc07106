# /// script
# requires-python = ">=3.10"
# dependencies = ["flask==3.1.3", "flask-admin==2.2.1", "flask-sqlalchemy==3.1.1", "sqlalchemy==2.0.58"]
# ///
"""A form offers the rows of a `viewonly` relation and stores no choice. `uv run` this file.

Chooses a row in the form. Exits 1 where it is offered, accepted and not stored; exits 0 where the
behaviour is mended.
"""

import sys

from flask import Flask
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Column, ForeignKey, Integer
from sqlalchemy.orm import configure_mappers

db = SQLAlchemy()
app = Flask(__name__)
app.secret_key = "x"
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
db.init_app(app)


class Team(db.Model):
    id = Column(Integer, primary_key=True)
    members = db.relationship("Member", viewonly=True)


class Member(db.Model):
    id = Column(Integer, primary_key=True)
    team_id = Column(ForeignKey("team.id"))


configure_mappers()
Admin(app).add_view(ModelView(Team, db.session))
with app.app_context():
    db.create_all()
    db.session.add_all([Team(), Member()])
    db.session.commit()

client = app.test_client()
is_offered = 'name="members"' in client.get("/admin/team/edit/?id=1").get_data(as_text=True)
answer = client.post("/admin/team/edit/?id=1", data={"members": ["1"]})
with app.app_context():
    team = db.session.get(Member, 1).team_id
print("offered:", is_offered, "status:", answer.status_code, "the member's team is", team)
sys.exit(
    "the choice is lost" if is_offered and answer.status == "302 FOUND" and team is None else 0
)
