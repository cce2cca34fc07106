# /// script
# requires-python = ">=3.10"
# dependencies = ["flask==3.1.3", "flask-sqlalchemy-lite==0.2.1", "sqlalchemy==2.0.58", "gevent==26.9.0"]
# ///
"""Of several requests that overlap in gevent, flask-sqlalchemy-lite answers only one; no Flask-Admin.

Prints what each was answered and exits 1 where one is not 200; where all are, it exits 0.
"""

from gevent import monkey

monkey.patch_all()

import os
import sys
import tempfile
from urllib.error import HTTPError
from urllib.request import urlopen

import gevent
from flask import Flask
from flask_sqlalchemy_lite import SQLAlchemy
from gevent.pywsgi import WSGIServer
from sqlalchemy import text

app = Flask(__name__)
app.config["SQLALCHEMY_ENGINES"] = {
    "default": "sqlite:///" + os.path.join(tempfile.mkdtemp(), "app.sqlite")
}
db = SQLAlchemy(app)


@app.get("/")
def root():
    db.session.execute(text("SELECT 1"))
    gevent.sleep(0.2)  # the others are in the view as well
    return "served"


def get():
    try:
        return urlopen(f"http://127.0.0.1:{server.server_port}/", timeout=10).status
    except HTTPError as error:
        return error.code


server = WSGIServer(("127.0.0.1", 0), app, log=None)
server.start()
requests = [gevent.spawn(get) for _ in range(6)]
gevent.joinall(requests)
answers = [one.value for one in requests]
print("answered:", answers)
sys.exit(0 if answers == [200] * 6 else "overlapping requests are not served")
