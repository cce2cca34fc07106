"""The scenarios, read from their sources as text: the harness never imports them."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from harness.errors import BadInput
from harness.model import ScenarioId


@dataclass(frozen=True, kw_only=True, slots=True)
class Scenario:
    """One scenario: its id, and its title, which is the first line of its docstring.

    A neutral one is not about the pattern: it is run once in a cell, under the pattern `any`.
    """

    id: ScenarioId
    title: str
    neutral: bool = False


def read(folder: Path) -> tuple[Scenario, ...]:
    """Return the scenarios of a folder, in the order of files and lines."""
    return tuple(found for path in sorted(folder.glob("test_*.py")) for found in _scenarios(path))


def _scenarios(path: Path) -> list[Scenario]:
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, SyntaxError) as error:
        raise BadInput(f"scenarios/{path.name} cannot be read: {error}") from error
    module = path.stem.removeprefix("test_")
    neutral = any(ast.unparse(node) == "PATTERN_NEUTRAL = True" for node in tree.body)
    return [
        Scenario(
            id=ScenarioId(f"{module}::{node.name.removeprefix('test_')}"),
            title=(ast.get_docstring(node) or "").partition("\n")[0],
            neutral=neutral,
        )
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
