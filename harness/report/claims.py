"""What the investigation that this began with claimed, held against what was observed; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from harness.model import (
    Ending,
    JudgedCell,
    Matrix,
    Observation,
    Outcome,
    PatternName,
    ScenarioId,
    Verdict,
)
from harness.report.tally import in_order, release_of


class Bearing(StrEnum):
    """What one cell says about a claim."""

    HOLDS = "holds"
    CONTRADICTED = "contradicted"
    NOT_MEASURED = "not measured"


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """A sentence of the investigation and what would have to be observed if it is true.

    Without scenarios it is the verdict of the pattern that is claimed; with `raises`, that the
    first scenario fails with such an error.
    """

    text: str
    adapter: str
    pattern: PatternName
    scenarios: tuple[ScenarioId, ...] = ()
    verdict: Verdict = Verdict.COMPATIBLE
    raises: str = ""
    holds: str = ""
    """The name of the class that the view is said to hold, as the evidence has it."""


_DB_SESSION = PatternName("db-session")
_SAME_OBJECT = ScenarioId("request_identity::view_holds_the_same_object_in_every_request")
_OWN_SESSION = ScenarioId("request_identity::each_request_gets_its_own_session")
_NO_LEAK = ScenarioId("request_isolation::uncommitted_changes_are_not_seen_by_the_next_request")
_SET_UP = ScenarioId("init_time::views_are_added_and_the_admin_is_built")

CLAIMS = (
    Claim(
        text="Flask-SQLAlchemy: the view holds the same `scoped_session` proxy in every request",
        adapter="flask_sqlalchemy",
        pattern=_DB_SESSION,
        scenarios=(_SAME_OBJECT,),
        holds="scoped_session",
    ),
    Claim(
        text="Flask-SQLAlchemy: each request gets a different Session through that proxy",
        adapter="flask_sqlalchemy",
        pattern=_DB_SESSION,
        scenarios=(_OWN_SESSION,),
    ),
    Claim(
        text="Flask-SQLAlchemy: no data leaks from one request into the next",
        adapter="flask_sqlalchemy",
        pattern=_DB_SESSION,
        scenarios=(_NO_LEAK,),
    ),
    Claim(
        text="Flask-SQLAlchemy: `ModelView(User, db.session)` is correct and to be recommended",
        adapter="flask_sqlalchemy",
        pattern=_DB_SESSION,
    ),
    Claim(
        text="flask-sqlalchemy-lite: `db.session` outside an application context raises "
        "`RuntimeError: Working outside of application context`",
        adapter="flask_sqlalchemy_lite",
        pattern=_DB_SESSION,
        scenarios=(_SET_UP,),
        raises="RuntimeError: Working outside of application context",
    ),
    Claim(
        text="flask-sqlalchemy-lite: `ModelView(User, db.session)` is incompatible",
        adapter="flask_sqlalchemy_lite",
        pattern=_DB_SESSION,
        verdict=Verdict.INCOMPATIBLE,
    ),
    Claim(
        text="flask-sqlalchemy-lite: the LazySessionWrapper works around it (its code is lost; "
        "`lazy-session` has `__getattr__` and `__call__`)",
        adapter="flask_sqlalchemy_lite",
        pattern=PatternName("lazy-session"),
    ),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """A claim and, for each Flask-Admin release, how many cells bear it out."""

    text: str
    pattern: PatternName
    by_release: tuple[tuple[str, str], ...]


def measured_claims(matrix: Matrix) -> tuple[Measured, ...]:
    """Give what the cells of each release say about each claim."""
    releases = in_order(release_of(judged.result.cell) for judged in matrix.cells)
    return tuple(_measured(claim, releases, matrix.cells) for claim in CLAIMS)


def bearing(claim: Claim, judged: JudgedCell) -> Bearing:
    """Give what one cell says about a claim; only what was seen to pass or fail says anything."""
    if any(one.outcome is not Outcome.PASSED for one in judged.result.controls):
        return Bearing.NOT_MEASURED  # it fails without Flask-Admin: nothing is told of the claim
    if not claim.scenarios:
        return _bearing_of_verdict(claim, judged)
    seen = {one.scenario: one for one in judged.result.observations if one.pattern == claim.pattern}
    found = [_bearing_of(claim, seen.get(scenario)) for scenario in claim.scenarios]
    if Bearing.CONTRADICTED in found:
        return Bearing.CONTRADICTED
    return Bearing.NOT_MEASURED if Bearing.NOT_MEASURED in found else Bearing.HOLDS


def _bearing_of_verdict(claim: Claim, judged: JudgedCell) -> Bearing:
    """Give what the verdict says; where nothing could be imported, it says nothing of the claim."""
    told = judged.verdicts.get(claim.pattern)
    if judged.result.ending is Ending.IMPORT_FAILED:
        return Bearing.NOT_MEASURED
    if told is None or told.verdict not in {Verdict.COMPATIBLE, Verdict.INCOMPATIBLE}:
        return Bearing.NOT_MEASURED
    return Bearing.HOLDS if told.verdict is claim.verdict else Bearing.CONTRADICTED


def _bearing_of(claim: Claim, seen: Observation | None) -> Bearing:
    if seen is None or seen.outcome not in {Outcome.PASSED, Outcome.FAILED}:
        return Bearing.NOT_MEASURED
    is_as_claimed = _raised(claim, seen) if claim.raises else _passed(claim, seen)
    return Bearing.HOLDS if is_as_claimed else Bearing.CONTRADICTED


def _raised(claim: Claim, seen: Observation) -> bool:
    error = seen.error
    told = f"{error.type.rpartition('.')[2]}: {error.message}" if error else ""
    return seen.outcome is Outcome.FAILED and told.startswith(claim.raises)


def _passed(claim: Claim, seen: Observation) -> bool:
    holds_it = not claim.holds or seen.evidence.get("holds") == claim.holds
    return seen.outcome is Outcome.PASSED and holds_it


def _measured(claim: Claim, releases: Sequence[str], cells: Sequence[JudgedCell]) -> Measured:
    ours = [judged for judged in cells if judged.result.cell.adapter == claim.adapter]
    by_release = []
    for release in releases:
        there = [judged for judged in ours if release_of(judged.result.cell) == release]
        by_release.append((release, _told([bearing(claim, judged) for judged in there])))
    return Measured(text=claim.text, pattern=claim.pattern, by_release=tuple(by_release))


def _told(found: Sequence[Bearing]) -> str:
    """Give the bearings in words: `holds 3/3`, `holds 2/3, contradicted 1/3`, `not measured`."""
    measured = [one for one in found if one is not Bearing.NOT_MEASURED]
    if not measured:
        return f"{Bearing.NOT_MEASURED}"
    told = [
        f"{one} {measured.count(one)}/{len(measured)}"
        for one in (Bearing.HOLDS, Bearing.CONTRADICTED)
        if one in measured
    ]
    unknown = len(found) - len(measured)
    return ", ".join([*told, *([f"{unknown} {Bearing.NOT_MEASURED}"] if unknown else [])])
