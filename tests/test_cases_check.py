"""Pins of real applications, and what `nox -s check` answers: few checks each, real packages."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness import interpreters
from harness.errors import INCOMPATIBLE, UNCHANGED, NotMeasurable
from harness.sessions.check import check
from tests.conftest import ROOT

pytestmark = pytest.mark.network

UTILS = ("flask-admin==2.2.0", "flask-sqlalchemy==3.1.1", "sqlalchemy<2.1")
FLASK_1 = (
    *("flask==1.1.4", "flask-admin==1.5.8", "flask-sqlalchemy==2.5.1", "sqlalchemy==1.4.54"),
    "wtforms==2.3.3",
)
THUMBNAIL = "uploads::an_uploaded_image_gets_its_thumbnail"
FEW = ("--scenario", "teardown", "--scenario", "threaded_requests", "--pattern", "db-session")


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a check answered: its status, its lines, and the cell that it wrote as JSON."""

    status: int
    told: str
    cell: Mapping[str, Any]

    def reasons(self, outcome: str) -> dict[str, str]:
        """Return the reasons of the results with this outcome, by check."""
        found = self.cell["observations"]
        return {one["scenario"]: one["reason"] for one in found if one["outcome"] == outcome}


@pytest.fixture
def answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def ask(python: str, *arguments: str) -> Answer:
        if not interpreters.find([python], os.environ):
            pytest.skip(f"there is no Python {python} here")
        asked = ["--python", python, "--no-search", "--json", "out.json", *arguments]
        status = check(ROOT, asked, tmp_path)
        spoken = capsys.readouterr()
        file = tmp_path / "out.json"
        cells = json.loads(file.read_text(encoding="utf-8"))["cells"] if file.exists() else [{}]
        told = " ".join((spoken.out + spoken.err).split())
        return Answer(status=status, told=told, cell=cells[0])

    return ask


def test_only_the_type_that_needs_a_package_does_not_apply_without_it(answer: Any) -> None:
    pins = (*UTILS, "sqlalchemy-utils==0.42.1")
    found = answer("3.12", *pins, "--scenario", "utils_types", "--pattern", "db")

    assert found.status == UNCHANGED, found.told
    absent = found.reasons("not-applicable")
    assert absent["utils_types::special_values_are_found[EmailType]"] == (
        "email-validator is not installed"
    )
    assert "utils_types::special_values_are_found[URLType]" in found.reasons("passed")
    assert f"{len(absent)} do not apply" in found.told


def test_a_named_package_that_cannot_be_imported_is_told(answer: Any) -> None:
    pins = (*UTILS, "sqlalchemy-utils==0.36.8")
    found = answer("3.12", *pins, "--scenario", "teardown", "--pattern", "db")

    assert found.status == INCOMPATIBLE
    assert "sqlalchemy-utils 0.36.8 cannot be imported: ImportError" in found.told
    (broken,) = (one for one in found.cell["controls"] if one["outcome"] == "failed")
    assert broken["name"] == "named sqlalchemy-utils 0.36.8"


@pytest.mark.parametrize(
    ("more", "status", "told"),
    [
        (["pillow"], UNCHANGED, "1 check passes"),
        ([], NotMeasurable.status, "does not apply: Pillow is not installed"),
    ],
)
def test_a_check_of_an_application_alone_has_an_answer(
    answer: Any, more: list[str], status: int, told: str
) -> None:
    found = answer("3.12", *UTILS, *more, "--scenario", THUMBNAIL)

    assert (found.status, told in found.told) == (status, True), found.told
    assert "checks asked for: no verdict on the rest" in found.told


def test_flask_1_is_measured(answer: Any) -> None:
    found = answer("3.9", *FLASK_1, "markupsafe==2.0.1", *FEW)

    assert found.status == UNCHANGED, found.told
    assert not found.reasons("errored")


def test_what_markupsafe_took_away_is_the_reason(answer: Any) -> None:
    found = answer("3.9", *FLASK_1, *FEW)

    assert found.status == INCOMPATIBLE
    assert "cannot import name 'soft_unicode' from 'markupsafe'" in found.told


def test_the_floors_hold(answer: Any) -> None:
    """The oldest that can be measured is: what is told of older releases is no evasion."""
    oldest = ("flask==1.0", "sqlalchemy==1.4.0", "flask-admin==1.5.8", "flask-sqlalchemy==2.5.1")
    beside = ("werkzeug<1", "jinja2<3", "itsdangerous<2", "markupsafe<2.1", "wtforms==2.3.3")
    found = answer("3.9", *oldest, *beside, *FEW)

    assert found.status == UNCHANGED, found.told


@pytest.mark.parametrize(
    ("python", "pins", "told"),
    [
        (
            "3.9",
            ("flask-admin==1.6.0", "flask==2.2.5", "werkzeug<2.3", "sqlalchemy==1.3.24"),
            "the checks need SQLAlchemy 1.4 or newer; sqlalchemy 1.3.24 is asked for",
        ),
        (
            "3.9",
            ("flask-admin==1.5.8", "flask==0.12.5", "sqlalchemy==1.4.54"),
            "the checks need Flask 1.0 or newer; flask 0.12.5 is asked for",
        ),
        ("3.8", ("flask-admin",), "the checks need Python 3.9 or newer; this is Python 3.8"),
    ],
)
def test_what_is_too_old_is_not_known_in_one_line(
    answer: Any, python: str, pins: tuple[str, ...], told: str
) -> None:
    found = answer(python, *pins, "--library", "sqlalchemy")

    assert found.status == NotMeasurable.status
    assert found.told == f"not known: {told}"


def test_the_newest_interpreter_is_taken(answer: Any) -> None:
    found = answer("3.14", *UTILS, "--scenario", "teardown", "--pattern", "db")
    assert found.status == UNCHANGED, found.told
