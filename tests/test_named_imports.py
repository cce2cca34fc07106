"""`measure.named`: the packages that are imported because the pins name them, and the probe."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

from harness.measure import environment, execute
from harness.measure.named import named
from harness.measure.setting import Deadlines, Setting
from harness.model import Cell, CellId, Outcome
from tests import packages
from tests.conftest import ROOT


def cell(*requirements: str, library: str = "flask-sqlalchemy==3.1.1") -> Cell:
    return Cell(
        id=CellId("named"),
        combination={"python": ".".join(platform.python_version_tuple()[:2])},
        requirements=requirements,
        adapter="none",
        library=library,
    )


def test_what_has_a_control_of_its_own_is_left_out() -> None:
    pins = ("Flask==3.1.3", "flask-admin", "SQLAlchemy<2.1", "flask_sqlalchemy", "Pillow==11.3.0")
    assert [*named(cell(*pins))] == ["pillow"]
    assert [*named(cell(*pins, library="sqlalchemy"))] == ["flask-sqlalchemy", "pillow"]


def test_each_is_imported_once_and_a_folder_without_a_name_never() -> None:
    pins = ("arrow==1.4.0", "Arrow>=1", "../somewhere", "own @ file:///x/own")
    assert [*named(cell(*pins))] == ["arrow", "own"]


def test_what_needs_more_than_packages_says_nothing_of_them() -> None:
    assert [*named(cell("uwsgi", "mysqlclient", "psycopg==3.2.1"))] == []


def test_the_probe_imports_what_is_named_by_its_own_modules(tmp_path: Path) -> None:
    packages.wheel(tmp_path, "whole", files={"whole/__init__.py": "", "tests/__init__.py": "1/0"})
    packages.wheel(tmp_path, "python_other", files={"othername.py": "import nowhere\n"})
    packages.wheel(tmp_path, "nothing", files={"nothing.pth": ""})
    with packages.index(tmp_path) as served:
        setting = Setting(
            cell=cell("whole", "python-other", "nothing", "gone ; python_version < '3'"),
            venv=environment.make(tmp_path / "venv", Path(sys.executable)),
            folder=tmp_path / "named",
            scenarios=ROOT / "scenarios",
            deadlines=Deadlines(scenario=10, controls=30, scenarios=20, lock=20, install=20),
            env=packages.env(tmp_path, served),
        )
        result = execute.measure(setting)

    found = {one.named: one for one in result.controls if one.named}
    assert {name: one.outcome for name, one in found.items()} == {
        "whole 1.0": Outcome.PASSED,
        "python-other 1.0": Outcome.FAILED,
        "nothing 1.0": Outcome.PASSED,
    }
    error = found["python-other 1.0"].error
    assert error is not None
    assert error.message == "No module named 'nowhere'"
