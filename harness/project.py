"""What every session starts from: the matrix file, the scenarios, the interpreters."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness import catalog, config, interpreters, plan
from harness.errors import BadInput
from harness.model import Cell, CellId, PatternName, ScenarioId
from harness.patterns import NEUTRAL, PATTERNS


@dataclass(frozen=True, kw_only=True, slots=True)
class Project:
    """One checkout of the harness on one machine."""

    root: Path
    spec: config.Spec
    pythons: Mapping[str, Path]
    """The interpreters found here, by level."""

    @property
    def reports(self) -> Path:
        """Where the tables and the evidence are written."""
        return self.root / "reports"

    @property
    def scenarios(self) -> Path:
        """The folder of the scenarios."""
        return self.root / "scenarios"

    def cell(self, name: str) -> Cell:
        """Return the cell of that id, whether or not the default plan contains it."""
        return plan.cell_from_id(self.spec, CellId(name))

    def pairs(self) -> tuple[tuple[ScenarioId, PatternName], ...]:
        """Return every scenario with its patterns: what each cell is to show."""
        return tuple(
            (scenario.id, pattern)
            for scenario in catalog.read(self.scenarios)
            for pattern in ((NEUTRAL,) if scenario.neutral else PATTERNS)
        )


def load(root: Path) -> Project:
    """Read the project in `root`; a mistake in `harness/matrix.toml` is `BadInput`."""
    path = root / "harness" / "matrix.toml"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"cannot read harness/matrix.toml: {error}") from error
    spec = config.load(text)
    return Project(root=root, spec=spec, pythons=interpreters.find(spec.python_levels, os.environ))
