# /// script
# requires-python = ">=3.10"
# dependencies = ["flask==3.1.3", "flask-admin==2.2.0", "sqlalchemy==2.0.58", "flask-sqlalchemy-lite==0.2.1"]
# ///
"""`ModelView(User, db)` with flask-sqlalchemy-lite raises outside an application context.

`uv run` this file: it prints the error and exits 1; it exits 0 where the behaviour is mended.
"""

import sys

from flask import Flask
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import Column, Integer
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class User(Base):
    __tablename__ = "person"
    id = Column(Integer, primary_key=True)


app = Flask(__name__)
app.config["SQLALCHEMY_ENGINES"] = {"default": "sqlite://"}
db = SQLAlchemy(app)
try:
    Admin(app).add_view(ModelView(User, db))
except RuntimeError as error:
    sys.exit(f"RuntimeError: {str(error).splitlines()[0]}")
print("the view takes `db` outside an application context")
