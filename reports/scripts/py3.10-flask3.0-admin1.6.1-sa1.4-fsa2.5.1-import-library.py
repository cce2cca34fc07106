# /// script
# requires-python = "==3.10.*"
# dependencies = [
#   "blinker==1.9.0",
#   "click==8.5.1",
#   "flask-admin==1.6.1",
#   "flask-sqlalchemy==2.5.1",
#   "flask==3.0.3",
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
'_app_ctx_stack' from 'flask' (flask/__init__.py)
Measured in py3.10-flask3.0-admin1.6.1-sa1.4-fsa2.5.1.
Exits with 1 where it fails so, with 0 where it is mended. Run it with `uv run FILE`.
"""

from flask_sqlalchemy import SQLAlchemy

print("mended: it passes with these packages")
