"""`measure.oldest`: what is older than the checks can be run on is told before it is installed."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

import pytest

from harness.measure import environment, execute, oldest
from harness.measure.setting import Deadlines, Setting
from harness.model import Cell, CellId, EnvironmentStatus
from tests import packages
from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("versions", "told"),
    [
        ({"python": "3.8"}, "the checks need Python 3.9 or newer; this is Python 3.8"),
        ({"flask": "0.12.5"}, "the checks need Flask 1.0 or newer; flask 0.12.5 is asked for"),
        (
            {"flask": "2.2.5", "sqlalchemy": "1.3.24"},
            "the checks need SQLAlchemy 1.4 or newer; sqlalchemy 1.3.24 is asked for",
        ),
        ({"sqlalchemy": "1.4.0b3"}, "the checks need SQLAlchemy 1.4 or newer"),
    ],
)
def test_what_is_too_old_is_told_with_its_floor(versions: dict[str, str], told: str) -> None:
    assert oldest.too_old(versions).startswith(told)


@pytest.mark.parametrize(
    "versions",
    [
        {"python": "3.9"},
        {"python": "3.15"},
        {"flask": "1.0", "sqlalchemy": "1.4.0", "flask-admin": "1.5.8"},
        {"flask": "4.0.0a1", "sqlalchemy": "2.1.0b2"},
        {"flask": "of a branch"},
        {},
    ],
)
def test_what_is_not_too_old_is_measured(versions: dict[str, str]) -> None:
    assert oldest.too_old(versions) == ""


def test_nothing_is_installed_of_what_is_too_old(tmp_path: Path) -> None:
    packages.wheel(tmp_path, "flask", "0.9")
    with packages.index(tmp_path) as served:
        setting = Setting(
            cell=Cell(
                id=CellId("old"),
                combination={"python": ".".join(platform.python_version_tuple()[:2])},
                requirements=("flask",),
                adapter="none",
                library="sqlalchemy",
            ),
            venv=environment.make(tmp_path / "venv", Path(sys.executable)),
            folder=tmp_path / "old",
            scenarios=ROOT / "tests" / "miniatures" / "passes",
            deadlines=Deadlines(scenario=10, controls=10, scenarios=20, lock=20, install=20),
            env=packages.env(tmp_path, served),
        )
        result = execute.measure(setting)

    assert result.environment.status is EnvironmentStatus.UNKNOWN
    assert result.message == "the checks need Flask 1.0 or newer; flask 0.9 is asked for"
    assert not [*setting.venv.rglob("flask.py")]
