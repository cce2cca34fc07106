"""What is older than the checks can be run on: told by name, before anything is installed."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

FILE = Path(__file__).with_name("oldest.txt")
PYTHON = "python"


@functools.cache
def known() -> Mapping[str, Requirement]:
    """Return the floors by normalised name, that of Python among them."""
    lines = (line.partition("#")[0].strip() for line in FILE.read_text("utf-8").splitlines())
    read = [Requirement(line) for line in lines if line]
    return {canonicalize_name(one.name): one for one in read}


def too_old(versions: Mapping[str, str]) -> str:
    """Return what the checks need and these versions are not, in a sentence; "" where all is well.

    `versions` are those of packages by normalised name, or that of `python`.
    """
    for name, floor in known().items():
        version = versions.get(name, "")
        if version and not _is_allowed(floor, version):
            shown = floor.name.replace(PYTHON, "Python")
            oldest = next(iter(floor.specifier)).version
            asked = (
                f"this is Python {version}" if name == PYTHON else f"{name} {version} is asked for"
            )
            return f"the checks need {shown} {oldest} or newer; {asked}"
    return ""


def _is_allowed(floor: Requirement, version: str) -> bool:
    try:
        return floor.specifier.contains(Version(version), prereleases=True)
    except InvalidVersion:
        return True
