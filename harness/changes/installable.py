"""Anything installable as a level: a folder, a wheel, a Git reference, a release or pre-release.

What such a level is called tells where it comes from and what is in it: its cells have stable ids.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from harness.changes import origin
from harness.changes.against import CHANGE
from harness.changes.origin import Origin
from harness.checks import addresses, check, requirements
from harness.config import AXES, LIBRARY, Level, Spec, package_of
from harness.errors import BadInput
from harness.libraries import model_of, renamed
from harness.options import RunOptions

_SHORT = 8
"""Digits of a hash in a level's name."""
_LONGEST = 32
"""Characters of a folder's name in a level's name."""


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """What is needed to make a level of what a user names.

    `spec` is the matrix as it is written.
    """

    spec: Spec
    folder: Path
    """From where relative paths are taken."""
    published: Callable[[str, str], str]
    """Gives a release of a package as the index writes it; BadInput where there is none."""
    builder: origin.Builder

    def adopt(self, asked: RunOptions) -> tuple[RunOptions, tuple[Level, ...]]:
        """Return the levels that are not of the matrix, and the options with their ids.

        A name that means nothing at all stays as it is. Raises BadInput and RegistryUnreachable
        where a release or a repository was named that there is none of.
        """
        local: list[Level] = []
        selection = dict(asked.selection)
        for axis in (one for one in AXES[1:] if one in selection):
            made = [(name, self._made(axis, name)) for name in selection[axis]]
            selection[axis] = tuple(level.id if level else name for name, level in made)
            known = {level.id for level in self.spec.axes[axis]}
            local += [level for _, level in made if level and level.id not in known]
        plain = asked.is_strength_given or not local
        strength = asked.strength if plain else CHANGE
        return replace(asked, selection=selection, strength=strength), tuple(local)

    def _made(self, axis: str, name: str) -> Level | None:
        return None if self._is_known(axis, name) else self._level(axis, name)

    def _is_known(self, axis: str, name: str) -> bool:
        levels = self.spec.axes[axis]
        return any(name in (one.id, one.display.split("==")[0]) for one in levels)

    def _level(self, axis: str, name: str) -> Level | None:
        is_there = "/" in name and (self.folder / name).exists()
        if not _is_source(name) and not is_there:
            return self._release(axis, name)
        text = name if _is_source(name) else f"./{name}"
        text = f"{axis} @ {text}" if text.startswith("git+") and axis != LIBRARY else text
        wanted = requirements.read(
            [text], [], self.folder, project_name=check.project_name, named=self._named
        )
        named = Requirement(wanted.lines[0])
        package = canonicalize_name(named.name)
        if axis not in (LIBRARY, package):
            raise BadInput(f"--{axis} {name}: that is {package}")
        model = self._model(package) if axis == LIBRARY else None
        return self._of_source(axis, origin.of(named, self.builder), model)

    def _named(self, address: str) -> str:
        """Return an address with its name; a branch stays one, it is what the level is called."""
        namer = addresses.namer(self.builder.python, self.builder.work, os.environ)
        return f"{Requirement(namer(address)).name} @ {address}"

    def _model(self, package: str) -> Level:
        known = {package_of(level) for level in self.spec.library_levels} - {""}
        if package not in known:
            raise BadInput(
                f"--{LIBRARY} {package}: no level is about it; they are about"
                f" {', '.join(sorted(known))} (`nox -s check -- --adapter-file` takes any)"
            )
        return model_of(self.spec, package)

    # A release --------------------------------------------------------------------------------

    def _release(self, axis: str, name: str) -> Level | None:
        """Return the level of one release; None where the name is none of any."""
        package, wanted = _pinned(axis, name)
        if wanted is None:
            return None
        model = self._model(package) if axis == LIBRARY else None
        version = self.published(package, str(wanted))
        if model is None:
            return Level(
                axis=axis,
                id=version,
                label=f"{self._prefix(axis)}{version}",
                requirements=(f"{axis}=={version}",),
            )
        name = renamed(model, version)
        pins = (f"{package}=={version}", *model.requirements[1:])
        return replace(model, id=name, label=name, requirements=pins)

    def _prefix(self, axis: str) -> str:
        first = self.spec.axes[axis][0]
        return first.label.removesuffix(first.id)

    # A folder, a file, a repository -----------------------------------------------------------

    def _of_source(self, axis: str, source: Origin, model: Level | None) -> Level:
        short = re.sub(r"[^A-Za-z0-9._]+", "-", source.name).strip("-.")[:_LONGEST]
        name = f"{short}-{source.digest[:_SHORT]}"
        if model is None:
            return Level(
                axis=axis,
                id=name,
                label=f"{self._prefix(axis)}@{name}",
                requirements=(source.requirement,),
                stands_for=self._stands_for(axis, source.version),
            )
        package = package_of(model)
        label = renamed(model, f"@{name}").replace("-@", "@")
        released = str(source.version) if source.version else ""
        pins = (f"{package}=={released}", *model.requirements[1:])
        same = replace(model, id=renamed(model, released), label="", requirements=pins)
        beside = f" (beside {', '.join(model.requirements[1:])})" if model.requirements[1:] else ""
        return replace(
            model,
            id=label,
            label=label,
            requirements=(source.requirement, *model.requirements[1:]),
            shown=f"{package} @ {name}{beside}",
            stands_for=same if released else model,
        )

    def _stands_for(self, axis: str, version: Version | None) -> Level:
        """Return the released level that rules take it for: the newest where nobody knows."""
        newest = self.spec.axes[axis][-1]
        return newest if version is None else Level(axis=axis, id=str(version), label="")


def _is_source(name: str) -> bool:
    return requirements.is_path(name) or " @ " in name or name.startswith("git+")


def _pinned(axis: str, name: str) -> tuple[str, Version | None]:
    """Return the package and the one release that a name says; None where it says none."""
    try:
        if axis != LIBRARY:
            version = Version(name.removeprefix(f"{axis}=="))
            whole = version.is_prerelease or len(version.release) > 2  # noqa: PLR2004 - 3.1 is a series
            return axis, version if whole else None
        named = Requirement(name)
        pins = [one.version for one in named.specifier if one.operator == "=="]
        return canonicalize_name(named.name), Version(pins[0]) if len(pins) == 1 else None
    except (InvalidVersion, InvalidRequirement):
        return "", None
