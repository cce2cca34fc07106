# /// script
# requires-python = ">=3.11"
# dependencies = ["flask==3.1.3", "flask-admin==2.2.0", "sqlmodel==0.0.50", "sqlalchemy==2.0.*"]
# ///
"""A form of Flask-Admin has no field for a `str` of SQLModel, and its list editor stores nothing.

Prints both and exits 1; where the field is there and the edit is stored it exits 0.
"""

import sys

from flask import Flask
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from sqlalchemy import String
from sqlalchemy.orm import scoped_session, sessionmaker
from sqlalchemy.pool import StaticPool
from sqlmodel import Field, Session, SQLModel, create_engine


class User(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str
    town: str = Field(sa_type=String(40))


class UserView(ModelView):
    column_editable_list = ("town",)


engine = create_engine("sqlite://", poolclass=StaticPool)
SQLModel.metadata.create_all(engine)
with Session(engine) as first:
    first.add(User(name="ada", town="London"))
    first.commit()
session = scoped_session(sessionmaker(bind=engine, class_=Session))
app = Flask(__name__)
app.secret_key = "x"
app.teardown_appcontext(lambda _: session.remove())
view = UserView(User, session)
Admin(app).add_view(view)
with app.test_request_context():
    fields = [field.name for field in view.create_form()]
print(f"the form has fields for {fields}, the model columns name and town")
answer = app.test_client().post(
    "/admin/user/ajax/update/", data={"list_form_pk": "1", "town": "Bath"}
)
print(f"an edit in the list answered {answer.status_code}: {answer.text}")
sys.exit(0 if "name" in fields and answer.status == "200 OK" else "not as with SQLAlchemy's models")
