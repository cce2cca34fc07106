"""The nearest set of pins that works: which to try, from the committed table; pure.

The table says which combinations work. What is nearest to a user's own pins changes as few packages
as possible; whether it works *there* is told by running it, never by the table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, combinations_with_replacement
from typing import TypeAlias

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from harness.checks.requirements import NEEDED
from harness.inquiries.experiment import Experiment
from harness.model import Cell, CellId, JudgedCell, Matrix, PatternName
from harness.patterns import PREFERENCE, base_of, working

Pair: TypeAlias = tuple[str, ...]
"""Two levels that are in one environment."""

OFTEN = 2
"""In how many cells two levels fail before it counts: in one it may be for another reason."""
MOST_CHANGED = 3
"""How many packages are changed at most."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """Pins to put in the place of the user's, and what in the table speaks for them."""

    changed: Mapping[str, str]
    """The new version of each package that changes, by name."""
    cell: CellId
    patterns: tuple[PatternName, ...]
    """What works in that cell."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """One cell of the table as it is compared here."""

    id: CellId
    packages: Mapping[str, str]
    python: str
    library: str
    """The name of its library."""
    main: tuple[str, ...]
    """The packages under test in it."""
    patterns: tuple[PatternName, ...]
    """What works in it; none where nothing does."""


def candidates(
    table: Matrix, cell: Cell, have: Mapping[str, str], asked: Collection[str] = ()
) -> tuple[Candidate, ...]:
    """Return what to try in the place of a cell, the nearest first.

    `have` are the user's versions by name, `asked` the only patterns that count, if any. What has
    two levels together that the table has never seen to work comes last. Then fewest changes come
    first, and of these the smallest steps, and what differs least from a cell of the table.
    """
    everything = [_known(one, asked) for one in table.cells]
    libraries = frozenset(name for one in everything for name in one.main) - set(NEEDED)
    never = _never(everything, libraries)
    python = cell.combination["python"]
    ranked: dict[tuple[tuple[str, str], ...], tuple[tuple[object, ...], Candidate]] = {}
    for one in everything:
        if one.library != cell.library:
            continue
        for changed in _changes(one, have):
            after = {**have, **changed}
            other = [name for name in one.main if _line(after, name) != _line(one.packages, name)]
            key = (
                bool(never.intersection(_pairs(after, libraries))),
                sum(have.get(name) != "" for name in changed),
                sum(name not in have for name in changed),
                [_jump(have.get(name, ""), version) for name, version in sorted(changed.items())],
                len(other) + (one.python != python),
                one.id,
            )
            pins = tuple(sorted(changed.items()))
            candidate = Candidate(changed=changed, cell=one.id, patterns=one.patterns)
            if pins not in ranked or key < ranked[pins][0]:
                ranked[pins] = (key, candidate)
    return tuple(one for _, one in sorted(ranked.values(), key=lambda pair: pair[0]))


def _never(known: Sequence[Known], libraries: Collection[str]) -> frozenset[Pair]:
    """Return the pairs of levels that were measured together often and never in what works."""
    seen: Counter[Pair] = Counter()
    works: set[Pair] = set()
    for one in known:
        pairs = _pairs(one.packages, libraries)
        seen.update(pairs)
        works |= pairs if one.patterns else set()
    return frozenset(pair for pair, times in seen.items() if times >= OFTEN and pair not in works)


def _pairs(packages: Mapping[str, str], libraries: Collection[str]) -> set[Pair]:
    """Return the pairs of levels in an environment; each level with itself is one, too.

    Python is left out: it stays as it is, and seldom is the reason.
    """
    names = [name for name in (*NEEDED, *libraries) if packages.get(name, "")[:1].isdigit()]
    levels = [f"{name} {_line(packages, name)}" for name in names]
    present = sorted(name for name in libraries if name in packages)
    return set(combinations_with_replacement(sorted([*levels, f"beside {present}"]), 2))


def _known(judged: JudgedCell, asked: Collection[str]) -> Known:
    cell, packages = judged.result.cell, judged.result.environment.packages
    works = [name for name in working(judged.verdicts) if not asked or name in asked]
    return Known(
        id=cell.id,
        packages=packages,
        python=cell.combination.get("python", ""),
        library=_library(cell.library),
        main=tuple(dict.fromkeys((*NEEDED, *_level(cell.library)))),
        patterns=tuple(works),
    )


def _library(shown: str) -> str:
    """Return the name of the library of a level, as the report prints it."""
    return canonicalize_name(shown.partition("=")[0].partition(" ")[0])


def _level(shown: str) -> Iterator[str]:
    """Yield the packages of a library level: `a==1 (beside b==2, c==3)`."""
    for part in shown.replace("(beside ", ", ").replace(")", "").split(","):
        if part.strip():
            yield canonicalize_name(part.partition("=")[0].strip())


def _changes(one: Known, have: Mapping[str, str]) -> Iterator[Mapping[str, str]]:
    """Yield what of a working cell may be taken over: packages that differ, or that are lacking.

    What the user leaves open comes from the cell as well.
    """
    if not one.patterns:
        return
    left_open = [name for name in one.main if name in one.packages and have.get(name) == ""]
    free = {name: one.packages[name] for name in left_open}
    lacking = [name for name in one.main if name not in have and name not in NEEDED]
    differ = [name for name in one.packages if have.get(name) and have[name] != one.packages[name]]
    main = [name for name in (*differ, *lacking) if name in one.main and name in one.packages]
    for count in range(1, MOST_CHANGED + 1):
        for names in combinations(main, count):
            yield {**free, **{name: one.packages[name] for name in names}}
    for name in differ:
        if name not in one.main:
            yield {**free, name: one.packages[name]}


def _line(packages: Mapping[str, str], name: str) -> str:
    """Return what tells the levels of a package apart: its release, or major and minor."""
    version = packages.get(name, "")
    return ".".join(version.split(".")[:2]) if name in ("flask", "sqlalchemy") else version


def _jump(before: str, after: str) -> tuple[int, tuple[int, ...]]:
    """Return how far apart two releases are: the same line, the same major, or not even that.

    Of several that are equally far the newest comes first.
    """
    newest_first = tuple(-part for part in Version(after).release)
    try:
        old, new = Version(before).release, Version(after).release
    except InvalidVersion:
        return 0, newest_first
    return (0 if old[:2] == new[:2] else 1 if old[:1] == new[:1] else 2), newest_first


def versions(cell: Cell, packages: Mapping[str, str]) -> dict[str, str]:
    """Return the user's versions: what was installed, or, where nothing was, what was asked for."""
    if packages:
        return dict(packages)
    found: dict[str, str] = {}
    for line in (*cell.resolution.within, *cell.requirements):
        one = _requirement(line)
        if one is not None:
            found[canonicalize_name(one.name)] = exact(one) or str(one.specifier)
    return found


def exact(one: Requirement) -> str:
    """Return the one version that a requirement allows, or ""."""
    pins = [part for part in one.specifier if part.operator == "==" and "*" not in part.version]
    return pins[0].version if len(pins) == 1 and len(one.specifier) == 1 else ""


def experiment(cell: Cell, candidate: Candidate, *, free: bool = False) -> Experiment:
    """Return the experiment that tries a candidate in the user's own environment.

    With `free` only the packages under test are held: what comes with them may move too.
    """
    changed = dict(candidate.changed)
    kept = [line for line in cell.requirements if _name(line) not in changed]
    new = [f"{name}{_extras(cell, name)}=={version}" for name, version in changed.items()]
    rest = cell.resolution
    named = {_name(line) for line in cell.requirements}

    def held(lines: Iterable[str]) -> tuple[str, ...]:
        names = ((line, _name(line)) for line in lines)
        return tuple(x for x, name in names if name not in changed and (not free or name in named))

    return Experiment(
        python=cell.combination["python"],
        requirements=(*kept, *new),
        library=cell.library,
        adapter=cell.adapter,
        resolution=replace(rest, within=held(rest.within), against=held(rest.against)),
    )


def _extras(cell: Cell, name: str) -> str:
    """Return the extras with which the user asks for a package, in brackets."""
    lines = filter(None, map(_requirement, cell.requirements))
    extras = {extra for one in lines if canonicalize_name(one.name) == name for extra in one.extras}
    return f"[{','.join(sorted(extras))}]" if extras else ""


def patterns(candidate: Candidate) -> tuple[PatternName, ...]:
    """Return the pattern to verify a candidate with: the simplest that works in its cell."""
    best = min((base_of(one) for one in candidate.patterns), key=PREFERENCE.index)
    return tuple(one for one in candidate.patterns if base_of(one) == best)


def told(changed: Mapping[str, str], have: Mapping[str, str]) -> str:
    """Return the pins in words: `flask-admin==2.2.0 (was 2.2.1)`."""

    def before(name: str) -> str:
        if name not in have:
            return "added"
        return f"was {have[name]}" if have[name] else "not pinned"

    parts = (f"{name}=={version} ({before(name)})" for name, version in sorted(changed.items()))
    return ", ".join(parts)


def _name(line: str) -> str:
    one = _requirement(line)
    return canonicalize_name(one.name) if one else line


def _requirement(line: str) -> Requirement | None:
    try:
        return Requirement(line)
    except InvalidRequirement:
        return None
