"""What a file of an application is, and what it pins for one Python: the values; pure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class Kind(StrEnum):
    """What a file is, told by its name."""

    REQUIREMENTS = "requirements"
    PYPROJECT = "pyproject.toml"
    UV = "uv.lock"
    POETRY = "poetry.lock"
    PIPENV = "Pipfile.lock"
    PYLOCK = "pylock.toml"
    PDM = "pdm.lock"

    @property
    def is_exact(self) -> bool:
        """Whether its tool installs what is written, and resolves nothing."""
        return self not in (Kind.REQUIREMENTS, Kind.PYPROJECT)


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """For whom a file is read: the Python, and the groups and extras that are chosen."""

    markers: Mapping[str, str]
    """The variables of PEP 508 as the target's interpreter tells them."""
    groups: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()

    @property
    def python(self) -> str:
        """The whole version of the interpreter."""
        return self.markers["python_full_version"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Pin:
    """One package of a lock: its version, or the address that it comes from."""

    name: str
    version: str = ""
    url: str = ""
    is_local: bool = False
    """Whether it is a folder of this machine."""
    hashes: tuple[str, ...] = field(default=(), compare=False)
    """The hashes of its files, as `sha256:...`: what is installed has to have one of them."""

    @property
    def line(self) -> str:
        """The requirement that says it."""
        return f"{self.name} @ {self.url}" if self.url else f"{self.name}=={self.version}"

    @property
    def shown(self) -> str:
        """The version, or the address, for a person."""
        return self.version or self.url


@dataclass(frozen=True, kw_only=True, slots=True)
class Pins:
    """What a lock holds for a target, by normalised name."""

    by_name: Mapping[str, Pin] = field(default_factory=dict)
    own: tuple[str, ...] = ()
    """Names that are not for installing: the application itself, and folders that are gone."""
    notes: tuple[str, ...] = ()
    """What the file leaves open, for a person."""


def kind_of(path: Path, text: str = "") -> Kind:
    """Tell what a file is by its name, else by what is in it; what is no lock is requirements."""
    name = path.name
    if name in (Kind.PYPROJECT, Kind.UV, Kind.POETRY, Kind.PIPENV, Kind.PDM):
        return Kind(name)
    if name == Kind.PYLOCK or (name.startswith("pylock.") and name.endswith(".toml")):
        return Kind.PYLOCK
    if text.lstrip().startswith("{"):
        return Kind.PIPENV
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return Kind.REQUIREMENTS
    if "package" in data and "lock_version" in str(data.get("metadata")):
        return Kind.PDM
    held = data.keys()
    return next((kind for kind, keys in _HELD.items() if keys <= held), Kind.REQUIREMENTS)


def instead(path: Path, text: str) -> str:
    """Return what to give in the place of a file that pins nothing by itself; "" for another."""
    if path.name == "Pipfile":
        return "a Pipfile names no releases: give Pipfile.lock (`pipenv lock` writes it)"
    if path.name in ("setup.py", "setup.cfg"):
        return f"a {path.name} is read by its build only: give a lock, or `pip freeze` of it"
    if _CONDA.search(text) or path.name.startswith("conda-lock"):
        return (
            "a conda file: give the environment that is made of it, --python"
            " path/to/env/bin/python, or what `pip list --format=freeze` says there"
        )
    return ""


_CONDA = re.compile(r"^(?:channels|dependencies):\s*$|^@EXPLICIT\s*$", re.MULTILINE)
"""What stands in an environment.yml, and in an explicit list of packages."""

_HELD = {
    Kind.PYLOCK: {"lock-version", "packages"},
    Kind.POETRY: {"package", "metadata"},
    Kind.PYPROJECT: {"project"},
}
"""What a file of another name holds where it is of this kind."""
