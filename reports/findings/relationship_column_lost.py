# /// script
# requires-python = ">=3.9"
# dependencies = ["flask==3.0.3", "flask-admin==1.6.1", "sqlalchemy==2.0.58", "wtforms==3.0.1"]
# ///
"""Flask-Admin 1.6.1 with SQLAlchemy 2 drops many-to-one columns in silence. `uv run` this file.

Prints the columns that the list page scaffolds and exits 1 where the relationship is not among
them; exits 0 where the behaviour is mended.
"""

import sys

from flask import Flask
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from sqlalchemy import Column, ForeignKey, Integer, String, create_engine
from sqlalchemy.orm import declarative_base, relationship, scoped_session, sessionmaker

Base = declarative_base()


class Group(Base):
    __tablename__ = "team"
    id = Column(Integer, primary_key=True)


class User(Base):
    __tablename__ = "person"
    id = Column(Integer, primary_key=True)
    name = Column(String(40))
    group_id = Column(Integer, ForeignKey("team.id"))
    group = relationship(Group)


app = Flask(__name__)
view = ModelView(User, scoped_session(sessionmaker(create_engine("sqlite://"))))
Admin(app).add_view(view)
columns = [name for name, _title in view.get_list_columns()]
print("list columns:", columns)
sys.exit(0 if "group" in columns else "the relationship 'group' has no column")
