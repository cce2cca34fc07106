"""From the matrix to the cells that are run, and to what is left out and why; pure."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness import covering, drivers, resolutions
from harness.config import AXES, DATABASE, LIBRARY, Level, Rule, Spec, did_you_mean
from harness.covering import Combination, Forbidden, Pair
from harness.errors import BadInput, MissingInterpreter
from harness.interpreters import PLACES
from harness.model import Cell, CellId, LeftOut, Resolution

Selection = Mapping[str, Sequence[str]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """The cells to run, in the order of the axes, and what is not among them."""

    strength: str
    cells: tuple[Cell, ...]
    left_out: tuple[LeftOut, ...]
    combinations: tuple[Combination, ...]
    """Every combination that could have been chosen."""
    databases: tuple[str, ...] = (drivers.DEFAULT,)

    @property
    def pairs(self) -> frozenset[Pair]:
        """The pairs of levels that appear in one of them."""
        return covering.all_pairs(AXES, self.combinations)


def make(
    spec: Spec,
    pythons: Sequence[str] | Mapping[str, object],
    *,
    strength: str,
    selection: Selection,
    known: Sequence[Combination] = (),
) -> Plan:
    """Return the plan for these interpreters; `selection` narrows axes to some of their levels.

    `known` are combinations of an earlier plan: one of strength 2 keeps them and adds what they
    lack, so that a new level adds cells and moves none. An axis, level or interpreter that was
    asked for by name and does not exist is an error.
    """
    axes = _axes(spec, pythons, selection)
    combinations = covering.allowed(axes, _forbidden(spec, axes))
    if not combinations:
        raise BadInput(f"no combination is left: {_why_none(spec, axes)}")
    kept = [one for one in known if one in set(combinations)] if strength == "2" else []
    chosen = (
        _completed(spec, axes, combinations, kept)
        if kept
        else _chosen(spec, axes, strength, combinations)
    )
    bases = _databases(spec, selection)
    return Plan(
        strength=strength,
        cells=tuple(
            cell(spec, combination, base)
            for base in bases
            for combination in _ordered(axes, chosen)
        ),
        databases=bases,
        left_out=(*_missing(spec, pythons, selection), *_constrained(spec)),
        combinations=combinations,
    )


def _databases(spec: Spec, selection: Selection) -> tuple[str, ...]:
    """Return the databases asked for, or those of the matrix; another name is `BadInput`."""
    asked = tuple(dict.fromkeys(selection.get(DATABASE, spec.databases)))
    for name in asked:
        if name not in drivers.KINDS:
            known = ", ".join(drivers.KINDS)
            hint = did_you_mean(name, drivers.KINDS)
            raise BadInput(f"{DATABASE} has no level {name}{hint}; it has {known}")
    return asked


def _axes(
    spec: Spec, pythons: Sequence[str] | Mapping[str, object], selection: Selection
) -> dict[str, tuple[str, ...]]:
    for axis, names in selection.items():
        for name in names if axis != DATABASE else ():
            for level in _selected(spec, axis, name):
                if axis == "python" and level not in pythons:
                    here = ", ".join(pythons) or "none"
                    raise MissingInterpreter(
                        f"there is no Python {level} on this machine (looked in {PLACES});"
                        f" found: {here}"
                    )
    axes = {}
    for axis in AXES:
        wanted = {one for name in selection.get(axis, ()) for one in _selected(spec, axis, name)}
        axes[axis] = tuple(
            level.id
            for level in spec.axes[axis]
            if (not wanted or level.id in wanted) and (axis != "python" or level.id in pythons)
        )
    if not axes["python"]:
        raise MissingInterpreter(f"no Python of the matrix is on this machine (looked in {PLACES})")
    return axes


def _selected(spec: Spec, axis: str, name: str) -> tuple[str, ...]:
    """Return the levels that a name means: an id, or a package that some libraries consist of."""
    if axis == LIBRARY and name not in {level.id for level in spec.library_levels}:
        meant = tuple(
            level.id for level in spec.library_levels if level.display.split("==")[0] == name
        )
        if meant:
            return meant
    return (spec.level(axis, name).id,)


def _forbidden(spec: Spec, axes: Mapping[str, Sequence[str]]) -> tuple[Forbidden, ...]:
    """Return the constraints as sets of levels, without those that no level here meets."""
    return as_levels(spec, spec.constraints, axes)


def as_levels(
    spec: Spec, rules: Sequence[Rule], axes: Mapping[str, Sequence[str]]
) -> tuple[Forbidden, ...]:
    """Return rules as sets of levels, without those that no level of these axes meets."""
    found = ({axis: _levels(spec, rule, axis, axes) for axis in rule.when} for rule in rules)
    return tuple(rule for rule in found if all(rule.values()))


def _levels(spec: Spec, rule: Rule, axis: str, axes: Mapping[str, Sequence[str]]) -> frozenset[str]:
    return frozenset(name for name in axes[axis] if rule.meets(spec.level(axis, name)))


def _chosen(
    spec: Spec,
    axes: Mapping[str, Sequence[str]],
    strength: str,
    combinations: tuple[Combination, ...],
) -> tuple[Combination, ...]:
    if strength == "full":
        return combinations
    if strength == "smoke":
        wanted = [tuple(cell[axis] for axis in AXES) for cell in spec.smoke]
        kept = tuple(combination for combination in wanted if combination in combinations)
        kept = kept or _turned(axes, wanted, combinations)
        if not kept:
            raise BadInput("no smoke cell is left: narrow the matrix less, or ask for strength 2")
        return kept
    if strength == "2" and spec.isolated:
        return _with_isolated(spec, axes, combinations)
    return covering.covering_array(axes, int(strength), _forbidden(spec, axes))


def _turned(
    axes: Mapping[str, Sequence[str]],
    wanted: Sequence[Combination],
    combinations: tuple[Combination, ...],
) -> tuple[Combination, ...]:
    """Return the combinations with the levels that were asked for in place of those that were not.

    A level of which no smoke cell is made, a checkout say, is tried where the others are.
    """
    turned = (
        combination
        for one in wanted
        for combination in itertools.product(
            *(
                (level,) if level in axes[axis] else axes[axis]
                for axis, level in zip(AXES, one, strict=True)
            )
        )
    )
    possible = set(combinations)
    return tuple(dict.fromkeys(one for one in turned if one in possible))


def _with_isolated(
    spec: Spec, axes: Mapping[str, Sequence[str]], combinations: tuple[Combination, ...]
) -> tuple[Combination, ...]:
    """Return a covering array in which what is known to end early stands in cells of its own."""
    isolated = as_levels(spec, spec.isolated, axes)
    free = covering.allowed(axes, (*_forbidden(spec, axes), *isolated))
    chosen = (
        list(covering.covering_array(axes, 2, (*_forbidden(spec, axes), *isolated))) if free else []
    )
    return _completed(spec, axes, combinations, chosen)


def _completed(
    spec: Spec,
    axes: Mapping[str, Sequence[str]],
    combinations: tuple[Combination, ...],
    chosen: list[Combination],
) -> tuple[Combination, ...]:
    """Return these combinations and, for each pair that they lack, one that ends early least."""
    isolated = as_levels(spec, spec.isolated, axes)
    chosen = list(chosen)
    held = {one: covering.pairs(AXES, one) for one in combinations}
    left = frozenset[Pair]().union(*held.values()) - covering.all_pairs(AXES, chosen)
    useful = {one: covering.hits(AXES, one, isolated) for one in combinations if held[one] & left}
    while left:
        candidates = (
            (hits, -len(held[one] & left), one) for one, hits in useful.items() if held[one] & left
        )
        best = min(candidates)[2]
        chosen.append(best)
        left -= held[best]
    return tuple(chosen)


def what_carries(one: Combination) -> tuple[str, str]:
    """Return of what the rare forms are measured once: the library and the Flask-Admin."""
    levels = dict(zip(AXES, one, strict=True))
    return levels[LIBRARY], levels["flask-admin"]


def carriers(spec: Spec, combinations: Iterable[Combination]) -> frozenset[Combination]:
    """Return the combinations of a plan in which the rare forms are measured.

    For each library and Flask-Admin the one that is known to end early least, and of these the
    newest. A level that is not of the matrix has none.
    """
    ids = {axis: [level.id for level in spec.axes[axis]] for axis in AXES}
    early = as_levels(spec, spec.isolated, ids)

    def best_last(one: Combination) -> tuple[int, ...]:
        places = {axis: ids[axis].index(level) for axis, level in zip(AXES, one, strict=True)}
        newest = (places[axis] for axis in ("sqlalchemy", "python", "flask"))
        return -covering.hits(AXES, one, early), *newest

    ours = (one for one in combinations if spec.levels.issuperset(zip(AXES, one, strict=True)))
    best = {what_carries(one): one for one in sorted(ours, key=best_last)}
    return frozenset(best.values())


def _ordered(
    axes: Mapping[str, Sequence[str]], combinations: Sequence[Combination]
) -> list[Combination]:
    """Sort by library, then by the other axes: what is compared stands side by side."""
    places = [{level: at for at, level in enumerate(axes[axis])} for axis in AXES]
    by_library = [AXES.index(LIBRARY), *(at for at, axis in enumerate(AXES) if axis != LIBRARY)]
    return sorted(
        set(combinations), key=lambda one: [places[at].get(one[at], 0) for at in by_library]
    )


def _missing(
    spec: Spec, pythons: Sequence[str] | Mapping[str, object], selection: Selection
) -> tuple[LeftOut, ...]:
    if selection.get("python"):
        return ()
    return tuple(
        LeftOut(what=f"python {level}", reason=f"no interpreter found in {PLACES}")
        for level in spec.python_levels
        if level not in pythons
    )


def _constrained(spec: Spec) -> tuple[LeftOut, ...]:
    """Return each constraint with the number of combinations that it removes."""
    return tuple(
        LeftOut(
            what=f"{_count(spec, rule)} combinations with "
            + " and ".join(_told(axis, found) for axis, found in rule.when.items()),
            reason=rule.reason,
            source=rule.source,
        )
        for rule in spec.constraints
    )


def _count(spec: Spec, rule: Rule) -> int:
    return math.prod(
        sum(map(rule.meets, levels)) if axis in rule.when else len(levels)
        for axis, levels in spec.axes.items()
    )


def _told(axis: str, conditions: Sequence[str]) -> str:
    return " or ".join(one if axis == LIBRARY else f"{axis}{one}" for one in conditions)


def _why_none(spec: Spec, axes: Mapping[str, Sequence[str]]) -> str:
    rules = [
        rule
        for rule in spec.constraints
        if all(_levels(spec, rule, axis, axes) for axis in rule.when)
    ]
    # What holds for all that was asked for is reason enough; the rest is only in the way as well.
    whole = [
        rule
        for rule in rules
        if all(_levels(spec, rule, axis, axes) == frozenset(axes[axis]) for axis in rule.when)
    ]
    return "; ".join(rule.reason for rule in whole or rules) or "an axis has no level"


def cell(
    spec: Spec,
    combination: Combination,
    database: str = drivers.DEFAULT,
    resolution: Resolution | None = None,
) -> Cell:
    """Return the cell of a combination on a database, with its companions.

    With the packages of another time, or the lowest, there are none: they are needed today.
    """
    chosen = resolution or Resolution()
    others = resolutions.suffix(chosen)
    levels = {axis: spec.level(axis, name) for axis, name in zip(AXES, combination, strict=True)}
    library = levels[LIBRARY]
    return Cell(
        id=CellId(
            "-".join([*(level.label for level in levels.values()), *_suffix(database)]) + others
        ),
        combination={**dict(zip(AXES, combination, strict=True)), DATABASE: database},
        requirements=tuple(pin for level in levels.values() for pin in level.requirements),
        companions=tuple(
            rule.requirement for rule in spec.companions if rule.holds_for(levels) and not others
        ),
        adapter=library.adapter,
        library=library.display,
        resolution=chosen,
    )


def _suffix(database: str) -> tuple[str, ...]:
    return () if database == drivers.DEFAULT else (database,)


def combination_of(one: Cell) -> Combination:
    """Return the levels of a cell, in the order of the axes."""
    return tuple(one.combination[axis] for axis in AXES)


def cell_from_id(spec: Spec, name: CellId) -> Cell:
    """Return the cell of that id, also one that no plan contains; another name is `BadInput`."""
    found: list[Level] = []
    named, resolution = resolutions.parted(name)
    database = next((one for one in drivers.KINDS if named.endswith(f"-{one}")), drivers.DEFAULT)
    rest = f"-{named}".removesuffix("".join(f"-{part}" for part in _suffix(database)))
    for axis in AXES:
        fitting = [
            level
            for level in spec.axes[axis]
            if rest.startswith(f"-{level.label}-") or rest == f"-{level.label}"
        ]
        if not fitting:
            raise BadInput(f"there is no cell {name}{_near(spec, name)}; `nox -l` lists the cells")
        found.append(max(fitting, key=lambda level: len(level.label)))
        rest = rest[len(found[-1].label) + 1 :]
    if rest:
        raise BadInput(f"there is no cell {name}{_near(spec, name)}; `nox -l` lists the cells")
    return cell(spec, tuple(level.id for level in found), database, resolution)


def _near(spec: Spec, name: str) -> str:
    labels = [[level.label for level in spec.axes[axis]] for axis in AXES]
    return did_you_mean(name, ("-".join(one) for one in itertools.product(*labels)))
