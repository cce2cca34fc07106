"""Each library's own section: status, what its sessions did, what fails, what to write; pure.

The form is that of the documents that this project began with; every sentence is worked out from
observations. Where a scenario that a column rests on was not run, the field says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness import patterns
from harness.model import (
    CellId,
    JudgedCell,
    Matrix,
    Observation,
    Outcome,
    PatternName,
    ScenarioId,
    Verdict,
)
from harness.report.answer import Answer, by_library, by_release, patterns_of
from harness.report.causes import Cause
from harness.report.guide import Guide
from harness.report.snippets import snippet
from harness.report.tally import Standing, in_order, natural, standing, tally

NOT_MEASURED = "not measured"

_Seen = tuple[tuple[str, int], ...]
"""What was seen, and in how many cells."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """A column of the evidence table: the scenario it rests on, and how its evidence is told."""

    title: str
    scenario: ScenarioId
    told: Callable[[Mapping[str, object]], str]


def _holds(seen: Mapping[str, object]) -> str:
    objects, requests = seen.get("held_objects"), seen.get("requests")
    same = f"{_number(objects, 'object')} in {_number(requests, 'request')}"
    return f"{seen.get('holds', 'something')}, {same}"


def _in_requests(seen: Mapping[str, object]) -> str:
    return (
        f"{_number(seen.get('sessions'), 'Session')} in {_number(seen.get('requests'), 'request')}"
    )


def _in_threads(seen: Mapping[str, object]) -> str:
    return f"{_number(seen.get('sessions'), 'Session')} in {_number(seen.get('threads'), 'thread')}"


def _left_open(seen: Mapping[str, object]) -> str:
    transactions = _number(seen.get("transactions"), "transaction")
    connections = _number(seen.get("connections"), "connection")
    return f"{transactions}, {connections}"


def _number(value: object, word: str) -> str:
    return f"{value} {word}" if value == 1 else f"{'?' if value is None else value} {word}s"


FACTS = (
    Fact(
        title="what the view holds",
        scenario=ScenarioId("request_identity::view_holds_the_same_object_in_every_request"),
        told=_holds,
    ),
    Fact(
        title="Sessions behind it, one request after another",
        scenario=ScenarioId("request_identity::each_request_gets_its_own_session"),
        told=_in_requests,
    ),
    Fact(
        title="Sessions behind it, requests at once",
        scenario=ScenarioId(
            "threaded_requests::a_threaded_server_gives_each_request_its_own_session"
        ),
        told=_in_threads,
    ),
    Fact(
        title="left open after a request",
        scenario=ScenarioId("teardown::nothing_stays_open_after_a_request"),
        told=_left_open,
    ),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class EvidenceRow:
    """Patterns of which the same was seen: for each column what, and in how many cells."""

    patterns: tuple[PatternName, ...]
    fields: tuple[_Seen, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """What one cell showed of one pattern, as far as it can be drawn."""

    cell: CellId
    pattern: PatternName
    holds: str
    objects: int
    requests: int
    sessions: int
    threads: int
    thread_sessions: int
    left: int
    """Transactions that stayed open after a request."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Failing:
    """Patterns that failed for the same causes, in how many cells."""

    patterns: tuple[PatternName, ...]
    cells: int
    causes: tuple[Cause, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """The section of one library."""

    library: str
    adapter: str
    standing: Standing
    status: str
    answer: Answer
    evidence: tuple[EvidenceRow, ...]
    pictures: tuple[Picture, ...]
    """Of the pattern to use, and of one that does not work: what goes wrong there."""
    failing: tuple[Failing, ...]
    workaround: str
    """The code to write; empty where none is known."""
    measured_code: str
    """The code of the pattern as it was run."""


def profiles(
    matrix: Matrix, answers: Sequence[Answer], causes: Sequence[Cause], guide: Guide
) -> tuple[Profile, ...]:
    """Give the sections of all libraries, in the order of the answers."""
    found = by_library(matrix)
    return tuple(_profile(found[one.library], one, causes, guide) for one in answers)


def _profile(
    cells: Sequence[JudgedCell], answer: Answer, causes: Sequence[Cause], guide: Guide
) -> Profile:
    adapter = cells[0].result.cell.adapter
    use = PatternName(answer.use)
    how, status = _status(cells, use)
    code = guide.patterns.get(patterns.base_of(use))
    return Profile(
        library=answer.library,
        adapter=adapter,
        standing=how,
        status=status,
        answer=answer,
        evidence=_evidence(cells),
        pictures=_pictures(cells, use),
        failing=_failing(cells, causes),
        workaround=snippet(guide.snippets, adapter, use),
        measured_code=code.code if code else "",
    )


def _seen_patterns(cells: Sequence[JudgedCell]) -> tuple[PatternName, ...]:
    return (*patterns_of(cells), *patterns_of(cells, controls=True))


def _status(cells: Sequence[JudgedCell], use: PatternName) -> tuple[Standing, str]:
    """Give how the library stands with the newest Flask-Admin that it was tried with."""
    there = by_release(cells)
    newest = in_order(there)[-1]
    standings = {name: _standing(there[newest], name) for name in patterns_of(cells)}
    works = [name for name, one in standings.items() if one in _WORKS]
    partly = [name for name, one in standings.items() if one is Standing.PARTLY]
    known = [one for one in standings.values() if one is not Standing.NO_CELL]
    told = f"with Flask-Admin {newest}"
    total = f"of {_number(len(known), 'pattern')}"
    if use in works:
        excepted = ", with exceptions," if standings[use] is Standing.EXCEPT else ""
        return standings[use], f"works {told}{excepted} as {use}; {len(works)} {total} work there"
    if works:
        return Standing.PARTLY, f"works {told}; {len(works)} {total} work there, {use} does not"
    if partly:
        return Standing.PARTLY, f"works in part {told}: no pattern works in every cell there"
    if Standing.UNKNOWN in known:
        return Standing.UNKNOWN, f"not known {told}"
    return Standing.FAILS, f"no pattern works {told}"


_WORKS = (Standing.WORKS, Standing.EXCEPT)


def _standing(cells: Iterable[JudgedCell], pattern: PatternName) -> Standing:
    told = (judged.verdicts.get(pattern) for judged in cells)
    return standing(tally(one for one in told if one))


def _evidence(cells: Sequence[JudgedCell]) -> tuple[EvidenceRow, ...]:
    """Give what was seen; patterns that showed the same share a row, controls have their own."""
    together: dict[tuple[bool, tuple[_Seen, ...]], list[PatternName]] = {}
    for name in _seen_patterns(cells):
        fields = tuple(_field(cells, name, fact) for fact in FACTS)
        together.setdefault((patterns.is_control(name), fields), []).append(name)
    return tuple(
        EvidenceRow(
            patterns=tuple(names),
            fields=fields,
        )
        for (_, fields), names in together.items()
    )


def _field(cells: Sequence[JudgedCell], pattern: PatternName, fact: Fact) -> _Seen:
    """Give what was seen and in how many cells, the most frequent first."""
    seen = (_observed(judged, pattern, fact.scenario) for judged in cells)
    count = Counter(_told(fact, one) for one in seen)
    return tuple(sorted(count.items(), key=lambda item: (-item[1], item[0])))


def _told(fact: Fact, seen: Observation | None) -> str:
    if seen is None or seen.outcome is Outcome.NOT_RUN:
        return NOT_MEASURED
    if seen.outcome is Outcome.NOT_APPLICABLE:
        return "does not apply"
    if not seen.evidence or not _is_complete(fact, seen):
        return f"raised {seen.error.type}" if seen.error else f"{seen.outcome}"
    return fact.told(seen.evidence)


def _is_complete(fact: Fact, seen: Observation) -> bool:
    return "?" not in fact.told(seen.evidence)


def _observed(judged: JudgedCell, pattern: PatternName, scenario: ScenarioId) -> Observation | None:
    found = judged.result.observations
    return next((o for o in found if o.pattern == pattern and o.scenario == scenario), None)


def _pictures(cells: Sequence[JudgedCell], use: PatternName) -> tuple[Picture, ...]:
    """Give the picture of the recommended pattern where it works, and of one that shares.

    Where no pattern works there is one of what could be measured.
    """
    good = _picture([one for one in cells if use in one.verdicts and _is_compatible(one, use)], use)
    drawn = [
        _picture([one for one in cells if _fails(one, name)], name) for name in patterns_of(cells)
    ]
    bad = next((one for one in drawn if one and _shares(one)), None)
    found = [one for one in (good, bad) if one]
    return tuple(found) or tuple(one for one in drawn if one)[:1]


def _shares(seen: Picture) -> bool:
    """Whether requests shared a Session, or left something open."""
    return seen.sessions < seen.requests or seen.thread_sessions < seen.threads or seen.left > 0


def _picture(cells: Sequence[JudgedCell], pattern: PatternName) -> Picture | None:
    """Give the picture of a pattern in the newest of these cells that measured all of it."""
    there = by_release(sorted(cells, key=lambda one: natural(one.result.cell.id)))
    newest_first = (one for name in reversed(in_order(there)) for one in reversed(there[name]))
    drawn = (picture_of(one, pattern) for one in newest_first)
    return next((one for one in drawn if one), None)


def _is_compatible(judged: JudgedCell, pattern: PatternName) -> bool:
    return judged.verdicts[pattern].verdict is Verdict.COMPATIBLE


def picture_of(judged: JudgedCell, pattern: PatternName) -> Picture | None:
    """Give what a cell showed of a pattern; None where something of it was not measured."""
    seen = [_observed(judged, pattern, fact.scenario) for fact in FACTS]
    held, one_by_one, at_once, after = ({} if one is None else one.evidence for one in seen)
    numbers = (
        held.get("held_objects"),
        one_by_one.get("requests"),
        one_by_one.get("sessions"),
        at_once.get("threads"),
        at_once.get("sessions"),
        after.get("transactions"),
    )
    objects, requests, sessions, threads, together, left = (
        one if isinstance(one, int) else -1 for one in numbers
    )
    if min(objects, requests, sessions, threads, together, left) < 0:
        return None
    return Picture(
        cell=judged.result.cell.id,
        pattern=pattern,
        holds=str(held.get("holds", "")),
        objects=objects,
        requests=requests,
        sessions=sessions,
        threads=threads,
        thread_sessions=together,
        left=left,
    )


def _failing(cells: Sequence[JudgedCell], causes: Sequence[Cause]) -> tuple[Failing, ...]:
    """Give what fails and why; patterns with the same causes together."""
    together: dict[tuple[int, ...], list[tuple[PatternName, set[CellId]]]] = {}
    by_number = {cause.number: cause for cause in causes}
    for name in patterns_of(cells):
        failed = {one.result.cell.id for one in cells if _fails(one, name)}
        hit = tuple(cause.number for cause in causes if _hits(cause, name, failed))
        if failed and hit:
            together.setdefault(hit, []).append((name, failed))
    return tuple(
        Failing(
            patterns=tuple(name for name, _ in members),
            cells=len(set[CellId]().union(*(failed for _, failed in members))),
            causes=tuple(by_number[number] for number in numbers),
        )
        for numbers, members in together.items()
    )


def _fails(judged: JudgedCell, pattern: PatternName) -> bool:
    told = judged.verdicts.get(pattern)
    return told is not None and told.verdict in {Verdict.INCOMPATIBLE, Verdict.IMPOSSIBLE}


def _hits(cause: Cause, pattern: PatternName, failed: Iterable[CellId]) -> bool:
    own = (pattern, patterns.NEUTRAL, None)
    return any((cell, name) in cause.fields for cell in failed for name in own)
