# /// script
# requires-python = ">=3.10"
# dependencies = ["flask==3.1.3", "flask-admin==2.2.1", "flask-sqlalchemy==3.1.1", "sqlalchemy==2.0.58"]
# ///
"""An edit of another field empties an `Enum` that is stored by its values. `uv run` this file.

Opens the edit form, submits what a browser would with another name, and asks the list's own filter
for the stored member. Exits 1 where the column was emptied or the filter is an error; 0 where mended.
"""

import enum
import re
import sys

from flask import Flask
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Column, Enum, Integer, String, text

db = SQLAlchemy()
app = Flask(__name__)
app.secret_key = "x"
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
db.init_app(app)


class Size(enum.Enum):
    SMALL = "small size"
    LARGE = "large size"


class Shirt(db.Model):
    id = Column(Integer, primary_key=True)
    name = Column(String(20))
    size = Column(Enum(Size, values_callable=lambda members: [one.value for one in members]))


class ShirtView(ModelView):
    column_filters = ("size",)


Admin(app).add_view(ShirtView(Shirt, db.session))
with app.app_context():
    db.create_all()
    db.session.add(Shirt(name="one", size=Size.LARGE))
    db.session.commit()

client = app.test_client()
page = client.get("/admin/shirt/edit/?id=1").get_data(as_text=True)
options = re.findall(
    r"<option[^>]*>", re.search(r'<select[^>]*name="size".*?</select>', page, re.DOTALL).group(0)
)
chosen = [one for one in options if "selected" in one] or options
sent = re.search(r'value="([^"]*)"', chosen[0]).group(1)
client.post("/admin/shirt/edit/?id=1", data={"name": "two", "size": sent})

with app.app_context():
    stored = db.session.execute(text("SELECT name, size FROM shirt")).one()
found = client.get("/admin/shirt/?flt0_0=large+size")
print("sent:", sent, "stored:", tuple(stored), "the filter answers", found.status)
is_right = stored == ("two", "large size") and found.status == "200 OK"
sys.exit(0 if is_right else "the size is lost, or its filter an error")
