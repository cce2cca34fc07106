"""What every session starts from: the matrix file, the scenarios, the interpreters."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from harness import catalog, config, interpreters, levels, plan, problems
from harness.covering import Combination
from harness.errors import BadInput
from harness.judge import Criteria
from harness.model import Cell, CellId, PatternName, Problem, ScenarioId
from harness.patterns import PATTERNS, USUAL

PLAN = "plan.json"
"""The ids of the cells of the committed table, so that the next plan keeps them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Project:
    """One checkout of the harness on one machine."""

    root: Path
    spec: config.Spec
    pythons: Mapping[str, Path]
    """The interpreters found here, by level."""
    local: tuple[config.Level, ...] = ()
    """Levels that are not of the matrix: those that runs have been asked for on this machine."""
    problems: tuple[Problem, ...] = ()
    """The named problems, which failures are explained by."""

    @property
    def reports(self) -> Path:
        """Where the tables and the evidence are written."""
        return self.root / "reports"

    @property
    def kept(self) -> Path:
        """Where environments are, and what costs nothing but time when it is removed."""
        return self.root / ".nox"

    @property
    def bytecode(self) -> Path:
        """Where bytecode is kept for other cells."""
        return self.kept / "bytecode"

    @property
    def web_servers(self) -> Path:
        """Where web servers are installed, for all cells."""
        return self.kept / "web-servers"

    @property
    def scenarios(self) -> Path:
        """The folder of the scenarios."""
        return self.root / "scenarios"

    @property
    def every(self) -> config.Spec:
        """The matrix with all levels that a cell may have."""
        return levels.extended(self.spec, self.local)

    def chosen(self, selection: Mapping[str, Sequence[str]]) -> tuple[config.Level, ...]:
        """Return the levels of a selection that are not of the matrix."""
        return tuple(one for one in self.local if one.id in selection.get(one.axis, ()))

    def cell(self, name: str) -> Cell:
        """Return the cell of that id, whether or not the default plan contains it."""
        return plan.cell_from_id(self.every, CellId(name))

    @property
    def catalog(self) -> tuple[catalog.Scenario, ...]:
        """The scenarios; a file that has not changed is not parsed again."""
        return catalog.read(self.scenarios)

    def patterns(self, cell: Cell) -> tuple[PatternName, ...]:
        """Return the patterns that a cell of the matrix is measured under.

        The rare forms are measured in one cell for each library and Flask-Admin: the committed
        plan says in which. Where it has none of the two, as with a new level, in each.
        """
        carriers = plan.carriers(self.spec, self.known())
        one = plan.combination_of(cell)
        is_new = plan.what_carries(one) not in set(map(plan.what_carries, carriers))
        is_ours = all(level in self.spec.levels for level in zip(config.AXES, one, strict=True))
        return PATTERNS if one in carriers or (is_new and is_ours) else USUAL

    def pairs(self, patterns: Collection[str] = ()) -> tuple[tuple[ScenarioId, PatternName], ...]:
        """Return every scenario with those of these patterns that it is run under.

        The usual ones where none is named. What is neutral is run whatever the pattern.
        """
        names = tuple(name for name in PATTERNS if name in (patterns or USUAL))
        return tuple(
            (scenario.id, pattern)
            for scenario in self.catalog
            for pattern in scenario.patterns(names)
        )

    def criteria(self) -> Criteria:
        """Return what cells are judged by besides what was seen."""
        guards = {scenario.id: scenario.guards for scenario in self.catalog}
        return Criteria(guards=guards, problems=self.problems)

    def known(self) -> tuple[Combination, ...]:
        """Return the combinations of the committed table, whose plan is kept; none without one."""
        found = []
        with suppress(OSError, ValueError):
            for name in json.loads((self.reports / PLAN).read_text(encoding="utf-8")):
                with suppress(BadInput):
                    found.append(plan.combination_of(self.cell(str(name))))
        return tuple(dict.fromkeys(found))


def load(root: Path) -> Project:
    """Read the project in `root`; a mistake in one of its files is `BadInput`."""
    spec = config.load(_text(root, "harness/matrix.toml"))
    return Project(
        root=root,
        spec=spec,
        pythons=interpreters.find(spec.python_levels, os.environ),
        local=levels.read(root / "reports"),
        problems=problems.load(_text(root, problems.FILE)) if _has_names(root) else (),
    )


def _has_names(root: Path) -> bool:
    return (root / problems.FILE).exists()


def _text(root: Path, name: str) -> str:
    try:
        return (root / name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"cannot read {name}: {error}") from error
