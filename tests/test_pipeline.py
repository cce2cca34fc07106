"""One small real matrix, end to end: from matrix.toml to a table, in a copy of the project."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import jsonschema
import pytest

from tests.conftest import ROOT
from tests.test_noxfile import checkout, nox

__all__ = ["checkout"]
pytestmark = pytest.mark.network
PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
PART = ["--python", PYTHON, "--flask", "3.1", "--sqlalchemy", "2.0", "--jobs", "1"]
PART += ["--flask-admin", "2.2.1", "--library", "fsa3.1.1", "--library", "lite0.2.1"]


def test_a_small_matrix_ends_in_a_table(checkout: Path) -> None:
    ended = nox(checkout, "--", *PART)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    [folder] = (checkout / "reports" / "runs").iterdir()
    table = json.loads((folder / "compatibility.json").read_text(encoding="utf-8"))
    schema = json.loads((ROOT / "harness" / "compatibility.schema.json").read_text("utf-8"))
    jsonschema.validate(table, schema)
    cells = {cell["id"]: cell for cell in table["cells"]}
    works = cells[f"py{PYTHON}-flask3.1-admin2.2.1-sa2.0-fsa3.1.1"]
    assert works["ending"] == "completed"
    assert works["environment"]["packages"]["flask-admin"] == "2.2.1"
    assert works["combination"]["flask"] == works["environment"]["packages"]["flask"]
    assert works["verdicts"]["db-session"]["verdict"] == "compatible"
    assert works["verdicts"]["bare-session"]["verdict"] == "incompatible"
    page = (folder / "compatibility.md").read_text(encoding="utf-8")
    assert all(name in page for name in cells), "a cell is missing in the table"

    again = nox(checkout, "--", "--resume", *PART)
    assert "[" not in "".join(line[:1] for line in again.stdout.splitlines()), "it ran again"
    assert again.returncode == 0
