"""The committed table, read once by each process: it is large."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from harness import judge, project
from harness.model import Matrix
from harness.report.from_json import from_json
from harness.report.to_json import to_json

ROOT = Path(__file__).parent.parent
COMMITTED = ROOT / "reports" / "compatibility.json"


@cache
def committed() -> Matrix:
    """Give the table, judged by what is named today."""
    found = from_json(COMMITTED.read_text(encoding="utf-8"))
    return judge.judged_again(found, project.load(ROOT).criteria())


def cells_of(shown: Matrix) -> list[dict[str, Any]]:
    """Give the cells of a matrix as JSON has them; do not change them."""
    return _committed_cells() if shown is committed() else _cells(shown)


@cache
def _committed_cells() -> list[dict[str, Any]]:
    return _cells(committed())


def _cells(shown: Matrix) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = json.loads(to_json(shown))["cells"]
    return cells
