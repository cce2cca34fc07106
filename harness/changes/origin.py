"""What stands in the place of a release: a folder, an archive, a commit; what tells it apart."""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from email.parser import Parser
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from packaging.requirements import Requirement
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import Version

from harness import process
from harness.errors import BadInput, RegistryUnreachable
from harness.measure.resolve import QUIET, UV

_GIT_SECONDS = 60.0
_BUILD_SECONDS = 300.0
_COMMIT = re.compile(r"[0-9a-f]{40}$")
_LEFT_BEHIND = re.compile(
    r"__pycache__$|\.(git|hg|nox|tox)$|\.?venv$|node_modules$|.*\.egg-info$"
    r"|\.(mypy|ruff|pytest)_cache$"
)
"""What tools leave in a checkout, which is no part of what is tested."""
_BUILT = ("build", "dist")
"""The same, at the top of a checkout only."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """What is to be installed in the place of a release."""

    requirement: str
    name: str
    """What it is called, for people."""
    digest: str
    """What tells its content from any other."""
    version: Version | None = None
    """Which version it says that it is, where that can be told without installing it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Builder:
    """With which interpreter folders are built, where to, and whom to tell that it failed."""

    python: Path
    work: Path
    say: Callable[[str], None]


def of(named: Requirement, builder: Builder) -> Origin:
    """Return what a requirement with an address stands for.

    Raises BadInput where there is no such file or reference, RegistryUnreachable where a repository
    does not answer.
    """
    url = named.url or ""
    if url.startswith("git+"):
        return _of_repository(named, url)
    parts = urlsplit(url)
    if parts.scheme != "file":
        file = Path(unquote(parts.path)).name
        return Origin(
            requirement=str(named),
            name=_stem(file),
            digest=_hash(url.encode()),
            version=_version_of(file),
        )
    path = Path(url2pathname(parts.path))
    try:
        return _of_folder(named, path, builder) if path.is_dir() else _of_file(named, path)
    except OSError as error:
        raise BadInput(f"cannot read {error.filename or path}: {error.strerror}") from error


def _of_folder(named: Requirement, path: Path, builder: Builder) -> Origin:
    """Build a folder once, so that all cells install the same; else each cell tries."""
    digest = _hash(*_contents(path))
    origin = Origin(
        requirement=str(named), name=path.name, digest=digest, version=_static_version(path)
    )
    out = builder.work / f"{canonicalize_name(named.name)}-{digest[:16]}"
    made = process.run(
        [*UV, "build", *QUIET, "--wheel", "--out-dir", out, "--python", builder.python, path],
        cwd=path,
        env=os.environ,
        deadline_seconds=_BUILD_SECONDS,
    )
    wheels = sorted(out.glob("*.whl")) if made.returncode == 0 else []
    if not wheels:
        lines = [line for line in made.output.splitlines() if line.strip()] or ["no wheel"]
        builder.say(f"{path.name} cannot be built here, each cell will try: {lines[-1].strip()}")
        return origin
    version = _version_of(wheels[-1].name) or origin.version
    if not wheels[-1].name.endswith("-none-any.whl"):  # another Python needs another build
        return replace(origin, version=version)
    extras = f"[{','.join(sorted(named.extras))}]" if named.extras else ""
    built = f"{named.name}{extras} @ {wheels[-1].resolve().as_uri()}"
    return replace(origin, requirement=built, version=version)


def _of_file(named: Requirement, path: Path) -> Origin:
    return Origin(
        requirement=str(named),
        name=_stem(path.name),
        digest=_hash(path.read_bytes()),
        version=_version_of(path.name),
    )


def _of_repository(named: Requirement, url: str) -> Origin:
    """Return the commit that a reference names now: a branch moves, a measurement does not."""
    address, _, fragment = url.removeprefix("git+").partition("#")
    head, at, ref = address.rpartition("@")
    if not at or "/" not in head.partition("://")[2] or ":" in ref:
        head, ref = address, "HEAD"
    commit = ref if _COMMIT.match(ref) else _commit(head, ref)
    suffix = f"#{fragment}" if fragment else ""
    name = ref if ref != "HEAD" else head.rstrip("/").rpartition("/")[2].removesuffix(".git")
    extras = f"[{','.join(sorted(named.extras))}]" if named.extras else ""
    return Origin(
        requirement=f"{named.name}{extras} @ git+{head}@{commit}{suffix}",
        name="commit" if _COMMIT.match(name) else name,
        digest=commit,
    )


def _commit(address: str, ref: str) -> str:
    asked = process.run(
        ["git", "ls-remote", "--", address, ref],
        cwd=Path.cwd(),
        env={**os.environ, "GIT_TERMINAL_PROMPT": "0"},
        deadline_seconds=_GIT_SECONDS,
    )
    if asked.returncode == process.CANNOT_START:
        raise RegistryUnreachable(
            f"Git is not installed on this machine, and {address} can be had by it only"
        )
    if asked.returncode != 0:
        lines = [line for line in asked.output.splitlines() if line.strip()] or ["no answer"]
        raise RegistryUnreachable(f"the repository {address} cannot be read: {lines[0]}")
    found = [
        line.split()[0] for line in asked.output.splitlines() if _COMMIT.match(line.split()[0])
    ]
    if not found:
        raise BadInput(f"{address} has no branch or tag {ref} (a commit: all its 40 digits)")
    return found[0]


def _contents(folder: Path) -> Iterator[bytes]:
    """Yield the name and content of every file of a folder, without what tools leave there."""
    for parent, folders, files in os.walk(folder):
        top = Path(parent) == folder
        folders[:] = sorted(
            one for one in folders if not (_LEFT_BEHIND.match(one) or (top and one in _BUILT))
        )
        for name in sorted(files):
            file = Path(parent, name)
            if file.is_file() and not name.endswith(".pyc"):
                yield f"{file.relative_to(folder).as_posix()}\0".encode()
                yield file.read_bytes()


def _hash(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(f"{len(part)}\0".encode())
        digest.update(part)
    return digest.hexdigest()


def _stem(file: str) -> str:
    """Return the name and version in the name of an archive."""
    return "-".join(file.removesuffix(".tar.gz").removesuffix(".zip").split("-")[:2])


def _version_of(file: str) -> Version | None:
    try:
        is_wheel = file.endswith(".whl")
        return parse_wheel_filename(file)[1] if is_wheel else parse_sdist_filename(file)[1]
    except (InvalidWheelFilename, InvalidSdistFilename):
        return None


def _static_version(folder: Path) -> Version | None:
    """Return the version that a project's files say outright; None where a build would tell."""
    try:
        found = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
        return Version(found["project"]["version"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    try:
        text = (folder / "PKG-INFO").read_text(encoding="utf-8")
        return Version(Parser().parsestr(text, headersonly=True)["Version"])
    except (OSError, ValueError, TypeError):
        return None
