"""One small real matrix, from the command line to the published files."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness import errors
from harness.measure import install
from tests.conftest import ROOT

pytestmark = pytest.mark.network

PYTHON = ".".join(platform.python_version_tuple()[:2])
ASKED = {
    "python": PYTHON,
    "flask": "3.1",
    "flask-admin": "2.2.1",
    "sqlalchemy": "2.0",
    "library": "fsa3.1.1",
}
CELL = f"py{PYTHON}-flask3.1-admin2.2.1-sa2.0-fsa3.1.1"
Document = Mapping[str, Any]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project without its history and its reports."""
    root = tmp_path_factory.mktemp("pipeline") / "copy"
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("harness", "scenarios"):
        shutil.copytree(ROOT / name, root / name, ignore=ignored)
    shutil.copy(ROOT / "noxfile.py", root)
    return root


@pytest.fixture(scope="module")
def ran(copy: Path) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("NOX")}
    asked = [word for axis, level in ASKED.items() for word in (f"--{axis}", level)]
    return subprocess.run(
        [sys.executable, "-m", "nox", "--", *asked, "--jobs", "1"],
        cwd=copy,
        env={**env, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )


@pytest.fixture(scope="module")
def written(copy: Path, ran: subprocess.CompletedProcess[str]) -> Document:
    """Give the one compatibility.json that the run has written."""
    assert "compatibility.json" in ran.stdout, ran.stdout + ran.stderr
    (path,) = (copy / "reports" / "runs").glob("*/compatibility.json")
    found: Document = json.loads(path.read_text(encoding="utf-8"))
    return found


def test_it_ends_as_if_all_were_well(ran: subprocess.CompletedProcess[str]) -> None:
    assert ran.returncode == errors.UNCHANGED, ran.stdout + ran.stderr
    assert "Traceback" not in ran.stdout + ran.stderr


def test_it_tells_of_the_cell_when_it_has_ended(ran: subprocess.CompletedProcess[str]) -> None:
    assert "1 cells, strength 2, 1 at a time" in ran.stdout
    lines = [line for line in ran.stdout.splitlines() if line.startswith("[1/1")]
    assert len(lines) == 1, ran.stdout
    assert f"{CELL}: " in lines[0]
    assert "compatible" in lines[0]


def test_the_committed_table_is_not_touched_by_a_part(copy: Path, written: Document) -> None:
    assert written["cells"]
    assert not (copy / "reports" / "compatibility.json").exists()
    assert not (copy / "reports" / "compatibility.md").exists()
    assert [*(copy / "reports" / "runs").glob("*/compatibility.md")]


def test_what_is_written_keeps_to_its_schema(written: Document) -> None:
    schema = json.loads((ROOT / "harness" / "compatibility.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(written, schema, jsonschema.Draft202012Validator)


def cell(written: Document) -> Document:
    (found,) = written["cells"]
    assert isinstance(found, dict)
    return found


def verdicts(written: Document) -> dict[str, str]:
    return {name: told["verdict"] for name, told in cell(written)["verdicts"].items()}


def test_what_works_is_compatible(written: Document) -> None:
    found = verdicts(written)
    assert {found[name] for name in ("db-session", "db", "scoped-factory")} == {"compatible"}


def test_what_is_broken_on_purpose_is_incompatible(written: Document) -> None:
    found = verdicts(written)
    assert {found[name] for name in ("bare-session", "bare-session@context")} == {"incompatible"}


def test_the_versions_are_those_in_the_environment(copy: Path, written: Document) -> None:
    (venv,) = (folder for folder in (copy / ".nox").iterdir() if install.python_of(folder).exists())
    script = "from importlib.metadata import distributions as all_\n"
    script += "print(*(f'{one.name}={one.version}' for one in all_()))"
    told = subprocess.run(
        [install.python_of(venv), "-c", script], capture_output=True, text=True, check=True
    ).stdout
    held = dict(one.lower().replace("_", "-").split("=") for one in told.split())
    said = cell(written)["environment"]["packages"]
    assert said
    assert {name: held.get(name) for name in said} == said
    assert held["flask-admin"] == "2.2.1"
    assert held["flask-sqlalchemy"] == "3.1.1"
    assert cell(written)["combination"]["flask"] == held["flask"]


def test_a_run_can_be_rendered_again(copy: Path, written: Document) -> None:
    (folder,) = (copy / "reports" / "runs").iterdir()
    done = subprocess.run(
        [sys.executable, "-m", "nox", "-s", "report", "--", folder.relative_to(copy)],
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    again = json.loads((folder / "compatibility.json").read_text(encoding="utf-8"))
    assert again["cells"] == written["cells"]
