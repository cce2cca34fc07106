"""What the packages' metadata allow against what was measured, in four answers; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from harness.allowed import Answer, answer
from harness.allowed import works as is_working
from harness.config import AXES
from harness.covering import Combination
from harness.inquiries import symptom
from harness.inquiries.blame import ABSENT, PYTHON, Blame, Member, Whose
from harness.inquiries.bounds import declared_of, true_line
from harness.inquiries.edge import Boundary
from harness.inquiries.suspects import library_packages
from harness.model import CellId, EnvironmentStatus, JudgedCell, PatternName
from harness.patterns import working


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One combination: what the metadata say, what was measured, and how."""

    name: str
    combination: Mapping[str, str]
    allowed: bool
    works: bool | None
    how: str
    packages: Mapping[str, str] = field(default_factory=dict)
    forbidden_by: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    """What was installed against the metadata; nothing where it was not."""
    beside: tuple[str, ...] = ()
    """Companions that were pinned so that it can run."""
    patterns: tuple[PatternName, ...] = ()
    """The patterns that passed every scenario that was run."""
    cause: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()
    """Pairs of levels that it stands for."""

    @property
    def answer(self) -> Answer:
        """The answer to both questions."""
        return answer(allowed=self.allowed, works=self.works)


def row(  # noqa: PLR0913 - a builder: all but two have defaults
    judged: JudgedCell,
    how: str,
    *,
    name: str = "",
    combination: Mapping[str, str] | None = None,
    forbidden_by: tuple[str, ...] = (),
    against: tuple[str, ...] = (),
) -> Row:
    """Return what a measured cell says; it is allowed where nothing forbids it.

    Where the resolver finds no set of packages, its reason is what forbids it.
    """
    result = judged.result
    status = result.environment.status
    works = is_working(judged)
    if status is EnvironmentStatus.UNRESOLVABLE and not forbidden_by:
        forbidden_by = (result.environment.message,)
    cause = tuple(sorted(symptom.texts(symptom.symptoms(judged)))) if works is False else ()
    if works is None:
        cause = (why_unknown(judged),)
    return Row(
        name=name or result.cell.id,
        combination=dict(combination or result.cell.combination),
        allowed=not forbidden_by,
        works=works,
        how=how,
        packages=dict(result.environment.packages),
        forbidden_by=forbidden_by,
        against=against,
        beside=result.cell.companions,
        patterns=working(judged.verdicts),
        cause=cause,
    )


def why_unknown(judged: JudgedCell) -> str:
    """Return why nothing is known of a cell."""
    reasons = [text for one in judged.verdicts.values() for text in one.because]
    return judged.result.message or judged.result.environment.message or next(iter(reasons), "")


# Where to try it ---------------------------------------------------------------------------------


def frame(
    table: Iterable[JudgedCell], level: tuple[str, str], pythons: Sequence[str], axes: Sequence[str]
) -> JudgedCell | None:
    """Return the working cell with a level whose other levels are the newest; None without one.

    `pythons` are those preferred, the best first.
    """
    fitting = [
        one
        for one in table
        if one.result.cell.combination.get(level[0]) == level[1] and is_working(one)
    ]

    def rank(one: JudgedCell) -> tuple[bool, list[Version], bool, str]:
        levels = one.result.cell.combination
        newest = [Version(levels[axis]) for axis in axes if axis != "library"]
        return levels[PYTHON] in pythons, newest, not one.result.cell.companions, one.result.cell.id

    return max(fitting, key=rank, default=None)


def combination(judged: JudgedCell, *levels: tuple[str, str]) -> Combination:
    """Return a cell's combination with other levels on some axes."""
    found = {**judged.result.cell.combination, **dict(levels)}
    return tuple(found[axis] for axis in AXES)


# Undeclared incompatibilities ---------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """Who would have to declare something, about whom."""

    subject: tuple[str, str]
    other: Member | None
    """None where the subject alone brings it about."""

    @property
    def key(self) -> str:
        """The pair in short."""
        other = self.other.package if self.other else "alone"
        return f"{self.subject[0]} {self.subject[1]} / {other}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Incompatibility:
    """One cause, with all that shows it, and the metadata that would be true."""

    pair: Pair
    blame: Blame
    declared: str
    """The line that the subject declares of the other; "" where its metadata do not name it."""
    line: str
    """The line that would be true, as far as it was measured; "" where none would help."""
    boundary: Boundary | None
    cells: tuple[CellId, ...]
    """The allowed cells that show the same."""
    versions: tuple[str, ...] = ()
    """The releases of the subject that those cells have."""

    @property
    def note(self) -> str:
        """The incompatibility as the notes about upstream issues name it."""
        return f"{self.pair.subject[0]}: {self.line}" if self.line else self.pair.key

    @property
    def is_ours(self) -> bool:
        """Whether it is the harness's own failure, and so says nothing of the packages."""
        return self.blame.whose is Whose.HARNESS


def pair(
    blame: Blame, requires: Mapping[str, Sequence[Requirement]], libraries: Sequence[str]
) -> Pair:
    """Return who of those to blame depends on whom, by their own metadata and extras."""
    members = {one.package: one for one in blame.members}
    beside = [
        Member(package=x, version=blame.pins[x], mended_by=())
        for x in libraries[:1]
        if x in blame.pins
    ]
    blamed = {Whose.FLASK_ADMIN: ["flask-admin"], Whose.LIBRARY: list(libraries)}
    names = [*blamed.get(blame.whose, []), "flask-admin", *libraries, *sorted(members)]
    present = [
        n for n in names if blame.pins.get(n) and (n in members or n in blamed.get(blame.whose, []))
    ]
    others = [one for one in blame.members if one.package not in present[:1]]
    for subject in present:
        known = {canonicalize_name(one.name) for one in requires.get(subject, ())} | {PYTHON}
        for other in blame.members:
            if other.package in known and other.package != subject:
                return Pair(subject=(subject, blame.pins[subject]), other=other)
    if not present:
        return Pair(subject=("nobody", ""), other=None)
    if not members:  # nothing that was tried mends it: what works without the library names it
        others = [one for one in beside if one.package != present[0]]
    return Pair(subject=(present[0], blame.pins[present[0]]), other=others[0] if others else None)


def key(one: Incompatibility) -> tuple[str, ...]:
    """Return what two findings of the same incompatibility have in common."""
    found = (one.pair.subject[0], one.pair.other.package if one.pair.other else "", one.line)
    return found if one.line else (*found, *sorted(symptom.texts(one.blame.symptoms)))


def merged(one: Incompatibility, other: Incompatibility) -> Incompatibility:
    """Return the same incompatibility, found twice, with the cells and failures of both."""
    symptoms = {s.text: s for s in (*one.blame.symptoms, *other.blame.symptoms)}
    versions = {Version(text) for text in (*one.versions, *other.versions)}
    return replace(
        one,
        blame=replace(one.blame, symptoms=tuple(symptoms.values())),
        cells=tuple(dict.fromkeys((*one.cells, *other.cells))),
        versions=tuple(map(str, sorted(versions))),
    )


def line(found: Pair, declared: str, edge: Boundary | None) -> str:
    """Return the line of metadata that would be true."""
    if found.other is None or edge is None:
        return ""
    if found.other.version == ABSENT or Version(edge.works) > Version(edge.fails):
        return true_line(declared, at_least=edge.works)
    return true_line(declared, below=edge.first_not_known_to_work)


def declared_line(found: Pair, requires: Mapping[str, Sequence[Requirement]], python: str) -> str:
    """Return what the subject declares of the other: the line, or the bare name."""
    if found.other is None:
        return ""
    return declared_of(requires.get(found.subject[0], ()), found.other.package, python)


def names_it(found: Pair, requires: Mapping[str, Sequence[Requirement]]) -> bool:
    """Whether the subject's metadata name the other at all, in an extra or not."""
    lines = requires.get(found.subject[0], ())
    other = found.other.package if found.other else ""
    return any(canonicalize_name(one.name) == other for one in lines)


def next_case(
    rows: Iterable[tuple[JudgedCell, frozenset[str]]],
    explained: Sequence[frozenset[str]],
    pythons: Sequence[str],
) -> tuple[JudgedCell, frozenset[str]] | None:
    """Return the next cell to investigate and what of it is unexplained; None where all is told.

    A group of failures explains a cell that shows all of them: one message alone has several
    causes. A cell that shows little else comes first, on a preferred Python where there is one.
    """
    left = [(one, texts - explanation(texts, explained)) for one, texts in rows]

    def rank(one: tuple[JudgedCell, frozenset[str]]) -> tuple[bool, int, str]:
        cell = one[0].result.cell
        return cell.combination[PYTHON] not in pythons, len(one[1]), cell.id

    return min((one for one in left if one[1]), key=rank, default=None)


def with_another_library(
    rows: Iterable[tuple[JudgedCell, frozenset[str]]], texts: frozenset[str], judged: JudgedCell
) -> JudgedCell | None:
    """Return the cell that shows the same with another library, the simplest one there is."""
    own = library_packages(judged.result.cell)

    def rank(one: JudgedCell) -> tuple[int, str]:
        return len(library_packages(one.result.cell)), one.result.cell.id

    fitting = (one for one, shown in rows if texts <= shown)
    others = (one for one in fitting if library_packages(one.result.cell) != own)
    return min(others, key=rank, default=None)


def explanation(texts: frozenset[str], explained: Iterable[frozenset[str]]) -> frozenset[str]:
    """Return those of a cell's failures that belong to a group of which it shows every one."""
    return frozenset[str]().union(*(group for group in explained if group <= texts))
