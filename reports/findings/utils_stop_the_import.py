# /// script
# requires-python = ">=3.10"
# dependencies = [
#   "flask==3.1.3", "flask-admin==2.2.1", "flask-sqlalchemy==3.1.1", "sqlalchemy==2.1.*", "sqlalchemy-utils==0.42.1",
# ]
# ///
"""SQLAlchemy-Utils up to 0.42 beside SQLAlchemy 2.1 stops the import of Flask-Admin's views.

Prints the error and exits 1; where the views can be imported it exits 0 (as with 0.43.0, or when
SQLAlchemy-Utils is not installed).
"""

import sys

try:
    import flask_admin.contrib.sqla
except AttributeError as error:
    sys.exit(f"import flask_admin.contrib.sqla: AttributeError: {error}")
print(f"{flask_admin.contrib.sqla.__name__} was imported")
