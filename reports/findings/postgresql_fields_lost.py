# /// script
# requires-python = ">=3.10"
# dependencies = ["flask==3.1.3", "flask-admin==2.2.1", "flask-sqlalchemy==3.1.1", "sqlalchemy==2.0.58"]
# ///
"""With SQLAlchemy 2 a form has no field for INET, MACADDR and UUID columns. `uv run` this file.

Needs no server: a form is made of the mapping alone. Prints the fields of the form and exits 1
where one is missing; exits 0 where the behaviour is mended, and with SQLAlchemy 1.4.
"""

import sys

from flask import Flask
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from sqlalchemy import Column, Integer, create_engine
from sqlalchemy.dialects.postgresql import INET, MACADDR, UUID
from sqlalchemy.orm import declarative_base, scoped_session, sessionmaker

Base = declarative_base()


class Host(Base):
    __tablename__ = "host"
    id = Column(Integer, primary_key=True)
    address = Column(INET)
    mac = Column(MACADDR)
    key = Column(UUID(as_uuid=True))


app = Flask(__name__)
view = ModelView(Host, scoped_session(sessionmaker(create_engine("sqlite://"))))
Admin(app).add_view(view)
with app.test_request_context():
    fields = sorted(field.name for field in view.create_form())
print("fields:", fields)
missing = {"address", "key", "mac"} - set(fields)
sys.exit(f"no field for {', '.join(sorted(missing))}" if missing else 0)
