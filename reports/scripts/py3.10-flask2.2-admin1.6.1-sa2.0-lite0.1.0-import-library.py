# /// script
# requires-python = "==3.10.*"
# dependencies = [
#   "asgiref==3.12.1",
#   "click==8.5.1",
#   "flask-admin==1.6.1",
#   "flask-sqlalchemy-lite==0.1.0",
#   "flask==2.2.5",
#   "greenlet==3.5.6",
#   "itsdangerous==2.2.0",
#   "jinja2==3.1.6",
#   "markupsafe==3.0.4",
#   "sqlalchemy==2.0.58",
#   "typing-extensions==4.16.0",
#   "werkzeug==3.1.9",
#   "wtforms==3.1.2",
# ]
# ///

"""import library fails, with nothing else in play: ModuleNotFoundError: No module named
'flask.sansio'
Measured in py3.10-flask2.2-admin1.6.1-sa2.0-lite0.1.0.
Exits with 1 where it fails so, with 0 where it is mended. Run it with `uv run FILE`.
"""

from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy.orm import declarative_base

print("mended: it passes with these packages")
