# /// script
# requires-python = ">=3.9,<3.13"
# dependencies = ["flask-sqlalchemy-lite==0.1.0", "flask==3.0.3", "sqlalchemy==1.4.54"]
# ///
"""flask-sqlalchemy-lite 0.1.0 declares sqlalchemy[asyncio], and makes no engine with 1.4.

`uv run` this file: prints the error and exits 1; exits 0 where it is mended.
"""

import sys

try:
    from flask import Flask
    from flask_sqlalchemy_lite import SQLAlchemy

    app = Flask(__name__)
    app.config["SQLALCHEMY_ENGINES"] = {"default": "sqlite://"}
    SQLAlchemy(app)
except Exception as error:
    sys.exit(f"{type(error).__name__}: {error}")
print("an engine is made")
