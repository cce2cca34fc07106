"""Values of the model with defaults: a test names only what it is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from harness.judge import Criteria, judge
from harness.model import (
    Cell,
    CellId,
    CellResult,
    Control,
    Coverage,
    Ending,
    Environment,
    EnvironmentStatus,
    Error,
    Guards,
    Json,
    JudgedCell,
    Kind,
    LeftOut,
    Matrix,
    Observation,
    Outcome,
    Party,
    PatternName,
    Problem,
    ScenarioId,
)

DB = PatternName("db")
DB_SESSION = PatternName("db-session")
LAZY = PatternName("lazy-session")
BARE = PatternName("bare-session")
SCENARIO = ScenarioId("request_isolation::nothing_leaks")
ADAPTERS = {"fsa": "flask_sqlalchemy", "lite": "flask_sqlalchemy_lite"}
NAMES = {"fsa": "flask-sqlalchemy", "lite": "flask-sqlalchemy-lite"}
NO_CONTEXT = "Working outside of application context.\n\nThis typically means that you ..."


def cell(
    *,
    python: str = "3.12",
    flask: str = "3.1",
    admin: str = "2.2.1",
    sqlalchemy: str = "2.0",
    library: str = "fsa3.1.1",
) -> Cell:
    kind = library.rstrip("0123456789.")
    shown = f"{NAMES[kind]}=={library.removeprefix(kind)}" if kind in NAMES else "sqlalchemy"
    return Cell(
        id=CellId(f"py{python}-flask{flask}-admin{admin}-sa{sqlalchemy}-{library}"),
        combination={
            "python": python,
            "flask": flask,
            "flask-admin": admin,
            "sqlalchemy": sqlalchemy,
            "library": library,
            "database": "sqlite",
        },
        requirements=(f"flask=={flask}.*", f"flask-admin=={admin}", f"sqlalchemy=={sqlalchemy}.*"),
        adapter=ADAPTERS.get(kind, "plain_sqlalchemy"),
        library=shown,
    )


def environment(
    status: EnvironmentStatus = EnvironmentStatus.READY,
    *,
    packages: Mapping[str, str] | None = None,
    message: str = "",
) -> Environment:
    installed = {"flask": "3.1.3", "flask-admin": "2.2.1", "werkzeug": "3.1.8"}
    if status is not EnvironmentStatus.READY:
        installed = {}
    chosen = installed if packages is None else packages
    return Environment(status=status, packages=chosen, message=message)


def error(
    kind: str = "RuntimeError", message: str = NO_CONTEXT, traceback: str = "Traceback: ..."
) -> Error:
    return Error(type=kind, message=message, traceback=traceback)


def observation(  # noqa: PLR0913 - a builder: all but one have defaults
    outcome: Outcome = Outcome.PASSED,
    *,
    scenario: str = SCENARIO,
    pattern: str = DB,
    reason: str = "",
    error: Error | None = None,
    evidence: Mapping[str, Json] | None = None,
    warnings: Iterable[str] = (),
    seconds: float = 0.012,
) -> Observation:
    return Observation(
        scenario=ScenarioId(scenario),
        pattern=PatternName(pattern),
        outcome=outcome,
        reason=reason,
        error=error,
        evidence=evidence or {},
        warnings=tuple(warnings),
        seconds=seconds,
    )


def failed(
    *,
    scenario: str = SCENARIO,
    pattern: str = DB,
    error: Error = error(),  # noqa: B008 - frozen
) -> Observation:
    return observation(Outcome.FAILED, scenario=scenario, pattern=pattern, error=error)


def caught() -> tuple[Observation, ...]:
    """Give the control as it should be: failed by a scenario."""
    wrong = error("AssertionError", "two requests shared one Session")
    return tuple(failed(pattern=pattern, error=wrong) for pattern in (BARE, f"{BARE}@context"))


def control(
    name: str = "flask alone",
    *,
    party: Party = Party.ENVIRONMENT,
    outcome: Outcome = Outcome.PASSED,
    error: Error | None = None,
) -> Control:
    return Control(name=name, party=party, outcome=outcome, error=error, seconds=0.1)


def result(
    *observations: Observation,
    cell: Cell = cell(),  # noqa: B008 - frozen
    environment: Environment = environment(),  # noqa: B008 - frozen
    ending: Ending = Ending.COMPLETED,
    message: str = "",
    controls: Sequence[Control] = (),
) -> CellResult:
    return CellResult(
        cell=cell,
        environment=environment,
        ending=ending,
        message=message,
        controls=tuple(controls),
        observations=observations,
        seconds=2.5,
        cpu_seconds=1.25,
    )


def judged(  # noqa: PLR0913 - a builder: all have defaults
    *observations: Observation,
    cell: Cell = cell(),  # noqa: B008 - frozen
    environment: Environment = environment(),  # noqa: B008 - frozen
    ending: Ending = Ending.COMPLETED,
    message: str = "",
    controls: Sequence[Control] = (),
    planned: Iterable[tuple[ScenarioId, PatternName]] = (),
    criteria: Criteria = Criteria(),  # noqa: B008 - frozen
) -> JudgedCell:
    seen = result(
        *observations,
        cell=cell,
        environment=environment,
        ending=ending,
        message=message,
        controls=controls,
    )
    return judge(seen, planned, criteria)


def problem(  # noqa: PLR0913 - a builder: all have defaults
    slug: str = "floats-are-lost",
    *,
    kind: Kind = Kind.PROBLEM,
    silent: bool = True,
    needs: str = "a `Float` column",
    checks: Iterable[str] = ("column_types::*",),
    error: str = "",
    way_out: str = "`sqlalchemy<2.1`",
) -> Problem:
    return Problem(
        slug=slug,
        title="`Float` columns have no form field, without an error",
        kind=kind,
        silent=silent,
        needs=needs,
        whose="Flask-Admin",
        since="SQLAlchemy 2.1.0",
        until="",
        way_out=way_out,
        upstream="none found",
        script="",
        checks=tuple(checks),
        error=error,
    )


def criteria(
    *problems: Problem, applications: Iterable[str] = ("column_types::float",)
) -> Criteria:
    """Give what to judge by: these are the application checks, and all others guard sessions."""
    guards = {ScenarioId(name): Guards.APPLICATIONS for name in applications}
    return Criteria(guards=guards, problems=problems)


def matrix(
    *cells: JudgedCell,
    left_out: Sequence[LeftOut] = (),
    coverage: Coverage | None = None,
    problems: Sequence[Problem] = (),
) -> Matrix:
    return Matrix(
        generated="2026-11-21T06:00:00Z",
        tool={"name": "flask-admin-session-matrix", "version": "0.1.0"},
        cells=cells,
        left_out=tuple(left_out),
        coverage=coverage,
        problems=tuple(problems),
    )
