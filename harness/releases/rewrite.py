"""Put new levels into `harness/matrix.toml`; its comments, order and spacing stay; pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import tomlkit
from packaging.version import Version

from harness import config, plan
from harness.config import AXES, LIBRARY, Spec
from harness.errors import BadInput
from harness.releases.discover import Added


def with_levels(text: str, additions: Iterable[Added]) -> str:
    """Return `matrix.toml` with these levels, and otherwise as it was.

    Raises BadInput where the outcome would be no matrix, or its cells could not be told by id.
    """
    document = tomlkit.parse(text)
    axes: Any = document["axes"]  # tomlkit's containers are typed as anything that TOML can hold
    for one in reversed(tuple(additions)):  # each is written right after its model
        levels = axes[one.axis]["levels"]
        if one.axis == LIBRARY:
            _insert_library(levels, one)
        else:
            _insert_version(levels, one)
    made = tomlkit.dumps(document)
    _check(config.load(made))
    return made


def _insert_version(levels: Any, one: Added) -> None:  # noqa: ANN401 - see `with_levels`
    below = [at for at, name in enumerate(levels) if Version(str(name)) < Version(one.id)]
    levels.insert(below[-1] + 1 if below else 0, one.id)


def _insert_library(levels: Any, one: Added) -> None:  # noqa: ANN401 - see `with_levels`
    """Write a level in the words of its model: the same keys, in the same order and spacing."""
    at = next(at for at, level in enumerate(levels) if level["id"] == one.like)
    old = str(levels[at]["packages"][0])
    new = f"{old.partition('==')[0]}=={one.release.version}"
    words = levels[at].as_string().strip()
    words = words.replace(f'"{one.like}"', f'"{one.id}"', 1).replace(f'"{old}"', f'"{new}"', 1)
    levels.insert(at + 1, tomlkit.parse(f"level = {words}")["level"])


def _check(spec: Spec) -> None:
    """See that every new level can be told by its part of a cell's id."""
    for axis in AXES:
        for level in spec.axes[axis]:
            names = [level.id if other == axis else spec.axes[other][-1].id for other in AXES]
            made = plan.cell(spec, tuple(names))
            if plan.cell_from_id(spec, made.id) != made:
                raise BadInput(f"{axis} {level.id}: cells of it could not be told by their id")
