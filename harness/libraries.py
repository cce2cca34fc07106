"""Levels of the library axis: which are alike, and what another version of one is called; pure."""

from __future__ import annotations

from collections.abc import Mapping

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from harness.config import Level, Spec, package_of


def model_of(spec: Spec, package: str) -> Level:
    """Return the level that a new one of a package is modelled on: alone if any, the newest."""
    of_it = [level for level in spec.library_levels if package_of(level) == package]
    return min(of_it, key=lambda one: (len(one.requirements), _before(version_of(one)), one.id))


def _before(version: Version) -> tuple[bool, tuple[int, ...]]:
    """Give a key that sorts a newer release first, and every pre-release last."""
    return version.is_prerelease, tuple(-part for part in (*version.release, 0, 0, 0)[:4])


def is_alike(one: Level, model: Level) -> bool:
    """Tell whether two levels are the same package beside the same others."""
    return package_of(one) == package_of(model) and one.requirements[1:] == model.requirements[1:]


def version_of(level: Level) -> Version:
    """Return the version of the package that a library level is about."""
    return Version(_pin(level.requirements[0]))


def renamed(model: Level, version: str) -> str:
    """Return the id of a level like this one, of another version."""
    old = _pin(model.requirements[0])
    head, there, tail = model.id.partition(old)
    return f"{head}{version}{tail}" if there else f"{package_of(model)}{version}"


def pins_of(level: Level) -> Mapping[str, Version]:
    """Return the packages of a library level with their versions."""
    return {
        canonicalize_name(Requirement(text).name): Version(_pin(text))
        for text in level.requirements
    }


def _pin(text: str) -> str:
    return next(iter(Requirement(text).specifier)).version
