"""The committed table, read once by each process: it is large."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from harness.model import Matrix
from harness.report.from_json import from_json
from harness.report.to_json import to_json

COMMITTED = Path(__file__).parent.parent / "reports" / "compatibility.json"


@cache
def committed() -> Matrix:
    return from_json(COMMITTED.read_text(encoding="utf-8"))


def cells_of(shown: Matrix) -> list[dict[str, Any]]:
    """Give the cells of a matrix as JSON has them; do not change them."""
    return _committed_cells() if shown is committed() else _cells(shown)


@cache
def _committed_cells() -> list[dict[str, Any]]:
    return _cells(committed())


def _cells(shown: Matrix) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = json.loads(to_json(shown))["cells"]
    return cells
