# /// script
# requires-python = ">=3.10"
# dependencies = ["flask==3.1.3", "flask-admin==2.2.1", "flask-sqlalchemy==3.1.1", "sqlalchemy==2.0.58"]
# ///
"""A search through a to-many relation counts rows several times. `uv run` this file.

One book has two tags that match. Prints what the list counts and what it shows, and exits 1 where
they differ; exits 0 where the behaviour is mended.
"""

import sys

from flask import Flask
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Column, ForeignKey, Integer, String
from sqlalchemy.orm import relationship

db = SQLAlchemy()
app = Flask(__name__)
app.secret_key = "x"
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
db.init_app(app)


class Book(db.Model):
    id = Column(Integer, primary_key=True)
    tags = relationship("Tag")


class Tag(db.Model):
    id = Column(Integer, primary_key=True)
    name = Column(String(40))
    book_id = Column(ForeignKey("book.id"))


class BookView(ModelView):
    column_searchable_list = ("tags.name",)


view = BookView(Book, db.session)
Admin(app).add_view(view)
with app.app_context():
    db.create_all()
    db.session.add(Book(tags=[Tag(name="rare"), Tag(name="rarely read")]))
    db.session.commit()
    count, rows = view.get_list(0, None, None, "rare", None)
print("counted:", count, "shown:", len(rows))
sys.exit(0 if count == len(rows) else "the count is not that of the rows")
