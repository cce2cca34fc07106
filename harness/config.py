"""Read `harness/matrix.toml` into frozen values; every mistake is told with its dotted path."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from harness import drivers, policy
from harness.errors import BadInput

SCHEMA = 1
VERSION_AXES = ("python", "flask", "flask-admin", "sqlalchemy")
LIBRARY = "library"
AXES = (*VERSION_AXES, LIBRARY)
"""The axes that the plan covers; each of its cells is then run on every database asked for."""
DATABASE = "database"


@dataclass(frozen=True, kw_only=True, slots=True)
class Level:
    """A value on an axis; `label` is its part of a cell's id."""

    axis: str
    id: str
    label: str
    requirements: tuple[str, ...] = ()
    adapter: str = ""
    shown: str = ""
    """How a report prints it, where that is not what it is made of: it may come from a folder."""
    stands_for: Level | None = None
    """The released level that rules take it for, where it is none itself."""

    @property
    def version(self) -> Version:
        """The release line that the level of a version axis names."""
        return Version(self.id)

    @property
    def display(self) -> str:
        """The level as a report prints it."""
        if self.shown or self.axis != LIBRARY:
            return self.shown or self.id
        if not self.requirements:
            return "sqlalchemy"
        first, *others = self.requirements
        return f"{first} (beside {', '.join(others)})" if others else first


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """What holds for the combinations whose levels meet every condition."""

    when: Mapping[str, tuple[str, ...]]
    """For each axis the conditions of which one has to hold."""
    reason: str
    source: str
    requirement: str = ""

    def holds_for(self, levels: Mapping[str, Level]) -> bool:
        """Tell whether the rule is about this combination."""
        return all(self.meets(levels[axis]) for axis in self.when)

    def meets(self, level: Level) -> bool:
        """Tell whether a level meets the rule's condition on its axis."""
        return any(_meets(level, condition) for condition in self.when[level.axis])


@dataclass(frozen=True, kw_only=True, slots=True)
class Spec:
    """The matrix as it is written: axes with their levels, constraints, companions, smoke cells."""

    axes: Mapping[str, tuple[Level, ...]]
    constraints: tuple[Rule, ...]
    companions: tuple[Rule, ...]
    isolated: tuple[Rule, ...]
    smoke: tuple[Mapping[str, str], ...]
    discover: Mapping[str, policy.Policy] = field(default_factory=dict)
    """Which releases of a package `nox -s discover` makes levels of, by its name."""
    databases: tuple[str, ...] = (drivers.DEFAULT,)
    """What every cell is run on, where the command line does not say."""

    @property
    def python_levels(self) -> tuple[str, ...]:
        """The Pythons that are tested, oldest first."""
        return tuple(level.id for level in self.axes["python"])

    @property
    def levels(self) -> frozenset[tuple[str, str]]:
        """All levels, by axis and id."""
        return frozenset((axis, level.id) for axis, found in self.axes.items() for level in found)

    @property
    def library_levels(self) -> tuple[Level, ...]:
        """The levels of the library axis."""
        return self.axes[LIBRARY]

    def level(self, axis: str, name: str) -> Level:
        """Return the level of that id; a name that there is none of is `BadInput`."""
        if axis not in self.axes:
            raise BadInput(f"there is no axis {axis}{did_you_mean(axis, self.axes)}")
        levels = {level.id: level for level in self.axes[axis]}
        if name not in levels:
            hint = did_you_mean(name, levels)
            raise BadInput(f"{axis} has no level {name}{hint}; it has {', '.join(levels)}")
        return levels[name]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a question that names the likeliest known word, or nothing."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean {near[0]}?)" if near else ""


def _meets(written: Level, condition: str) -> bool:
    level = written.stands_for or written
    if level.axis != LIBRARY:
        return SpecifierSet(condition).contains(newest_of(level.id), prereleases=True)
    if condition == level.id:
        return True
    if _is_id(condition):
        return False
    wanted = Requirement(condition)
    for package in map(Requirement, level.requirements):
        pinned = _announced(Version(next(iter(package.specifier)).version))
        if package.name == wanted.name and wanted.specifier.contains(pinned, prereleases=True):
            return True
    return False


def newest_of(level: str) -> Version:
    """Return a version that stands for a level: of a series, one above all its patches so far.

    "3.1" stands for its newest patch, so that `<=3.1.2` does not hold for it and `>=3.1` does.
    What comes before a release (2.1rc1) stands for that: rules are about its code.
    """
    version = Version(level)
    return Version(f"{level}.9999") if is_series(version) else _announced(version)


def _announced(version: Version) -> Version:
    """Return the release that a version comes before, or is a build of; a release itself."""
    whole = not (version.is_prerelease or version.local)
    return version if whole else Version(version.base_version)


def _is_id(condition: str) -> bool:
    """Tell the id of a library level from a requirement: that has an operator."""
    return not Requirement(condition).specifier if _is_requirement(condition) else True


def _is_requirement(text: str) -> bool:
    try:
        Requirement(text)
    except InvalidRequirement:
        return False
    return True


def load(text: str) -> Spec:
    """Return what `matrix.toml` says; a mistake is `BadInput` with the place and what to change."""
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # TOMLDecodeError is a ValueError, among others
        raise BadInput(f"harness/matrix.toml is no TOML: {error}") from error
    top = _table(
        "",
        data,
        required=("schema", "axes"),
        optional=("constraints", "companions", "isolated", "smoke", "discover"),
    )
    if isinstance(top["schema"], bool) or top["schema"] != SCHEMA:
        raise BadInput(f"schema: expected {SCHEMA}, found {top['schema']!r}")
    axes = _axes(top["axes"])
    return Spec(
        axes=axes,
        constraints=_rules("constraints", top.get("constraints", []), axes, companion=False),
        isolated=_rules("isolated", top.get("isolated", []), axes, companion=False),
        companions=_rules("companions", top.get("companions", []), axes, companion=True),
        smoke=_smoke(top.get("smoke", []), axes),
        discover=_policies(top.get("discover", {}), axes),
        databases=_databases(top["axes"]),
    )


def _axes(value: object) -> Mapping[str, tuple[Level, ...]]:
    tables = _table("axes", value, required=AXES, optional=(DATABASE,))
    axes = {axis: _version_axis(axis, tables[axis]) for axis in VERSION_AXES}
    return {**axes, LIBRARY: _library_axis(tables[LIBRARY])}


def _databases(value: object) -> tuple[str, ...]:
    path = f"axes.{DATABASE}"
    table = _table("axes", value, required=AXES, optional=(DATABASE,))
    if DATABASE not in table:
        return (drivers.DEFAULT,)
    levels = _list(f"{path}.levels", _table(path, table[DATABASE], required=("levels",))["levels"])
    names = [_text(f"{path}.levels[{at}]", one) for at, one in enumerate(levels)]
    for at, name in enumerate(names):
        if name not in drivers.KINDS:
            hint = did_you_mean(name, drivers.KINDS)
            known = ", ".join(drivers.KINDS)
            raise BadInput(f"{path}.levels[{at}]: there is no {name}{hint}; known are {known}")
    if not names or len(set(names)) != len(names):
        raise BadInput(f"{path}.levels: expected at least one database, and each once")
    return tuple(names)


def _version_axis(axis: str, value: object) -> tuple[Level, ...]:
    path = f"axes.{axis}"
    table = _table(path, value, required=("prefix", "levels"))
    prefix = _text(f"{path}.prefix", table["prefix"])
    found = {}
    for at, item in enumerate(_list(f"{path}.levels", table["levels"])):
        place = f"{path}.levels[{at}]"
        level = _version(place, item)
        if level in found:
            raise BadInput(f"{place}: {level} is there twice")
        pin = f"{axis}=={level}.*" if is_series(Version(level)) else f"{axis}=={level}"
        found[level] = Level(
            axis=axis,
            id=level,
            label=f"{prefix}{level}",
            requirements=() if axis == "python" else (pin,),
        )
    return tuple(sorted(found.values(), key=lambda level: level.version))


def _library_axis(value: object) -> tuple[Level, ...]:
    path = "axes.library"
    table = _table(path, value, required=("levels",))
    found: dict[str, Level] = {}
    for at, item in enumerate(_list(f"{path}.levels", table["levels"])):
        place = f"{path}.levels[{at}]"
        entry = _table(place, item, required=("id", "adapter", "packages"))
        name = _text(f"{place}.id", entry["id"])
        if name in found:
            raise BadInput(f"{place}.id: {name} is there twice")
        packages = _list(f"{place}.packages", entry["packages"])
        found[name] = Level(
            axis=LIBRARY,
            id=name,
            label=name,
            requirements=tuple(
                _pin(f"{place}.packages[{number}]", package)
                for number, package in enumerate(packages)
            ),
            adapter=_text(f"{place}.adapter", entry["adapter"]),
        )
    return tuple(sorted(found.values(), key=lambda level: level.id))


def _rules(
    key: str, value: object, axes: Mapping[str, tuple[Level, ...]], *, companion: bool
) -> tuple[Rule, ...]:
    needed = ("when", "reason", "source", *(("requirement",) if companion else ()))
    rules = []
    for at, item in enumerate(_list(key, value)):
        place = f"{key}[{at}]"
        entry = _table(place, item, required=needed)
        rules.append(
            Rule(
                when=_conditions(f"{place}.when", entry["when"], axes[LIBRARY]),
                reason=_text(f"{place}.reason", entry["reason"]),
                source=_text(f"{place}.source", entry["source"]),
                requirement=_requirement(f"{place}.requirement", entry["requirement"])
                if companion
                else "",
            )
        )
        if not any(_could_hold(rules[-1], axis, levels) for axis, levels in axes.items()):
            raise BadInput(f"{place}.when: it is about no level of any axis")
    return tuple(sorted(rules, key=lambda rule: (rule.reason, rule.requirement)))


def _could_hold(rule: Rule, axis: str, levels: Iterable[Level]) -> bool:
    return axis in rule.when and any(map(rule.meets, levels))


def _conditions(
    path: str, value: object, libraries: Iterable[Level]
) -> Mapping[str, tuple[str, ...]]:
    table = _table(path, value, optional=AXES)
    if not table:
        raise BadInput(f"{path}: expected a condition on at least one axis")
    ids = [level.id for level in libraries]
    return {
        axis: tuple(_condition(f"{path}.{axis}", axis, one, ids) for one in _several(table[axis]))
        for axis in AXES
        if axis in table
    }


def _several(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _condition(path: str, axis: str, value: object, ids: Sequence[str]) -> str:
    text = _text(path, value)
    if axis == LIBRARY:
        if text not in ids and _is_id(text):
            hint = did_you_mean(text, ids)
            raise BadInput(f"{path}: {text!r} is no level{hint} and no requirement with a version")
        return text
    try:
        SpecifierSet(text)
    except InvalidSpecifier as error:
        raise BadInput(f"{path}: expected a specifier like >=2, found {text!r}") from error
    return text


def _smoke(value: object, axes: Mapping[str, tuple[Level, ...]]) -> tuple[Mapping[str, str], ...]:
    cells = []
    for at, item in enumerate(_list("smoke", value)):
        place = f"smoke[{at}]"
        cell = _table(
            f"{place}.cell", _table(place, item, required=("cell",))["cell"], required=AXES
        )
        for axis in AXES:
            name = _text(f"{place}.cell.{axis}", cell[axis])
            known = [level.id for level in axes[axis]]
            if name not in known:
                hint = did_you_mean(name, known)
                raise BadInput(f"{place}.cell.{axis}: there is no level {name}{hint}")
        cells.append({axis: str(cell[axis]) for axis in AXES})
    return tuple(sorted(cells, key=lambda cell: [cell[axis] for axis in AXES]))


def _policies(value: object, axes: Mapping[str, tuple[Level, ...]]) -> Mapping[str, policy.Policy]:
    """Return the policies by package: one that is an axis, or that a library level is about."""
    libraries = {package_of(level) for level in axes[LIBRARY]} - {""}
    packages = (*(axis for axis in VERSION_AXES if axis != "python"), *sorted(libraries))
    tables = _table("discover", value, optional=packages)
    return {
        name: policy.read(
            f"discover.{name}", _table(f"discover.{name}", table, optional=policy.KEYS)
        )
        for name, table in tables.items()
    }


def package_of(level: Level) -> str:
    """Return the name of the package that a library level is about; "" where it has none."""
    return canonicalize_name(Requirement(level.requirements[0]).name) if level.requirements else ""


def is_series(version: Version) -> bool:
    """Tell a release line ("3.1": its newest patch) from one release, which may be one to come."""
    plain = version.public == ".".join(map(str, version.release)) and not version.local
    return plain and len(version.release) <= 2  # noqa: PLR2004 - major and minor


def _table(
    path: str, value: object, *, required: Iterable[str] = (), optional: Iterable[str] = ()
) -> dict[str, object]:
    """Return a table with these keys and no others."""
    where = path or "harness/matrix.toml"
    if not isinstance(value, dict):
        raise BadInput(f"{where}: expected a table, found {value!r}")
    known = (*required, *optional)
    for key in value:
        if key not in known:
            dotted = f"{path}.{key}" if path else key
            hint = did_you_mean(key, known)
            raise BadInput(f"{dotted}: unknown key{hint}; known are {', '.join(known)}")
    for key in required:
        if key not in value:
            raise BadInput(f"{where}: the key {key} is missing")
    return value


def _list(path: str, value: object) -> list[object]:
    if not isinstance(value, list):
        raise BadInput(f"{path}: expected a list, found {value!r}")
    return value


def _text(path: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise BadInput(f"{path}: expected a text, found {value!r}")
    return value


def _version(path: str, value: object) -> str:
    text = _text(path, value)
    try:
        Version(text)
    except InvalidVersion as error:
        raise BadInput(
            f'{path}: expected a version like "3.1" or "2.2.1", found {text!r}'
        ) from error
    return text


def _requirement(path: str, value: object) -> str:
    text = _text(path, value)
    try:
        Requirement(text)
    except InvalidRequirement as error:
        raise BadInput(f"{path}: expected a requirement like werkzeug<3, found {text!r}") from error
    return text


def _pin(path: str, value: object) -> str:
    text = _requirement(path, value)
    specifiers = list(Requirement(text).specifier)
    if len(specifiers) != 1 or specifiers[0].operator != "==" or "*" in text:
        raise BadInput(
            f"{path}: expected one exact version like flask-sqlalchemy==3.1.1, found {text!r}"
        )
    return text
