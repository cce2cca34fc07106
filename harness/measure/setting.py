"""Where and how one cell is measured, and what its processes cost."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness import process
from harness.drivers import Server
from harness.measure import install
from harness.measure.hashes import Hashes
from harness.model import Cell
from harness.process import Finished
from harness.record import Pair


@dataclass(frozen=True, kw_only=True, slots=True)
class Deadlines:
    """Seconds that a step may take before it is stopped."""

    scenario: float = 30.0
    controls: float = 60.0
    scenarios: float = 900.0
    lock: float = 120.0
    install: float = 300.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """Which patterns and scenarios to run; all of them where empty."""

    patterns: tuple[str, ...] = ()
    scenarios: tuple[str, ...] = ()
    any_pattern: bool = False
    """Run the patterns also where scenarios are neutral."""
    seed: int | None = None
    """Run them in the random order of this seed; in their own where None."""
    share: float = 1.0
    """Of the random order, run this share only."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """Where and how one cell is measured.

    `expected` are the pairs that must come out of it, also where pytest never lists them.
    """

    cell: Cell
    venv: Path
    folder: Path
    scenarios: Path
    workers: int = 1
    deadlines: Deadlines = field(default_factory=Deadlines)
    selection: Selection = field(default_factory=Selection)
    expected: tuple[Pair, ...] = ()
    env: Mapping[str, str] = field(default_factory=lambda: install.child_environment(os.environ))
    adapter_file: Path | None = None
    """The adapter, where it is no file of the scenarios."""
    hashes: Hashes = field(default_factory=dict)
    """Which hashes the files of some pins have to have, where the user says so."""
    server: Server | None = None
    """The database server that the scenarios work on; None: SQLite files."""
    bytecode: Path | None = None
    """Where bytecode is kept for other cells; nowhere where None."""
    web_servers: Path | None = None
    """Where web servers are installed, for all cells; nowhere where None."""
    spent: list[Finished] = field(default_factory=list)
    """Every process that has run, for the bill."""

    @property
    def python(self) -> Path:
        """The interpreter of the environment."""
        return install.python_of(self.venv)

    @property
    def adapter(self) -> str:
        """What the scenarios load the adapter by: its name, or the file's path."""
        return str(self.adapter_file or self.cell.adapter)

    @property
    def root(self) -> Path:
        """Where the cell's processes run."""
        return self.scenarios.parent

    def run(
        self,
        argv: Iterable[str | Path],
        deadline_seconds: float,
        log: str,
        extra: Mapping[str, str] | None = None,
    ) -> Finished:
        """Run a program of the cell's interpreter; `extra` variables are for this one only."""
        finished = process.run(
            [self.python, *argv],
            cwd=self.root,
            env={**self.env, **(extra or {})},
            deadline_seconds=deadline_seconds,
            log=self.folder / log,
        )
        self.spent.append(finished)
        return finished
