"""The values that the harness hands from stage to stage: frozen, plain, and without I/O.

The words are those of the glossary in the README; `reports/compatibility.json` uses the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType, TypeAlias

CellId = NewType("CellId", str)
ScenarioId = NewType("ScenarioId", str)
PatternName = NewType("PatternName", str)

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
"""What JSON can hold; a recursive alias."""


class Outcome(StrEnum):
    """What was seen of one scenario under one pattern in one cell."""

    PASSED = "passed"
    FAILED = "failed"
    ERRORED = "errored"
    CRASHED = "crashed"
    TIMED_OUT = "timed-out"
    NOT_APPLICABLE = "not-applicable"
    NOT_RUN = "not-run"


class Ending(StrEnum):
    """What became of a cell whose environment was asked for."""

    COMPLETED = "completed"
    IMPORT_FAILED = "import-failed"
    CRASHED = "crashed"
    TIMED_OUT = "timed-out"
    NOT_RUN = "not-run"


class EnvironmentStatus(StrEnum):
    """What became of the attempt to make a cell's environment."""

    READY = "ready"
    UNRESOLVABLE = "unresolvable"
    UNINSTALLABLE = "uninstallable"
    MIS_RESOLVED = "mis-resolved"
    INTERPRETER_MISSING = "interpreter-missing"
    UNKNOWN = "unknown"
    """Nobody tried to the end: the registry did not answer, or the run was stopped."""


class Verdict(StrEnum):
    """What is concluded for one pattern in one cell."""

    COMPATIBLE = "compatible"
    INCOMPATIBLE = "incompatible"
    UNSUPPORTED = "unsupported"
    IMPOSSIBLE = "impossible"
    INCONCLUSIVE = "inconclusive"


class State(StrEnum):
    """What a reader is told of one pattern in one cell, the worst first (`harness.state`)."""

    UNSAFE = "unsafe"
    DOES_NOT_START = "does-not-start"
    DOES_NOT_WORK = "does-not-work"
    NOT_RUN = "not-run"
    WORKS_EXCEPT = "works-except"
    WORKS = "works"


class Kind(StrEnum):
    """How a named problem weighs."""

    PROBLEM = "problem"
    """Some combinations have it, and others do not."""
    LIMIT = "limit"
    """Every combination of the table has it, so that it tells none from another."""
    NOTE = "note"
    """Only malformed input brings it out."""
    CONDITION = "condition"
    """What a handle asks of the application's own code; told with the advice to use it."""


class Change(StrEnum):
    """What moved against the baseline for one pattern in one cell."""

    REGRESSED = "regressed"
    FIXED = "fixed"
    APPEARED = "appeared"
    DISAPPEARED = "disappeared"
    SHIFTED = "shifted"
    UNCHANGED = "unchanged"


class Guards(StrEnum):
    """What a module of scenarios guards.

    Sessions are tried under every pattern, and decide. Applications are tried once in a cell.
    """

    SESSIONS = "sessions"
    APPLICATIONS = "applications"


class Party(StrEnum):
    """Whose failure it is, told by the controls of the same environment."""

    ENVIRONMENT = "environment"
    LIBRARY = "library"
    PATTERN = "pattern"
    FLASK_ADMIN = "flask-admin"
    HARNESS = "harness"


@dataclass(frozen=True, kw_only=True, slots=True)
class Resolution:
    """How the packages that nobody pinned are chosen, and what is set aside of the metadata.

    As it stands: the newest releases of today that the packages' own metadata allow, as pip does.
    """

    as_of: str = ""
    """Nothing that was uploaded after this moment (a date, or RFC 3339); empty: today."""
    lowest: bool = False
    """The oldest releases that those under test allow, in place of the newest."""
    against: tuple[str, ...] = ()
    """Requirements that take the place of what any package declares of the same one."""
    within: tuple[str, ...] = ()
    """Constraints: what holds for whatever of these is installed; they install nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """One environment to measure: a level for every axis.

    `combination` maps each axis to the id of its level, in the order of the axes.
    `requirements` are the packages under test (PEP 508), `companions` those pinned only so that
    the ones under test can run. `adapter` names the module in `scenarios/adapters/`.
    """

    id: CellId
    combination: Mapping[str, str]
    requirements: tuple[str, ...]
    companions: tuple[str, ...] = ()
    adapter: str
    library: str
    """The library level as the report prints it: `flask-sqlalchemy==3.1.1`, or `sqlalchemy`."""
    resolution: Resolution = field(default_factory=Resolution)


@dataclass(frozen=True, kw_only=True, slots=True)
class LeftOut:
    """Something that the plan does not contain, and the reason, in the user's words."""

    what: str
    reason: str
    source: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Error:
    """An exception as it was seen: the root cause's type and message, and the whole traceback."""

    type: str
    message: str
    traceback: str = ""


NAMED = "named "
"""How the controls begin that import a package for no other reason than that the pins name it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Control:
    """What one control showed: `import flask`, `flask alone`, `library alone`, ...

    `party` is the one that a failure of this control puts the blame on; the harness where it was
    the control's own code that could not go on.
    """

    name: str
    party: Party
    outcome: Outcome
    error: Error | None = None
    seconds: float = 0.0

    @property
    def is_finding(self) -> bool:
        """Whether it failed, and not for a need of the harness's own."""
        return self.outcome is Outcome.FAILED and self.party is not Party.HARNESS

    @property
    def named(self) -> str:
        """The release that is imported because the pins name it; empty for all other controls."""
        return self.name.removeprefix(NAMED) if self.name.startswith(NAMED) else ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Observation:
    """What one scenario showed under one pattern in one cell, and the facts it rests on."""

    scenario: ScenarioId
    pattern: PatternName
    outcome: Outcome
    reason: str = ""
    """Why it is not applicable or did not run; empty otherwise."""
    error: Error | None = None
    evidence: Mapping[str, Json] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Environment:
    """What was installed, read inside the environment, or why nothing was."""

    status: EnvironmentStatus
    packages: Mapping[str, str] = field(default_factory=dict)
    message: str = ""
    database: str = ""
    """The server and the driver that was used, as they tell themselves; empty for SQLite."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CellResult:
    """All that was seen of one cell."""

    cell: Cell
    environment: Environment
    ending: Ending
    message: str = ""
    """What ended the cell early, in a sentence; empty where it completed."""
    controls: tuple[Control, ...] = ()
    observations: tuple[Observation, ...] = ()
    seconds: float = 0.0
    cpu_seconds: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """A defect that has a name: what it is, whom it meets, and which failures belong to it."""

    slug: str
    title: str
    """One sentence for a reader."""
    kind: Kind
    silent: bool
    """Whether data is lost or wrong without an error."""
    needs: str
    """What of an application meets it; empty: every application."""
    whose: str
    since: str
    until: str
    way_out: str
    upstream: str
    script: str
    checks: tuple[str, ...]
    """The scenarios that show it; patterns, as of file names."""
    error: str = ""
    """A regular expression that the failure's `Type: message` holds."""
    levels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """For each axis the conditions of which one has to hold."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """The verdict on one pattern in one cell, with its reasons and the party to blame."""

    verdict: Verdict
    state: State | None
    """What a reader is told; None where the pattern does not exist there."""
    because: tuple[str, ...] = ()
    party: Party | None = None
    warnings: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    """The named problems that were met, by slug."""
    limits: tuple[str, ...] = ()
    """The limits, notes and conditions that were met: they weigh nothing."""
    new: tuple[ScenarioId, ...] = ()
    """The application checks that failed, where that decides and nobody has named why yet."""


@dataclass(frozen=True, kw_only=True, slots=True)
class JudgedCell:
    """A cell's result and the verdict on each of its patterns."""

    result: CellResult
    verdicts: Mapping[PatternName, Judgement]


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """How many of the allowed pairs of levels a scenario really exercised, and which not."""

    strength: str
    pairs: int
    exercised: int
    missing: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Beside:
    """An answer that no cell gives: what real runs of other sets of packages showed."""

    title: str
    told: str
    """What was asked, and when."""
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    source: str
    """The file of `reports/` that holds all of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Matrix:
    """Every cell of a plan with its verdicts: what the reports are rendered from."""

    generated: str
    tool: Mapping[str, Json]
    cells: tuple[JudgedCell, ...]
    left_out: tuple[LeftOut, ...] = ()
    coverage: Coverage | None = None
    beside: tuple[Beside, ...] = ()
    """What was asked beside the plan."""
    problems: tuple[Problem, ...] = ()
    """The entries of the named problems that some cell met."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """One pattern of one cell, before and after."""

    cell: CellId
    pattern: PatternName
    change: Change
    before: Verdict | None
    after: Verdict | None
    because: tuple[str, ...] = ()
