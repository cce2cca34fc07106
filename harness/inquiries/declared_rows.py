"""The experiments behind `nox -s declared`: what the metadata forbid, what companions hide, why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from harness import plan
from harness.allowed import works
from harness.config import AXES, Level, Rule
from harness.inquiries import bounds, declared, forbids, suspects, symptom
from harness.inquiries.blame import PYTHON, Blame
from harness.inquiries.bounds import Bound, End
from harness.inquiries.declared import Incompatibility, Row
from harness.inquiries.experiment import Experiment
from harness.inquiries.forbids import Forbidden
from harness.inquiries.inquiry import Inquiry
from harness.model import Cell, CellId, JudgedCell, PatternName
from harness.patterns import PREFERENCE, base_of, working

AGAINST = "an experiment against the metadata"
WITHOUT = "an experiment without the companion"
_PATTERNS = 2
"""How many of the patterns that work in its cell an experiment is run under."""
_USED = ("flask", "flask-admin", "sqlalchemy", "werkzeug", "wtforms")
"""What the scenarios put to use, besides the session libraries."""


# What the metadata forbid -------------------------------------------------------------------------


def forbidden_rows(asked: Inquiry, found: Sequence[Forbidden]) -> Iterator[Row]:
    """Install against the metadata what they forbid: the levels and releases beyond each bound."""
    for bound, level in _bounds(asked):
        levels = [one for one in found if one.by == bound.told]
        versions = _beyond(asked, bound)
        base = declared.frame(asked.table, level, asked.pythons, AXES)
        broken = False
        for version in versions:
            if broken and not _is_of_a_level(asked, bound, version):
                continue
            name = f"{bound.package} {bound.version} with {bound.dependency} {version}"
            covers = tuple(x.told for x in levels if _is_in(asked, x, version))
            if base is None:
                yield _unfounded(name, bound, covers)
                continue
            row = replace(_against(asked, base, bound, version), name=name, covers=covers)
            asked.say(f"{name}: {row.answer}")
            yield row
            broken = broken or not row.works


def _is_of_a_level(asked: Inquiry, bound: Bound, version: str) -> bool:
    """Whether a release is the newest of a level: those are told also beyond one that is broken."""
    levels = asked.here.spec.axes.get(bound.dependency, ())
    return any((bound.dependency, version) in forbids.pinned(x, asked.metadata) for x in levels)


def _unfounded(name: str, bound: Bound, covers: tuple[str, ...]) -> Row:
    told = f"nothing works with {bound.package} {bound.version} where it is allowed"
    return Row(
        name=name,
        combination={},
        allowed=False,
        works=None,
        how="not run",
        forbidden_by=(bound.told,),
        covers=covers,
        cause=(told,),
    )


def _bounds(asked: Inquiry) -> tuple[tuple[Bound, tuple[str, str]], ...]:
    """Return what the releases under test declare of what is put to use, with a level of each."""
    levels = [level for axis in AXES for level in asked.here.spec.axes[axis]]
    firsts = [
        (level, release)
        for level in sorted(levels, key=lambda one: (len(one.requirements), one.id))
        for release in forbids.pinned(level, asked.metadata)[:1]
    ]
    names = {name for _, (name, _) in firsts} | set(_USED)
    found: dict[Bound, tuple[str, str]] = {}
    for level, (name, version) in firsts:
        every = bounds.bounds(name, version, asked.requires(name, version), asked.pythons[0])
        for one in bounds.testable(every, names):
            found.setdefault(one, (level.axis, level.id))
    return tuple(found.items())


def _beyond(asked: Inquiry, bound: Bound) -> tuple[str, ...]:
    """Return the releases to try: the nearest, the last of its line, the newest of each level."""
    releases = asked.releases(bound.dependency)
    outside = bounds.outside(bound, releases)
    chosen = list(outside[:1])
    if chosen:
        line = [one for one in outside if one.release[:2] == chosen[0].release[:2]]
        chosen += line[-1:]
    for level in asked.here.spec.axes.get(bound.dependency, ()):
        for _, version in forbids.pinned(level, asked.metadata):
            if Version(version) in outside:
                chosen.append(Version(version))
    ordered = sorted(set(chosen), reverse=bound.end is End.FLOOR)
    return tuple(map(str, ordered))


def _is_in(asked: Inquiry, pair: Forbidden, version: str) -> bool:
    """Whether a release is of the level that a pair is about."""
    level = asked.here.spec.level(*pair.other)
    return Requirement(level.requirements[0]).specifier.contains(version)


def _against(asked: Inquiry, base: JudgedCell, bound: Bound, version: str) -> Row:
    cell = _moved(asked, base, bound.dependency, version)
    over = forbids.override(bound.requirement, f"=={version}")
    experiment = Experiment(
        python=cell.combination[PYTHON],
        requirements=_lines(cell, bound, version),
        library=cell.library,
        adapter=cell.adapter,
    )
    finding = asked.tried(experiment, (over,), chosen_patterns(base))
    is_against = bool(finding.experiment.resolution.against)
    packages = finding.packages
    requires = {name: asked.requires(name, pin) for name, pin in packages.items()}
    broken = bounds.forbidding(packages, requires, cell.combination[PYTHON])
    return declared.row(
        finding.judged,
        AGAINST if is_against else "an experiment that an installer allows",
        combination=cell.combination,
        forbidden_by=tuple(dict.fromkeys((bound.told, *broken))) if is_against else (),
        against=finding.experiment.resolution.against,
    )


def _moved(asked: Inquiry, base: JudgedCell, dependency: str, version: str) -> Cell:
    """Return the cell of a working one with the level that a release of a package belongs to."""
    spec = asked.here.spec
    change = [
        (dependency, level.id)
        for level in spec.axes.get(dependency, ())
        if Requirement(level.requirements[0]).specifier.contains(version)
    ]
    return plan.cell(spec, declared.combination(base, *change))


def _lines(cell: Cell, bound: Bound, version: str) -> tuple[str, ...]:
    """Return a cell's requirements and companions, with both packages at exactly a version.

    A series would let the resolver turn to another release that declares something else.
    """
    exact = {bound.package: bound.version}
    kept = [
        f"{name}=={exact[name]}" if name in exact else line
        for line in (*cell.requirements, *cell.companions)
        if (name := canonicalize_name(Requirement(line).name)) != bound.dependency
    ]
    return (*kept, f"{bound.dependency}=={version}")


def chosen_patterns(judged: JudgedCell) -> tuple[PatternName, ...]:
    """Return the patterns to run, of those that work in a cell: the recommended ones."""

    def rank(name: PatternName) -> tuple[int, str]:
        base = base_of(name)
        return PREFERENCE.index(base) if base in PREFERENCE else len(PREFERENCE), name

    return tuple(sorted(working(judged.verdicts), key=rank)[:_PATTERNS])


# What companions hide -----------------------------------------------------------------------------


def without_companions(asked: Inquiry) -> Iterator[tuple[Row, JudgedCell]]:
    """Run, for each companion of the matrix, a working cell without it: what a user gets."""
    for rule in asked.here.spec.companions:
        base = _with_companion(asked, rule)
        if base is None:
            continue
        cell = base.result.cell
        kept = tuple(one for one in cell.companions if one != rule.requirement)
        experiment = Experiment(
            python=cell.combination[PYTHON],
            requirements=(*cell.requirements, *kept),
            library=cell.library,
            adapter=cell.adapter,
        )
        judged = asked.tried(experiment, (), chosen_patterns(base)).judged
        name = CellId(f"{cell.id} without {rule.requirement}")
        named = replace(judged.result.cell, id=name, combination=cell.combination)
        judged = replace(judged, result=replace(judged.result, cell=named))
        row = replace(declared.row(judged, WITHOUT), beside=kept)
        asked.say(f"{name}: {row.answer}")
        yield row, judged


def _with_companion(asked: Inquiry, rule: Rule) -> JudgedCell | None:
    """Return the newest working cell with a companion, with no other where there is one."""
    fitting = [one for one in asked.table if rule.requirement in one.result.cell.companions]
    alone = [one for one in fitting if len(one.result.cell.companions) == 1]
    for among in (alone, fitting):
        for level in _levels_of(asked, rule):
            found = declared.frame(among, level, asked.pythons, AXES)
            if found is not None:
                return found
    return None


def _levels_of(asked: Inquiry, rule: Rule) -> list[tuple[str, str]]:
    def met(levels: Iterable[Level]) -> list[Level]:
        return [level for level in levels if rule.meets(level)]

    axes = asked.here.spec.axes
    return [(axis, one.id) for axis in rule.when for one in reversed(met(axes[axis]))]


# What is broken and nobody declares ---------------------------------------------------------------


def incompatibilities(
    asked: Inquiry, more: Sequence[JudgedCell] = ()
) -> tuple[Incompatibility, ...]:
    """Return each cause for which allowed combinations are broken, with its smallest pair."""
    broken = [one for one in (*asked.table, *more) if works(one) is False]
    rows = [(one, symptom.texts(symptom.symptoms(one))) for one in broken]
    found: dict[tuple[str, ...], Incompatibility] = {}
    explained: list[frozenset[str]] = []
    while (case := declared.next_case(rows, explained, asked.pythons)) is not None:
        judged, texts = case
        wanted = [one for one in symptom.symptoms(judged) if one.text in texts]
        for blamed in asked.blamed(judged, wanted):
            explained.append(symptom.texts(blamed.symptoms))
            one = _incompatibility(asked, judged, blamed, rows)
            one = one if one.pair.other else _seen_elsewhere(asked, judged, one, rows)
            key = declared.key(one)
            found[key] = declared.merged(found[key], one) if key in found else one
    return tuple(sorted(found.values(), key=lambda one: (-len(one.cells), one.pair.key)))


def _seen_elsewhere(
    asked: Inquiry,
    judged: JudgedCell,
    found: Incompatibility,
    rows: Sequence[tuple[JudgedCell, frozenset[str]]],
) -> Incompatibility:
    """Ask a cell with another library where one package alone was found.

    What a library declares or cannot do itself hides the other of the pair.
    """
    texts = symptom.texts(found.blame.symptoms)
    other = declared.with_another_library(rows, texts, judged)
    if len(found.blame.members) != 1 or other is None:
        return found
    wanted = [one for one in symptom.symptoms(other) if one.text in texts]
    again = asked.blamed(other, wanted)
    if len(again) == 1 and len(again[0].members) > 1:
        return _incompatibility(asked, other, again[0], rows)
    return found


def _incompatibility(
    asked: Inquiry,
    judged: JudgedCell,
    blamed: Blame,
    rows: Sequence[tuple[JudgedCell, frozenset[str]]],
) -> Incompatibility:
    libraries = suspects.library_packages(judged.result.cell)
    names = {"flask-admin", *libraries, *(one.package for one in blamed.members)}
    requires = {
        name: asked.requires(name, blamed.pins[name])
        for name in sorted(names)
        if blamed.pins.get(name) and name != PYTHON
    }
    pair = declared.pair(blamed, requires, libraries)
    edge = asked.edge(judged, blamed, pair.other) if pair.other else None
    line = declared.declared_line(pair, requires, blamed.pins[PYTHON])
    told = symptom.texts(blamed.symptoms)
    showing = [one for one, texts in rows if told <= texts]
    subject = pair.subject[0]
    versions = {x.result.environment.packages.get(subject, "") for x in showing} - {""}
    one = Incompatibility(
        pair=pair,
        blame=blamed,
        declared=line if declared.names_it(pair, requires) else "",
        line=declared.line(pair, line, edge),
        boundary=edge,
        cells=tuple(x.result.cell.id for x in showing),
        versions=tuple(map(str, sorted(map(Version, versions)))),
    )
    asked.say(f"=> {pair.key}: {one.line or blamed.whose}")
    return one


def library_level(asked: Inquiry, name: str, version: str) -> tuple[str, str] | None:
    """Return the simplest level of a release under test: its axis and id; None without one."""
    for axis in AXES:
        for level in sorted(asked.here.spec.axes[axis], key=lambda one: len(one.requirements)):
            first = forbids.pinned(level, asked.metadata)[:1]
            if first == ((name, version),):
                return axis, level.id
    return None
