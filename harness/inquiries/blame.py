"""Who brings a failure about: the smallest set of packages, found by changing one at a time.

All is asked of `look`, which runs a set of pins and tells what it shows of each symptom; what is
concluded here rests on its answers alone. A package belongs to the set where another version of it,
and nothing else, makes the failure go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from harness.inquiries.symptom import Shown, Symptom, nearest
from harness.judge import WITHOUT_ADMIN
from harness.model import CellId, CellResult, JudgedCell, Outcome, Party
from harness.patterns import NEUTRAL, is_control

PYTHON = "python"
"""Stands among the packages: it is changed like one."""
ABSENT = ""
"""The version of a package that is not there."""

_PAIR = 2
"""How many packages an incompatibility has; with fewer found, more is tried."""

Pins = Mapping[str, str]
Answers = Mapping["Change", Mapping[str, Shown]]
Look = Callable[[Pins, Sequence[Symptom]], Mapping[str, Shown]]
"""Run pins, and return for the text of each symptom what they show of it."""


class Whose(StrEnum):
    """Whose failure it is."""

    FLASK_ADMIN = "Flask-Admin's"
    LIBRARY = "the library's"
    PATTERN = "the pattern's"
    OTHERS = "another pair's"
    HARNESS = "the harness's own"
    UNKNOWN = "not known"


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """Another version of one package; `ABSENT` takes it away."""

    package: str
    version: str

    @property
    def told(self) -> str:
        """The change in words."""
        return f"{self.package} {self.version}" if self.version else f"without {self.package}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """A package of the smallest set: its version there, and those with which the failure goes."""

    package: str
    version: str
    mended_by: tuple[str, ...]

    @property
    def told(self) -> str:
        """The member in words: `sqlalchemy 2.0.58`, `no flask-sqlalchemy`."""
        return f"{self.package} {self.version}" if self.version else f"no {self.package}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Neighbour:
    """A cell of the table that was seen to work, with its packages."""

    cell: CellId
    pins: Pins


@dataclass(frozen=True, kw_only=True, slots=True)
class Blame:
    """What was found about symptoms that go together."""

    cell: CellId
    pins: Pins
    symptoms: tuple[Symptom, ...]
    members: tuple[Member, ...]
    harmless: tuple[Change, ...]
    """Changes after which the failure was the same."""
    whose: Whose
    why: str
    together: bool = False
    """Whether no change alone mends it, and those of the members do only with each other."""
    elsewhere: tuple[CellId, Shown] | None = None
    """A cell that works, and what it showed with the members' versions in it."""


def changed(pins: Pins, changes: Iterable[Change]) -> Pins:
    """Return the pins with these changes."""
    found = {**pins, **{one.package: one.version for one in changes}}
    return {name: version for name, version in found.items() if version != ABSENT}


def differences(pins: Pins, other: Pins) -> tuple[Change, ...]:
    """Return what has to change to come from the one to the other."""
    names = sorted({*pins, *other})
    return tuple(
        Change(package=name, version=other.get(name, ABSENT))
        for name in names
        if pins.get(name, ABSENT) != other.get(name, ABSENT)
    )


def minimal(
    changes: tuple[Change, ...], mends: Callable[[tuple[Change, ...]], bool]
) -> tuple[Change, ...]:
    """Return changes that mend and of which none can be left out, given that all of them do.

    Zeller's ddmin: halves first, then what is left without each part.
    """
    parts = 2
    while len(changes) > 1:
        size = max(len(changes) // parts, 1)
        chunks = [changes[at : at + size] for at in range(0, len(changes), size)]
        rests = [tuple(one for one in changes if one not in chunk) for chunk in chunks]
        smaller = next(
            (one for one in (*chunks, *rests) if len(one) < len(changes) and mends(one)), None
        )
        if smaller is not None:
            parts = max(parts - 1, 2) if smaller in rests and smaller not in chunks else 2
            changes = smaller
        elif size == 1:
            break
        else:
            parts = min(parts * 2, len(changes))
    return changes


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """What is investigated: a cell's pins and symptoms, and what it can be compared with."""

    judged: JudgedCell
    pins: Pins
    symptoms: tuple[Symptom, ...]
    candidates: tuple[Change, ...]
    """Single changes to try."""
    neighbours: tuple[Neighbour, ...]
    """Cells that show none of the symptoms, the nearest first."""
    libraries: frozenset[str]
    """The packages of the cell's session library."""
    further: tuple[Change, ...] = ()
    """Changes to try where the others leave it open who belongs to the set."""


def investigate(case: Case, look: Look) -> tuple[Blame, ...]:
    """Return whom the symptoms are to be blamed on, those of one cause together."""
    before = look(case.pins, case.symptoms)
    again = tuple(one for one in case.symptoms if before.get(one.text) is Shown.SAME)
    lost = tuple(one for one in case.symptoms if one not in again)
    unknown = (_lost(case, lost),) if lost else ()
    if not again:
        return unknown
    answers: dict[Change, Mapping[str, Shown]] = {}
    for change in case.candidates:
        _try(change, case, again, answers, look)
    for change in case.further:
        if any(len(_members(answers, one)) < _PAIR for one in again):
            _try(change, case, again, answers, look)
    groups: dict[tuple[str, ...], list[Symptom]] = {}
    for one in again:
        groups.setdefault(_members(answers, one), []).append(one)
    found = [
        part
        for names, group in groups.items()
        for part in _by_party(_blame(case, names, group, answers, look), case)
    ]
    return (*found, *unknown)


def _by_party(found: Blame, case: Case) -> Iterator[Blame]:
    """Yield it for each party: what the same changes mend, or none does, is of several."""
    told: dict[tuple[Whose, str], list[Symptom]] = {}
    for one in found.symptoms:
        told.setdefault(_whose(one, found, case), []).append(one)
    for (whose, why), group in told.items():
        yield replace(found, symptoms=tuple(group), whose=whose, why=why)


def _whose(one: Symptom, found: Blame, case: Case) -> tuple[Whose, str]:
    whose, why = whose_is_it(one, found.members, case)
    return whose, why.replace(_ALONE, _TOGETHER) if found.together else why


def _members(answers: Answers, symptom: Symptom) -> tuple[str, ...]:
    """Return the packages of which a change mends it."""
    return tuple(sorted({one.package for one, told in answers.items() if _gone(told, symptom)}))


def _gone(told: Mapping[str, Shown], symptom: Symptom) -> bool:
    return told.get(symptom.text) is Shown.GONE


def _try(
    change: Change,
    case: Case,
    wanted: Sequence[Symptom],
    answers: dict[Change, Mapping[str, Shown]],
    look: Look,
) -> None:
    """Try a change alone, unless another version of the package mends all already."""
    mended = (told for one, told in answers.items() if one.package == change.package)
    if any(all(_gone(told, one) for one in wanted) for told in mended) or change in answers:
        return
    answers[change] = look(changed(case.pins, [change]), wanted)


def _blame(
    case: Case,
    names: Sequence[str],
    group: Sequence[Symptom],
    answers: Answers,
    look: Look,
) -> Blame:
    mending = [one for one, told in answers.items() if all(_gone(told, s) for s in group)]
    together = not names
    if together:
        mending = list(_several(case, group, look))
    members = tuple(
        Member(
            package=name,
            version=case.pins.get(name, ABSENT),
            mended_by=tuple(one.version for one in mending if one.package == name),
        )
        for name in sorted({one.package for one in mending})
    )
    same = (one for one, told in answers.items() if _all_the_same(told, group))
    return Blame(
        cell=case.judged.result.cell.id,
        pins=case.pins,
        symptoms=tuple(group),
        members=members,
        harmless=tuple(one for one in same if one.package not in names),
        whose=Whose.UNKNOWN,
        why="",
        together=together and bool(members),
        elsewhere=_elsewhere(case, members, group, look),
    )


def _all_the_same(told: Mapping[str, Shown], group: Sequence[Symptom]) -> bool:
    return all(told.get(one.text) is Shown.SAME for one in group)


def _several(case: Case, group: Sequence[Symptom], look: Look) -> tuple[Change, ...]:
    """Return changes that mend together where none does alone, towards the nearest neighbour."""

    def mends(changes: tuple[Change, ...]) -> bool:
        told = look(changed(case.pins, changes), group)
        return all(_gone(told, one) for one in group)

    for neighbour in case.neighbours[:1]:
        whole = differences(case.pins, neighbour.pins)
        if mends(whole):
            return minimal(whole, mends)
    return ()


def _elsewhere(
    case: Case, members: Sequence[Member], group: Sequence[Symptom], look: Look
) -> tuple[CellId, Shown] | None:
    """Tell what the members' versions show in the nearest working cell that differs otherwise."""
    there = [Change(package=one.package, version=one.version) for one in members]
    for one in case.neighbours:
        pins = changed(one.pins, there)
        if members and pins != case.pins and pins[PYTHON] == case.pins[PYTHON]:
            told = set(look(pins, group).values())
            return one.cell, told.pop() if len(told) == 1 else Shown.OTHER
    return None


def _lost(case: Case, symptoms: tuple[Symptom, ...]) -> Blame:
    return Blame(
        cell=case.judged.result.cell.id,
        pins=case.pins,
        symptoms=symptoms,
        members=(),
        harmless=(),
        whose=Whose.UNKNOWN,
        why="the same packages, installed again, do not show it",
    )


# Whose it is --------------------------------------------------------------------------------------

_FILE = re.compile(r'File "([^"]+)", line')
_CLIENT = re.compile(r"(?:^|/)(?:flask/testing|werkzeug/test)\.py$")
"""Modules that only tests import: no deployed application meets what is raised there."""
_OURS = "it is raised in the test client or the tools, not in the packages' use"
_OF_PATTERN = "it fails without Flask-Admin as well, and passes under another pattern there"
_OPEN = "the pattern fails without Flask-Admin as well, but that need not be why this does"
_ALONE = "alone mends it"
_TOGETHER = "mends it, but only together with the rest of the set"


def whose_is_it(symptom: Symptom, members: Sequence[Member], case: Case) -> tuple[Whose, str]:
    """Tell whose failure it is, and what says so."""
    names = {one.package for one in members}
    pattern = nearest(case.judged) if symptom.pattern in (None, NEUTRAL) else symptom.pattern
    told = case.judged.verdicts.get(pattern) if pattern else None
    party = told.party if told else None
    of_pattern = party is Party.PATTERN and passes_otherwise(case.judged.result, symptom)
    answers = (
        (party is Party.HARNESS or is_of_the_client(symptom.traceback), Whose.HARNESS, _OURS),
        ("flask-admin" in names, Whose.FLASK_ADMIN, f"another Flask-Admin {_ALONE}"),
        (is_raised_by_flask_admin(symptom), Whose.FLASK_ADMIN, "its own code raises it"),
        (bool(names & case.libraries), Whose.LIBRARY, f"another release of it {_ALONE}"),
        (of_pattern, Whose.PATTERN, _OF_PATTERN),
        (is_before_flask_admin(symptom), Whose.LIBRARY, "it is raised where no Flask-Admin is"),
        (party is Party.FLASK_ADMIN, Whose.FLASK_ADMIN, "the library works without Flask-Admin"),
        (_is_without_admin(party, symptom), Whose.LIBRARY, "it fails without Flask-Admin as well"),
        (party is Party.PATTERN, Whose.UNKNOWN, _OPEN),
        (bool(names) or party is Party.ENVIRONMENT, Whose.OTHERS, "neither of the two has a part"),
    )
    found = ((whose, why) for holds, whose, why in answers if holds)
    return next(found, (Whose.UNKNOWN, "no change that was tried mends it"))


def _is_without_admin(party: Party | None, symptom: Symptom) -> bool:
    """Whether it is seen where no Flask-Admin is: of a pattern that fails so, only what is."""
    module = (symptom.scenario or "").partition("::")[0]
    return party is Party.LIBRARY or (party is Party.PATTERN and module == WITHOUT_ADMIN)


def passes_otherwise(result: CellResult, symptom: Symptom) -> bool:
    """Whether the scenario passes under another pattern in the same cell."""
    return any(
        seen.scenario == symptom.scenario and seen.outcome is Outcome.PASSED
        for seen in result.observations
        if seen.pattern != symptom.pattern and not is_control(seen.pattern)
    )


def is_raised_by_flask_admin(symptom: Symptom) -> bool:
    """Whether Flask-Admin's own code raised it; what a scenario asserts is raised by none."""
    files = _FILE.findall(symptom.traceback)
    return bool(files) and "flask_admin/" in files[-1] and not symptom.control


def is_before_flask_admin(symptom: Symptom) -> bool:
    """Whether an error was raised with no code of Flask-Admin on the way to it.

    What a scenario asserts of a page says nothing of the way.
    """
    known = symptom.traceback and not symptom.control
    asserted = symptom.text.startswith("AssertionError")
    return bool(known) and not asserted and "flask_admin/" not in symptom.traceback


def is_of_the_client(traceback: str) -> bool:
    """Whether an error was raised in Flask's or Werkzeug's own test client."""
    files = _FILE.findall(traceback)
    return bool(files) and bool(_CLIENT.search(files[-1]))
