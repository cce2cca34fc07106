"""What packages use where it is there, read from the code that they install.

Their metadata tell it of extras at most, and old releases have none. So the packages under test are
unpacked beside nothing else, and what their modules import is looked for among the pins; what is
found there is read in its turn.
"""

from __future__ import annotations

import ast
import csv
import re
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.parser import Parser
from functools import cache
from pathlib import Path, PurePosixPath

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from harness import process
from harness.checks.pins import Pin
from harness.drivers import PACKAGES as DRIVERS
from harness.errors import RegistryUnreachable
from harness.measure import hashes, resolve
from harness.measure.hashes import Hashes
from harness.measure.resolve import QUIET, UV, Why

WITH_DRIVERS = "sqlalchemy"
"""What it imports is drivers of databases; what else it uses its extras name."""
_SECONDS = 300.0
_CODE = (".py", ".so", ".pyd")
_TESTS = frozenset({"test", "tests", "conftest.py", "examples"})
_IMPORT = re.compile(r"^.*import.*$", re.MULTILINE)
_WORD = re.compile(r"[A-Za-z_][\w.]*")
_IMPORTING = ("__import__", "import_module", "import_string")

ALIASES: Mapping[str, str] = {"PIL": "pillow", "bson": "pymongo", "gridfs": "pymongo"}
"""The packages whose modules are called in no way like them."""
_AFFIXES = ("python", "py")
"""What stands before a module's name in the name of its package, where it is not the same."""


class Unread(Exception):
    """The packages cannot be unpacked; the message says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Unpacked:
    """The modules of a package, and what its metadata name."""

    files: tuple[Path, ...]
    own: frozenset[str]
    required: frozenset[str]
    optional: frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Bay:
    """Where packages are unpacked, for which interpreter, and with which hashes."""

    folder: Path
    python: Path
    env: Mapping[str, str]
    hashes: Hashes

    def unpacked(self, lines: Collection[str]) -> Mapping[str, Unpacked]:
        """Return what these bring, and nothing that they need; raises Unread where it cannot."""
        before = set(self.folder.glob("*.dist-info"))
        self.folder.mkdir(parents=True, exist_ok=True)
        source = self.folder.with_suffix(".txt")
        text = hashes.written("\n".join(lines), self.hashes)
        source.write_text(text, encoding="utf-8")
        into = ("--no-deps", "--target", self.folder, "--python", self.python, "-r", source)
        finished = process.run(
            [*UV, "pip", "install", *QUIET, *into],
            cwd=self.folder,
            env=self.env,
            deadline_seconds=_SECONDS,
        )
        if finished.returncode != 0:
            why, message = resolve.classify(finished.output)
            if why is Why.UNREACHABLE:
                raise RegistryUnreachable(message)
            raise Unread(message)
        new = set(self.folder.glob("*.dist-info")) - before
        return {_name_of(info): _read(self.folder, info) for info in sorted(new)}

    def clear(self) -> None:
        """Remove what was unpacked."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.with_suffix(".txt").unlink(missing_ok=True)


def by_code(
    first: Mapping[str, str], pins: Mapping[str, Pin], bay: Bay
) -> Mapping[str, frozenset[str]]:
    """Return the pins that others use and do not need, with whose code uses each.

    `first` are the packages to begin with, by name, as requirements. What they need is read as
    well: an optional import of it is as good as one of theirs. The database chooses its driver, so
    drivers are left out. Raises Unread and RegistryUnreachable.
    """
    users: dict[str, set[str]] = {}
    needed, asked, waiting = set(first), set(first), dict(first)
    try:
        while waiting:
            for name, one in bay.unpacked(tuple(waiting.values())).items():
                needed |= one.required
                for pin in _used(name, one, pins.keys() - DRIVERS - needed):
                    users.setdefault(pin, set()).add(name)
            reached = (needed | users.keys()) & pins.keys() - asked
            asked |= reached
            waiting = {name: pins[name].line for name in sorted(reached)}
    finally:
        bay.clear()
    return {name: frozenset(by) for name, by in sorted(users.items()) if name not in needed}


def _used(name: str, one: Unpacked, pins: Collection[str]) -> Iterator[str]:
    """Yield the pins that a package imports, or names under an extra."""
    yield from (pin for pin in pins if pin in one.optional)
    if name != WITH_DRIVERS:
        wanted = {_plain(pin): pin for pin in pins if pin != name}
        called = {
            spelled
            for file in one.files
            for module in imports(file, wanted)
            if module.partition(".")[0] not in one.own
            for spelled in spellings(module)
        }
        yield from (pin for plain, pin in wanted.items() if plain in called)


@cache
def spellings(module: str) -> frozenset[str]:
    """Return how the package that brings a module may be called, without its separators."""
    parts = module.split(".")
    if parts[0] in ALIASES:
        return frozenset({ALIASES[parts[0]]})
    names = {_plain("".join(parts[:count])) for count in range(1, len(parts) + 1)}
    return frozenset(names | {f"{affix}{_plain(parts[0])}" for affix in _AFFIXES})


def _plain(name: str) -> str:
    return re.sub(r"[-_.]", "", name).lower()


# What is unpacked --------------------------------------------------------------------------------


def _read(folder: Path, info: Path) -> Unpacked:
    files = tuple(_files(info / "RECORD"))
    hard, soft = _requirements(info / "METADATA")
    return Unpacked(
        files=tuple(
            folder / file
            for file in files
            if file.suffix == ".py" and not _TESTS.intersection(file.parts)
        ),
        own=modules(files),
        required=hard,
        optional=soft,
    )


def modules(files: Iterable[PurePosixPath]) -> frozenset[str]:
    """Return the top modules among the files of a package."""
    return frozenset(file.parts[0].partition(".")[0] for file in files)


def owners(site_packages: Path) -> Mapping[str, str]:
    """Return which package of an environment brings each top module."""
    return {
        module: _name_of(info)
        for info in sorted(site_packages.glob("*.dist-info"))
        for module in modules(_files(info / "RECORD"))
    }


def _files(record: Path) -> Iterator[PurePosixPath]:
    """Yield the modules that a package brings."""
    with record.open(encoding="utf-8", errors="replace", newline="") as lines:
        for row in csv.reader(lines):
            path = PurePosixPath(row[0]) if row else PurePosixPath()
            if path.suffix in _CODE and ".." not in path.parts:
                yield path


def imports(file: Path, wanted: Collection[str]) -> frozenset[str]:
    """Return what a module imports by absolute name, anywhere in it; none where it is no Python.

    It is parsed only where a line of it may import what is wanted: parsing takes seconds.
    """
    try:
        code = file.read_bytes()
        if all(spellings(name).isdisjoint(wanted) for name in _roughly(code)):
            return frozenset()
        tree = ast.parse(code)
    except (OSError, SyntaxError, ValueError):
        return frozenset()
    return frozenset(name for node in _run(tree) for name in _imported(node))


def _run(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what is in a tree, but not what only type checkers see."""
    yield node
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.If(test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
                yield from (one for other in child.orelse for one in _run(other))
            case _:
                yield from _run(child)


def _roughly(code: bytes) -> frozenset[str]:
    """Return all that a module may import, and more: the words of the lines that speak of it."""
    lines = dict.fromkeys(_IMPORT.findall(code.decode("utf-8", "replace")))
    found = {line: _WORD.findall(line) for line in lines}
    inside = (
        f"{words[1]}.{word}"
        for words in found.values()
        if words[:1] == ["from"]
        for word in words[3:]
    )
    return frozenset(word for words in found.values() for word in words).union(inside)


def _imported(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (one.name for one in names)
        case ast.ImportFrom(module=str(module), names=names, level=0):
            yield module
            yield from (f"{module}.{one.name}" for one in names)
        case ast.Call(
            func=ast.Name(id=called) | ast.Attribute(attr=called),
            args=[ast.Constant(value=str(module)), *_],
        ) if called in _IMPORTING:
            yield module
        case _:
            pass


def _requirements(metadata: Path) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names of what is needed, and of what is needed for an extra only."""
    text = metadata.read_text(encoding="utf-8", errors="replace")
    hard: set[str] = set()
    soft: set[str] = set()
    for line in Parser().parsestr(text, headersonly=True).get_all("Requires-Dist", []):
        with suppress(InvalidRequirement):  # legacy releases have lines that no standard knows
            one = Requirement(line)
            (soft if "extra" in str(one.marker or "") else hard).add(canonicalize_name(one.name))
    return frozenset(hard), frozenset(soft)


def _name_of(info: Path) -> str:
    return canonicalize_name(info.name.removesuffix(".dist-info").rpartition("-")[0])
