"""What was found of how applications start and end, on the releases that it was found with."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.model import Outcome
from tests import cases, subject

pytestmark = pytest.mark.network

SA = "sqlalchemy==2.0.*"
TWICE = "start_and_end::a_factory_that_is_called_twice_binds_the_admin_of_a_module"
OUTER = "contexts::requests_inside_an_outer_context_work"

VIEWS_IN_THE_FACTORY = """
import sqlalchemy as sa
from flask import Flask
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from flask_sqlalchemy import SQLAlchemy

db, admin = SQLAlchemy(), Admin()


class Note(db.Model):
    id = sa.Column(sa.Integer, primary_key=True)


def create_app():
    app = Flask("notes")
    app.config.update(SECRET_KEY="of a test", SQLALCHEMY_DATABASE_URI="sqlite://")
    db.init_app(app)
    admin.add_view(ModelView(Note, db.session))
    admin.init_app(app)
    with app.app_context():
        db.create_all()
    return app


for _ in range(2):
    try:
        print(create_app().test_client().get("/admin/note/").status_code)
    except AssertionError as error:
        print("AssertionError:", str(error).split(".")[0])
"""


@pytest.fixture(scope="module")
def newest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with Flask-Admin 2.2.1."""
    pins = ("flask-admin==2.2.1", "flask-sqlalchemy==3.1.1", SA)
    return cases.environment(tmp_path_factory.mktemp("newest"), *pins)


def test_views_that_are_added_in_a_factory_that_is_called_twice_are_refused(newest: Path) -> None:
    # factory_called_twice.py: the `Admin` of the module still knows the first application.
    first, second = subject.ran(newest, "-W", "ignore", "-c", VIEWS_IN_THE_FACTORY).splitlines()

    assert first == "200"
    assert second.startswith("AssertionError: The setup method 'register_blueprint' can no longer")


def test_views_that_are_added_once_serve_every_application_of_a_factory(newest: Path) -> None:
    # factory_called_twice.py views-once
    found = cases.results(newest, "flask_sqlalchemy", [TWICE], ["db", "db-session"])
    assert {one.outcome for one in found.values()} == {Outcome.PASSED}


def test_a_row_of_a_tests_outer_context_shows_what_a_request_stored(tmp_path: Path) -> None:
    # objects_of_the_outer_context.py, both ways to hand the session over
    pins = ("flask-admin==2.2.0", "flask-sqlalchemy-lite==0.2.1", "flask-sqlalchemy==3.1.1", SA)
    python = cases.environment(tmp_path, *pins)

    found = cases.results(python, "flask_sqlalchemy", [OUTER], ["scoped-session", "db-session"])

    assert {one.outcome for one in found.values()} == {Outcome.PASSED}
    assert {one.evidence["name"] for one in found.values()} == {"eve"}
