# /// script
# requires-python = ">=3.10"
# dependencies = ["flask==3.1.3", "flask-sqlalchemy-compat==0.2.2", "flask-sqlalchemy-lite==0.2.1", "sqlalchemy==2.0.*"]
# ///
"""flask-sqlalchemy-compat over lite gives all threads that work at the same time one Session.

Prints how many Sessions four threads had, each in an application context of its own, and exits 1
where it is not four.
"""

import sys
from threading import Barrier, Thread

from flask import Flask
from flask_sqlalchemy_compat import get_flask_sqlalchemy
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    pass


app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
db = get_flask_sqlalchemy(Base)
db.init_app(app)
sessions = []
together = Barrier(4)


def work():
    with app.app_context():
        together.wait(10)
        sessions.append(db.session())
        together.wait(10)


threads = [Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
found = len(set(map(id, sessions)))
print(f"four threads in four application contexts had {found} Session(s)")
sys.exit(0 if found == len(threads) else "they should have four")
