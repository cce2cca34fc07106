"""Any set of pins as a cell of its own: what `nox -s check` measures."""

from __future__ import annotations

import ast
import hashlib
import tomllib
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from email.parser import Parser
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)

from harness import drivers, levels
from harness.checks import requirements
from harness.checks.requirements import Wanted
from harness.config import DATABASE, Spec
from harness.errors import BadInput, MissingInterpreter
from harness.model import Cell, CellId, PatternName, Resolution, ScenarioId
from harness.options import LOWEST, CheckOptions
from harness.patterns import PATTERNS, narrowed

ADAPTER_CLASS = "Library"
"""What an adapter has to define (scenarios/adapters/base.py)."""
ADAPTER_METHODS = ("__init__", "init_app", "engine", "session")
_MANY, _NEAR = 30, 5
"""From how many names on only the nearest are told, and how many of these."""
NEWEST = "newest"
"""What the combination says of an axis that nobody pinned."""


def cell(
    asked: CheckOptions, spec: Spec, folder: Path, python: str, given: Wanted | None = None
) -> Cell:
    """Return the cell for what the user asked; relative paths are taken from `folder`.

    `given` is what an application wants, where that is not just what the user wrote.
    """
    wanted = given or requirements.read(
        asked.requirements,
        asked.files,
        folder,
        project_name=project_name,
        constraints=asked.constraints,
    )
    file = adapter_file(asked, folder)
    if file is None:
        library, adapter = requirements.library_of(wanted, asked.library, adapters(spec))
    else:
        library, adapter = requirements.named_library(wanted, asked.library), file.name
    lines = requirements.complete(wanted, library)
    if asked.others == LOWEST:
        lines = tuple(levels.from_the_oldest(spec, line) for line in lines)
    content = "\n".join((python, str(file or adapter), asked.database, *lines))
    content += "".join(f"\n-c {line}" for line in wanted.constraints) + asked.others
    key = hashlib.sha256(content.encode()).hexdigest()[:8]
    return Cell(
        id=CellId(f"check-{key}"),
        combination=_combination(lines, python, library) | {DATABASE: asked.database},
        requirements=lines,
        adapter=adapter,
        library=library,
        resolution=resolution(asked, wanted.constraints),
    )


def resolution(asked: CheckOptions, within: tuple[str, ...]) -> Resolution:
    """Return how the packages that nobody pins are chosen."""
    lowest = asked.others == LOWEST
    return Resolution(within=within, lowest=lowest, as_of="" if lowest else asked.others)


def roots(asked: CheckOptions, spec: Spec) -> frozenset[str]:
    """Return the packages that are under test wherever an application has them.

    The drivers of the database that is asked for are among them.
    """
    named = [canonicalize_name(asked.library)] if asked.library else []
    ways = drivers.packages_of(asked.database)
    return frozenset((*requirements.NEEDED, *adapters(spec), *named, *ways))


def adapter_file(asked: CheckOptions, folder: Path) -> Path | None:
    """Return the adapter that the user wrote, if any; a file that cannot be one is `BadInput`."""
    if asked.adapter_file is None:
        return None
    file = (folder / asked.adapter_file.expanduser()).resolve()
    if file.suffix != ".py":
        raise BadInput(f"{file}: an adapter is a .py file")
    try:
        tree = ast.parse(file.read_bytes(), file.name)
    except OSError as error:
        raise BadInput(f"cannot read {file}: {error.strerror}") from error
    except (SyntaxError, ValueError) as error:
        raise BadInput(f"{file} is not Python: {error}") from error
    if ADAPTER_CLASS not in _names(tree):
        raise BadInput(
            f"{file} has no class `{ADAPTER_CLASS}`, which scenarios/adapters/base.py asks for"
        )
    lacking = _lacking(tree)
    if lacking:
        raise BadInput(f"{file}: class `{ADAPTER_CLASS}` has no {', '.join(lacking)}")
    return file


def _lacking(tree: ast.Module) -> list[str]:
    """Return the methods that the adapter's class lacks; none where it may inherit them."""
    found = [
        {part.name for part in node.body if isinstance(part, ast.FunctionDef)}
        for node in tree.body
        if isinstance(node, ast.ClassDef) and node.name == ADAPTER_CLASS and not node.bases
    ]
    return [name for name in ADAPTER_METHODS if found and name not in found[-1]]


def _names(tree: ast.Module) -> set[str]:
    """Return the names that a module may hold."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(name=name) | ast.Name(id=name, ctx=ast.Store()):
                found.add(name)
            case ast.alias(name=name, asname=other):
                found.add(other or name)
            case _:
                pass
    return found


def adapters(spec: Spec) -> Mapping[str, str]:
    """Return the session libraries that are known, with their adapters, by package name."""
    known = {requirements.PLAIN: "plain_sqlalchemy"}
    for level in spec.library_levels:
        if level.requirements:
            known[canonicalize_name(Requirement(level.requirements[0]).name)] = level.adapter
    return known


def python(asked: str | None, pythons: Mapping[str, Path], running: str) -> str:
    """Return the Python level to check on: the one asked for, else the one that runs nox."""
    level = asked or running
    if level in pythons:
        return level
    here = ", ".join(pythons) or "none"
    raise MissingInterpreter(f"there is no Python {level} on this machine; found: {here}")


def scenarios(names: Iterable[str], known: Sequence[ScenarioId]) -> tuple[ScenarioId, ...]:
    """Return the scenarios of these names; that of a module, or without a parameter, is of many."""
    found: list[ScenarioId] = []
    for name in names:
        of = [one for one in known if name in (one, one.partition("::")[0], one.partition("[")[0])]
        found += of or [ScenarioId(name)]
    return tuple(dict.fromkeys(found))


def select(
    patterns: Sequence[str],
    scenarios: Sequence[str],
    pairs: Sequence[tuple[ScenarioId, PatternName]],
) -> tuple[tuple[ScenarioId, PatternName], ...]:
    """Return the scenarios and patterns to run; a name that there is none of is `BadInput`."""
    _known("--pattern", patterns, PATTERNS)
    _known("--scenario", scenarios, tuple(dict.fromkeys(scenario for scenario, _ in pairs)))
    return narrowed(pairs, patterns, scenarios)


def _known(option: str, names: Sequence[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, _NEAR, cutoff=0) if len(known) > _MANY else known
            few = "choose from" if near == known else f"of {len(known)}, the nearest are"
            raise BadInput(f"{option} {name}: there is none; {few} {', '.join(near)}")


def _combination(lines: Sequence[str], python: str, library: str) -> dict[str, str]:
    asked: dict[str, str] = {
        canonicalize_name(one.name): str(one.specifier) or one.url or NEWEST
        for one in map(Requirement, lines)
    }
    return {
        "python": python,
        **{name: asked.get(name, NEWEST) for name in ("flask", "flask-admin", "sqlalchemy")},
        "library": library,
    }


def project_name(path: Path) -> str | None:
    """Return the name of the project in a folder, a wheel or an sdist; None where there is none."""
    try:
        if path.suffix == ".whl":
            return str(parse_wheel_filename(path.name)[0]) if zipfile.is_zipfile(path) else None
        if path.name.endswith(".tar.gz"):
            return str(parse_sdist_filename(path.name)[0])
    except (InvalidWheelFilename, InvalidSdistFilename):
        return None
    try:
        found = tomllib.loads((path / "pyproject.toml").read_text(encoding="utf-8"))
        name = found["project"]["name"]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError):
        return _name_in_metadata(path)
    return name if isinstance(name, str) else None


def _name_in_metadata(path: Path) -> str | None:
    """Return the name in an unpacked sdist's PKG-INFO: older projects have no pyproject.toml."""
    try:
        text = (path / "PKG-INFO").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    return Parser().parsestr(text, headersonly=True)["Name"]
