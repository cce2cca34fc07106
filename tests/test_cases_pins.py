"""Pins of real applications, however they are given: few checks each, on real packages."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness import interpreters
from harness.sessions.check import check
from tests.conftest import ROOT

pytestmark = pytest.mark.network

THUMBNAIL = "uploads::an_uploaded_image_gets_its_thumbnail"
CREATED = "admin_pages::created_row_is_in_the_database"
FILTERS = "column_types::a_column_is_found_and_ordered[Boolean]"
PINS = (
    *("flask==3.0.3", "werkzeug==3.0.6", "flask-admin==1.6.1", "flask-sqlalchemy==3.0.5"),
    *("sqlalchemy==1.4.54", "wtforms==3.0.1", "pillow==10.4.0", "flask-babel==4.0.0"),
)
LOCK = {
    "flask-admin": "2.2.0",
    "flask-migrate": "4.1.0",
    "flask-sqlalchemy": "3.1.1",
    "flask-sqlalchemy-lite": "0.2.1",
    "sqlalchemy": "2.0.46",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a check answered: its lines, and the installation that it wrote as JSON."""

    told: str
    cell: Mapping[str, Any]

    @property
    def packages(self) -> Mapping[str, str]:
        """The versions that were installed."""
        found: Mapping[str, str] = self.cell["environment"]["packages"]
        return found

    def failed(self) -> dict[str, str]:
        """Return the errors of the checks that failed, by name."""
        found = self.cell["observations"]
        return {
            f"{one['scenario']}": f"{one['error']['type']}: {one['error']['message']}"
            for one in found
            if one["outcome"] == "failed"
        }


@pytest.fixture
def answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def ask(python: str, *arguments: str) -> Answer:
        if not interpreters.find([python], os.environ):
            pytest.skip(f"there is no Python {python} here")
        check(ROOT, ["--python", python, "--json", "out.json", *arguments], tmp_path)
        spoken = capsys.readouterr()
        text = (tmp_path / "out.json").read_text(encoding="utf-8")
        told = " ".join((spoken.out + spoken.err).split())
        return Answer(told=told, cell=json.loads(text)["cells"][0])

    return ask


@pytest.mark.parametrize("by_file", [False, True])
def test_the_same_pins_give_the_same_answer_however_they_are_given(
    answer: Any, tmp_path: Path, *, by_file: bool
) -> None:
    (tmp_path / "requirements.txt").write_text("\n".join(PINS))
    given = ("-r", "requirements.txt") if by_file else PINS

    found = answer("3.11", *given, "--scenario", THUMBNAIL, "--no-search")

    assert found.packages["pillow"] == "10.4.0"
    assert found.packages["flask-babel"] == "4.0.0"
    assert found.failed() == {
        THUMBNAIL: "AttributeError: module 'PIL.Image' has no attribute 'ANTIALIAS'"
    }


@pytest.mark.parametrize(
    ("python", "pins", "scenario", "told"),
    [
        ("3.11", (*PINS[:5], "wtforms"), CREATED, "wtforms==3.1.2 (was 3."),
        ("3.11", PINS, THUMBNAIL, "pillow==9.5.0 (was 10.4.0)"),
        (
            "3.11",
            ("flask==2.2.2", "flask-sqlalchemy==2.5.1", "flask-admin==1.6.1", *PINS[4:6]),
            CREATED,
            "werkzeug==2.3.8 (was 3.",
        ),
        (
            "3.9",
            ("flask==1.1.4", "flask-admin==1.5.8", "flask-sqlalchemy==2.5.1", "wtforms==2.3.3"),
            CREATED,
            "markupsafe==2.0.1 (was 3.0.",
        ),
    ],
)
def test_the_package_that_the_error_names_is_moved(
    answer: Any, python: str, pins: tuple[str, ...], scenario: str, told: str
) -> None:
    found = answer(python, *pins, "sqlalchemy==1.4.54", "--scenario", scenario)

    assert f"nearest {told}" in found.told, found.told


def test_the_library_is_the_one_that_the_lock_says_was_asked_for(
    answer: Any, tmp_path: Path
) -> None:
    needs = {"flask-migrate": "dependencies = { flask-sqlalchemy = '*' }\n"}
    (tmp_path / "poetry.lock").write_text(
        "".join(
            f"[[package]]\nname = '{name}'\nversion = '{version}'\ngroups = ['main']\n"
            f"{needs.get(name, '')}"
            for name, version in LOCK.items()
        )
        + "[metadata]\nlock-version = '2.1'\npython-versions = '>=3.11'\n"
    )

    found = answer(
        "3.11", "-r", "poetry.lock", "--scenario", "teardown", "--pattern", "db", "--no-search"
    )

    assert found.cell["combination"]["library"].startswith("flask-sqlalchemy-lite")
    assert (
        "flask-sqlalchemy-lite: asked for by the application; flask-sqlalchemy by flask-migrate"
    ) in found.told


@pytest.mark.parametrize(
    ("admin", "driver", "fails"),
    [
        ("1.6.1", "psycopg2-binary", False),
        ("1.6.1", "psycopg[binary]", True),
        ("2.2.0", "psycopg[binary]", False),
    ],
)
def test_the_driver_that_is_pinned_is_the_one_that_is_used(
    answer: Any, admin: str, driver: str, *, fails: bool
) -> None:
    others = ("flask-sqlalchemy==3.1.1", "sqlalchemy==2.0.36", "wtforms==3.1.2", driver)
    pins = (f"flask-admin=={admin}", *others)
    found = answer("3.11", *pins, "--database", "postgresql", "--scenario", FILTERS, "--no-search")

    name = driver.partition("[")[0].removesuffix("-binary")
    assert found.cell["environment"]["database"].startswith("PostgreSQL 18.")
    assert f" through {name} " in found.told
    assert bool(found.failed()) is fails, found.failed()
    if fails:
        assert "operator does not exist: boolean = character varying" in found.failed()[FILTERS]


def test_an_address_without_a_driver_is_told_where_it_means_another(answer: Any) -> None:
    pins = ("flask-admin==2.2.0", "flask-sqlalchemy==3.1.1", "sqlalchemy==2.1.0", "psycopg2-binary")
    found = answer("3.12", *pins, "--database", "postgresql", "--scenario", CREATED, "--no-search")

    assert "PostgreSQL 18." in found.cell["environment"]["database"]
    assert "through psycopg2 " in found.told
    assert "postgresql:// without a driver's name means psycopg to SQLAlchemy 2.1.0" in found.told


def test_a_driver_that_is_pinned_and_not_used_is_told(answer: Any) -> None:
    pins = ("flask-admin==2.2.0", "flask-sqlalchemy==3.1.1", "sqlalchemy<2.1", "psycopg2-binary")
    found = answer("3.12", *pins, "--scenario", CREATED, "--no-search")

    assert "run on SQLite, so psycopg2-binary was not used: --database postgresql" in found.told
