"""What the packages' metadata allow against what was measured: four answers for a combination; pure."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from harness import symptom
from harness.blame import ABSENT, PYTHON, Blame, Boundary, Member, Whose
from harness.bounds import Bound, declared_of, is_allowed, needed, true_line
from harness.config import AXES, Level, Rule, Spec
from harness.covering import Combination
from harness.model import CellId, EnvironmentStatus, JudgedCell, PatternName
from harness.patterns import is_control


class Answer(StrEnum):
    """What the two questions come to: do the metadata allow it, and does it work?"""

    FINE = "allowed and works"
    UNDECLARED = "allowed and broken"
    RIGHT = "forbidden and broken"
    LIFTABLE = "forbidden but works"
    UNKNOWN = "not known"


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
        match self.allowed, self.works:
            case True, True:
                return Answer.FINE
            case True, False:
                return Answer.UNDECLARED
            case False, True:
                return Answer.LIFTABLE
            case False, False:
                return Answer.RIGHT
            case _:
                return Answer.UNKNOWN


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
    works = symptom.works(judged)
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
        patterns=working(judged),
        cause=cause,
    )


def working(judged: JudgedCell) -> tuple[PatternName, ...]:
    """Return the patterns that pass every scenario."""
    found = judged.verdicts.items()
    return tuple(
        name for name, one in found if one.verdict == "compatible" and not is_control(name)
    )


def why_unknown(judged: JudgedCell) -> str:
    """Return why nothing is known of a cell."""
    reasons = [text for one in judged.verdicts.values() for text in one.because]
    return judged.result.message or judged.result.environment.message or next(iter(reasons), "")


# What the metadata forbid -------------------------------------------------------------------------

Releases = Callable[[str], Sequence[Version]]
Requires = Callable[[str, str], Sequence[Requirement]]
RequiresPython = Callable[[str, str], SpecifierSet]


@dataclass(frozen=True, kw_only=True, slots=True)
class Forbidden:
    """Two levels that the metadata of the first one's package do not allow together."""

    one: tuple[str, str]
    other: tuple[str, str]
    by: str
    """The line of metadata, with whose it is."""
    requirement: str
    """The line alone; of Requires-Python, the specifier."""
    is_python: bool
    combinations: int = 0
    """How many combinations of the matrix it takes away, if it were alone."""

    @property
    def told(self) -> str:
        """The two levels in words."""
        return f"{' '.join(self.one)} with {' '.join(self.other)}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Metadata:
    """What the index says; each is a function so that it is asked only of what is needed."""

    releases: Releases
    """Releases that an installer takes without being told: no pre-releases, none yanked."""
    requires: Requires
    requires_python: RequiresPython


def pinned(level: Level, metadata: Metadata) -> tuple[tuple[str, str], ...]:
    """Return the releases that a level stands for: of a series, its newest one."""
    found = []
    for line in level.requirements:
        one = Requirement(line)
        fitting = [x for x in metadata.releases(one.name) if one.specifier.contains(x)]
        if fitting:
            found.append((canonicalize_name(one.name), str(max(fitting))))
    return tuple(found)


def forbidden(spec: Spec, metadata: Metadata) -> tuple[Forbidden, ...]:
    """Return each pair of levels that Requires-Dist or Requires-Python do not allow."""
    levels = [level for axis in AXES for level in spec.axes[axis]]
    found = []
    for level in levels:
        for name, version in pinned(level, metadata):
            found += _of_python(spec, level, (name, version), metadata)
            found += _of_packages(spec, level, (name, version), metadata)
    unique = {(one.one, one.other, one.by): one for one in found}
    return tuple(unique[key] for key in sorted(unique))


def _of_python(
    spec: Spec, level: Level, release: tuple[str, str], metadata: Metadata
) -> Iterator[Forbidden]:
    needs = metadata.requires_python(*release)
    for python in spec.axes["python"]:
        if not needs.contains(f"{python.id}.99", prereleases=True):
            yield Forbidden(
                one=(level.axis, level.id),
                other=("python", python.id),
                by=f"{' '.join(release)} declares Requires-Python {needs}",
                requirement=str(needs),
                is_python=True,
                combinations=_count(spec, level.axis, "python"),
            )


def _of_packages(
    spec: Spec, level: Level, release: tuple[str, str], metadata: Metadata
) -> Iterator[Forbidden]:
    newest = spec.python_levels[-1]
    for line in needed(metadata.requires(*release), newest):
        name = canonicalize_name(line.name)
        for other in spec.axes.get(name, ()) if name != level.axis else ():
            series = Requirement(other.requirements[0]).specifier
            if not is_allowed(line, series, metadata.releases(name)):
                text = str(line).partition(";")[0].strip()
                yield Forbidden(
                    one=(level.axis, level.id),
                    other=(other.axis, other.id),
                    by=f"{' '.join(release)} declares {text}",
                    requirement=text,
                    is_python=False,
                    combinations=_count(spec, level.axis, other.axis),
                )


def _count(spec: Spec, *axes: str) -> int:
    """Return how many combinations there are with a level given on each of these axes."""
    count = 1
    for axis in AXES:
        count *= 1 if axis in axes else len(spec.axes[axis])
    return count


def unfounded(spec: Spec, found: Sequence[Forbidden]) -> tuple[Rule, ...]:
    """Return the constraints of the matrix that hold for a pair which no metadata forbid."""
    return tuple(rule for rule in spec.constraints if not _is_founded(spec, rule, found))


def _is_founded(spec: Spec, rule: Rule, found: Sequence[Forbidden]) -> bool:
    pairs = {frozenset((one.one, one.other)) for one in found}
    met = [
        [(axis, level.id) for level in spec.axes[axis] if rule.meets(level)] for axis in rule.when
    ]
    return all(
        any(frozenset(two) in pairs for two in itertools.combinations(chosen, 2))
        for chosen in itertools.product(*met)
    )


def unlisted(spec: Spec, found: Iterable[Forbidden]) -> tuple[Forbidden, ...]:
    """Return the pairs that metadata forbid and no constraint of the matrix leaves out."""
    return tuple(
        one for one in found if not any(_leaves_out(spec, r, one) for r in spec.constraints)
    )


def _leaves_out(spec: Spec, rule: Rule, one: Forbidden) -> bool:
    axes = {one.one[0], one.other[0]}
    return set(rule.when) <= axes and all(
        rule.meets(spec.level(axis, name))
        for axis, name in (one.one, one.other)
        if axis in rule.when
    )


def override(requirement: str, specifier: str) -> str:
    """Return what takes the place of a requirement: another version, the extras kept."""
    one = Requirement(requirement)
    extras = f"[{','.join(sorted(one.extras))}]" if one.extras else ""
    return f"{canonicalize_name(one.name)}{extras}{specifier}"


def frame(
    table: Iterable[JudgedCell], level: tuple[str, str], pythons: Sequence[str], axes: Sequence[str]
) -> JudgedCell | None:
    """Return the working cell with a level whose other levels are the newest; None without one.

    `pythons` are those preferred, the best first.
    """
    fitting = [
        one
        for one in table
        if one.result.cell.combination.get(level[0]) == level[1] and symptom.works(one)
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
        """The pair as the notes about upstream issues name it."""
        other = self.other.package if self.other else "alone"
        return f"{self.subject[0]} {self.subject[1]} / {other}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Incompatibility:
    """One cause, with all that shows it, and the metadata that would be true."""

    pair: Pair
    blame: Blame
    declared: str
    line: str
    """The line that would be true, as far as it was measured; "" where none would help."""
    boundary: Boundary | None
    cells: tuple[CellId, ...]
    """The allowed cells that show the same."""
    versions: tuple[str, ...] = ()
    """The releases of the subject that those cells have."""

    @property
    def is_ours(self) -> bool:
        """Whether it is the harness's own failure, and so says nothing of the packages."""
        return self.blame.whose is Whose.HARNESS


def pair(
    blame: Blame, requires: Mapping[str, Sequence[Requirement]], libraries: Sequence[str]
) -> Pair:
    """Return who of those to blame depends on whom, by their own metadata and extras."""
    members = {one.package: one for one in blame.members}
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
    return Pair(subject=(present[0], blame.pins[present[0]]), other=others[0] if others else None)


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
    return true_line(declared, below=edge.fails)


def declared_line(found: Pair, requires: Mapping[str, Sequence[Requirement]], python: str) -> str:
    """Return what the subject declares of the other: the line, or the bare name."""
    if found.other is None:
        return ""
    return declared_of(requires.get(found.subject[0], ()), found.other.package, python)


def representatives(
    rows: Iterable[tuple[JudgedCell, frozenset[str]]], pythons: Sequence[str]
) -> tuple[tuple[JudgedCell, frozenset[str]], ...]:
    """Return for each text a cell that shows little else, on a preferred Python where there is one.

    With each comes what is to be investigated there: the texts that no earlier one shows.
    """

    def rank(one: tuple[JudgedCell, frozenset[str]]) -> tuple[bool, int, str]:
        judged, texts = one
        python = judged.result.cell.combination[PYTHON]
        return python not in pythons, len(texts), judged.result.cell.id

    ordered = sorted(rows, key=rank)
    counts = Counter(text for _, texts in ordered for text in texts)
    told: set[str] = set()
    chosen = []
    for text in sorted(counts, key=lambda one: (-counts[one], one)):
        if text not in told:
            judged, texts = next(one for one in ordered if text in one[1])
            chosen.append((judged, texts - told))
            told |= texts
    return tuple(chosen)


def testable(bounds: Iterable[Bound], names: Iterable[str]) -> tuple[Bound, ...]:
    """Return the bounds on packages that the scenarios put to use, each once."""
    wanted = set(names)
    return tuple(dict.fromkeys(one for one in bounds if one.dependency in wanted))
