"""Levels that are no lines of `harness/matrix.toml`, kept on disk: their cells have ids as well."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from harness import store
from harness.config import AXES, Level, Spec

FILE = Path("cells", "levels.json")
"""In the folder of the reports, beside the cells that they are levels of."""


def read(reports: Path) -> tuple[Level, ...]:
    """Return the levels that earlier runs were asked for; none where the file is damaged."""
    try:
        found = json.loads((reports / FILE).read_text(encoding="utf-8"))
        return tuple(level for level in map(_level, found) if level.axis in AXES)
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def keep(reports: Path, levels: Iterable[Level]) -> None:
    """Add these levels to those that are known; another of the same name gives way."""
    known = {(one.axis, one.id): one for one in (*read(reports), *levels)}
    store.write_text(reports / FILE, json.dumps([*map(asdict, known.values())], indent=1) + "\n")


def extended(spec: Spec, levels: Sequence[Level]) -> Spec:
    """Return the matrix with these levels at the end of their axes; those of it stay."""
    axes = {
        axis: (*found, *(one for one in levels if one.axis == axis and one.id not in _ids(found)))
        for axis, found in spec.axes.items()
    }
    return replace(spec, axes=axes)


def from_the_oldest(spec: Spec, line: str) -> str:
    """Return a requirement that names no release with the oldest level of that package.

    The lowest of what nobody declares is SQLAlchemy 0.1, which tells nothing.
    """
    one = Requirement(line)
    name = canonicalize_name(one.name)
    found = (
        Requirement(text)
        for axis in spec.axes.values()
        for level in axis
        for text in level.requirements[:1]
    )
    known = (
        x for wanted in found if canonicalize_name(wanted.name) == name for x in wanted.specifier
    )
    oldest = min((Version(x.version.removesuffix(".*")) for x in known), default=None)
    if one.specifier or one.url or oldest is None:
        return line
    one.specifier = SpecifierSet(f">={oldest}")
    return str(one)


def _ids(levels: Iterable[Level]) -> frozenset[str]:
    return frozenset(level.id for level in levels)


def _level(value: Mapping[str, Any]) -> Level:
    other = value["stands_for"]
    return Level(
        axis=str(value["axis"]),
        id=str(value["id"]),
        label=str(value["label"]),
        requirements=tuple(map(str, value["requirements"])),
        adapter=str(value["adapter"]),
        shown=str(value["shown"]),
        stands_for=None if other is None else _level(other),
    )
