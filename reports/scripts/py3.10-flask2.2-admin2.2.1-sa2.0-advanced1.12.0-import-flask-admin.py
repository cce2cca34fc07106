# /// script
# requires-python = "==3.10.*"
# dependencies = [
#   "advanced-alchemy==1.12.0",
#   "alembic==1.20.1",
#   "click==8.5.1",
#   "exceptiongroup==1.3.1",
#   "flask-admin==2.2.1",
#   "flask==2.2.5",
#   "greenlet==3.5.6",
#   "itsdangerous==2.2.0",
#   "jinja2==3.1.6",
#   "mako==1.4.3",
#   "markupsafe==3.0.4",
#   "sqlalchemy==2.0.58",
#   "tomli==2.5.0",
#   "typing-extensions==4.16.0",
#   "werkzeug==3.1.9",
#   "wtforms==3.2.2",
# ]
# ///

"""import flask-admin fails, with nothing else in play: ImportError: cannot import name 'T_SESSION'
from 'flask_admin.contrib.sqla._types' (flask_admin/contrib/sqla/_types.py)
Measured in py3.10-flask2.2-admin2.2.1-sa2.0-advanced1.12.0.
Exits with 1 where it fails so, with 0 where it is mended. Run it with `uv run FILE`.
"""

import flask_admin.contrib.sqla

print("mended: it passes with these packages")
