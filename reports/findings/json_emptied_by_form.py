# /// script
# requires-python = ">=3.10"
# dependencies = ["flask==3.1.3", "flask-admin==2.2.1", "flask-sqlalchemy==3.1.1", "sqlalchemy==2.0.58"]
# ///
"""An edit form turns JSON that is empty, or nothing, into `{}`. `uv run` this file.

Opens the edit form of a row and submits it as it was filled. Prints what was stored before and
after, and exits 1 where that changed; exits 0 where the behaviour is mended.
"""

import html
import re
import sys

from flask import Flask
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, Column, Integer

db = SQLAlchemy()
app = Flask(__name__)
app.secret_key = "x"
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
db.init_app(app)


class Note(db.Model):
    id = Column(Integer, primary_key=True)
    extra = Column(JSON(none_as_null=True))


Admin(app).add_view(ModelView(Note, db.session))
VALUES = [{"a": 1}, None, [], 0, False, ""]
with app.app_context():
    db.create_all()
    db.session.add_all(Note(extra=value) for value in VALUES)
    db.session.commit()

client = app.test_client()
for number in range(1, len(VALUES) + 1):
    address = f"/admin/note/edit/?id={number}"
    page = client.get(address).get_data(as_text=True)
    written = re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)
    client.post(address, data={"extra": html.unescape(written.group(1)).strip()})

with app.app_context():
    stored = [note.extra for note in db.session.query(Note).order_by(Note.id)]
print("before:", VALUES)
print("after: ", stored)
same = [
    type(one) is type(other) and one == other for one, other in zip(VALUES, stored, strict=True)
]
sys.exit(0 if all(same) else "saving what the form showed changed what is stored")
