"""Cases of real applications that are about columns, forms and pages, with their truth."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.model import Observation, Outcome
from tests import cases

pytestmark = pytest.mark.network

FLASK = ("flask==3.1.3", "flask-sqlalchemy==3.1.1", "sqlalchemy==2.0.58")
NEWEST = ("flask-admin==2.2.1", *FLASK)
"""What most cases name."""
PINS = {
    "1.6.1": ("flask-admin==1.6.1", "wtforms<3.2", *FLASK),
    "2.0.2": ("flask-admin==2.0.2", *FLASK),
    "2.2.0": ("flask-admin==2.2.0", *FLASK),
    "2.2.1": (*NEWEST, "tablib[xlsx,ods,xls,yaml]==3.9.0"),
    "werkzeug 3.0": (*NEWEST[:1], "flask==3.0.3", "werkzeug==3.0.6", *FLASK[1:]),
    "query select": (
        "flask-admin==2.2.0",
        *FLASK,
        "wtforms-sqlalchemy==0.4.1",
        "sqlalchemy-continuum==1.4.2",
        "sqlalchemy-utils==0.42.1",
    ),
}
ENUM = "[Enum stored by its values]"
FORM, FOUND = "column_types::a_form_keeps_and_stores_a_column", "column_types::a_column_is_found"
