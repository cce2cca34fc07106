# /// script
# requires-python = "==3.10.*"
# dependencies = [
#   "alchemical==1.0.3",
#   "click==8.5.1",
#   "flask-admin==1.6.1",
#   "flask==2.2.5",
#   "greenlet==3.5.6",
#   "itsdangerous==2.2.0",
#   "jinja2==3.1.6",
#   "markupsafe==3.0.4",
#   "sqlalchemy==1.4.54",
#   "werkzeug==3.1.9",
#   "wtforms==3.1.2",
# ]
# ///

"""import library fails, with nothing else in play: ImportError: cannot import name
'DeclarativeBase' from 'sqlalchemy.orm' (sqlalchemy/orm/__init__.py)
Measured in py3.10-flask2.2-admin1.6.1-sa1.4-alchemical1.0.3.
Exits with 1 where it fails so, with 0 where it is mended. Run it with `uv run FILE`.
"""

from alchemical.core import BaseModel
from alchemical.flask import Alchemical
from sqlalchemy.orm import DeclarativeBase

print("mended: it passes with these packages")
