"""An application's own pins as something to check: its lock, its requirements, its environment.

Of all that an application installs only what Flask, Flask-Admin, SQLAlchemy and the session library
need can matter here, and what they use where it is there; so only that is installed, exactly as
pinned, and the answer says so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from harness import process
from harness.checks import addresses, check, graphs, lockfiles, pyprojects, requirements, used
from harness.checks.check import project_name
from harness.checks.facts import Interpreter
from harness.checks.graphs import Graph
from harness.checks.pins import Kind, Pin, Pins, Target, instead, kind_of
from harness.checks.requirements import NEEDED, Wanted
from harness.checks.used import Bay, Unread
from harness.drivers import PACKAGES as DRIVERS
from harness.errors import BadInput, RegistryUnreachable
from harness.measure import hashes, resolve
from harness.measure.hashes import Hashes
from harness.measure.resolve import QUIET, UV, Unresolvable, Why
from harness.model import Cell, CellId
from harness.options import CheckOptions
from harness.releases import indexes

_SECONDS = 120.0
"""What resolving an application, or exporting its lock, may take."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Application:
    """What an application pins, and what the user wants beside it."""

    source: str
    """Where the pins are from, for a person."""
    pins: Pins
    beside: Wanted = field(default_factory=lambda: Wanted(lines=(), names=frozenset()))
    """What stands on the command line: it takes the place of the same package's pin."""
    is_exact: bool = True
    """Whether the pins are installed whatever the packages' metadata say."""
    used: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Pinned packages that others use where they are there, with who uses each."""
    notes: tuple[str, ...] = ()
    graph: Graph = field(default_factory=Graph)
    """Who asked for what of it."""

    def wanted(self, roots: Collection[str]) -> Wanted:
        """Return what to install of it: these packages, and the pins for what they need."""
        kept = {n: pin for n, pin in self.pins.by_name.items() if n not in self.beside.names}
        first = [pin for name, pin in kept.items() if name in roots or name in self.used]
        return Wanted(
            lines=(*self.beside.lines, *(pin.line for pin in first)),
            names=self.beside.names | {pin.name for pin in first},
            constraints=(*self.beside.constraints, *(pin.line for pin in kept.values())),
            hashes=self._hashes(kept.values()),
            settings=self.beside.settings,
            asked=self.graph.asked,
        )

    @property
    def hashes(self) -> Hashes:
        """Which hashes are given, of everything that is pinned."""
        return self._hashes(
            pin for name, pin in self.pins.by_name.items() if name not in self.beside.names
        )

    def first(self, roots: Collection[str]) -> Mapping[str, str]:
        """Return the requirements of what is installed whatever uses it, by name; no drivers."""
        named = {canonicalize_name(Requirement(line).name): line for line in self.beside.lines}
        pinned = {name: pin.line for name, pin in self.pins.by_name.items() if name in roots}
        needed = {name: name for name in NEEDED}
        return {n: line for n, line in (needed | pinned | named).items() if n not in DRIVERS}

    def _hashes(self, kept: Iterable[Pin]) -> Hashes:
        own = {hashes.key(pin.line): pin.hashes for pin in kept if pin.hashes}
        return own | dict(self.beside.hashes)

    def told(self, packages: Mapping[str, str]) -> Iterator[str]:
        """Yield what a person should know of what was installed, and what was not."""
        pinned = self.pins.by_name
        taken = sum(name in packages for name in pinned.keys() - self.beside.names)
        local = {name for name, pin in pinned.items() if pin.is_local and name not in packages}
        left = len(pinned.keys() - packages.keys() - self.beside.names - local)
        counted = f"{'pins' if self.is_exact else 'comes to'} {len(pinned)} packages"
        rest = f", {left} left out: nothing under test needs {_them(left)}" if left else ""
        yield f"{self.source} {counted}: {taken} installed exactly so{rest}"
        if own := sorted({*self.pins.own, *local}):
            yield f"left out, the application's own: {', '.join(own)}"
        for name in sorted(self.beside.names & pinned.keys()):
            yield f"{name}: what you name takes the place of {pinned[name].shown}"
        if absent := sorted(packages.keys() - pinned.keys() - self.beside.names):
            yield f"not in {self.source}, so the newest that goes with it: {', '.join(absent)}"
        if used := [f"{name} ({', '.join(sorted(by))})" for name, by in sorted(self.used.items())]:
            yield f"used where it is there, told by the code that imports it: {', '.join(used)}"
        yield from self._verified(packages)
        yield from (*self.pins.notes, *self.notes)

    def _verified(self, packages: Mapping[str, str]) -> Iterator[str]:
        """Yield which of what is installed has the hash that is given for it."""
        given = self.hashes
        if not (given and packages):
            return
        lines = {name: f"{name}=={version}" for name, version in packages.items()}
        lines |= {
            name: pin.line
            for name, pin in self.pins.by_name.items()
            if pin.url and name in packages
        }
        without = sorted(name for name, line in lines.items() if hashes.key(line) not in given)
        told = f"; none is given for {', '.join(without)}" if without else ""
        yield f"hashes verified: {len(lines) - len(without)} of {len(lines)} packages{told}"


def _them(count: int) -> str:
    return "it" if count == 1 else "them"


def read(
    asked: CheckOptions, folder: Path, python: Interpreter, scratch: Path, env: Mapping[str, str]
) -> Application | Wanted:
    """Return the application that is asked for; just what is wanted where there is none.

    Where the whole application cannot be resolved, what it wants comes back as it stands: the
    measurement then tells why. Raises RegistryUnreachable.
    """
    target = Target(markers=python.markers, groups=asked.groups, extras=asked.extras)
    kinds = {file: _kind(folder / file) for file in asked.files}
    locks = [file for file, kind in kinds.items() if kind.is_exact]
    place = _Place(python.path, scratch, env)
    beside = _requirements(asked, folder, (), place)
    if len(locks) > 1 or (locks and len(kinds) > 1):
        raise BadInput(f"-r {locks[0]} is a lock: give it alone, it pins everything")
    if locks:
        where = folder / locks[0]
        kind = kinds[locks[0]]
        pins = _locked(kind, where, target, python.path, env)
        graph = graphs.of_lock(kind, _text(where), _project_of(kind, where), target)
        return Application(source=where.name, pins=pins, beside=beside, graph=graph)
    if (target.groups or target.extras) and Kind.PYPROJECT not in kinds.values():
        raise BadInput("--group and --extra choose of a pyproject.toml or a lock: name it with -r")
    if not kinds:
        if asked.interpreter is None:
            return beside
        pins = lockfiles.read_installed(python.packages, python.path)
        source = f"the environment of {asked.interpreter}"
        return Application(source=source, pins=pins, beside=beside)
    return _resolved(asked, folder, kinds, target, place)


def _kind(file: Path) -> Kind:
    text = _text(file)
    if other := instead(file, text):
        raise BadInput(f"{file}: {other}")
    return kind_of(file, text)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where something is resolved."""

    python: Path
    scratch: Path
    env: Mapping[str, str]


def _requirements(
    asked: CheckOptions, folder: Path, files: Sequence[Path], place: _Place
) -> Wanted:
    return requirements.read(
        asked.requirements,
        files,
        folder,
        project_name=project_name,
        constraints=asked.constraints,
        named=addresses.namer(place.python, place.scratch, place.env),
    )


def _resolved(
    asked: CheckOptions,
    folder: Path,
    kinds: Mapping[Path, Kind],
    target: Target,
    place: _Place,
) -> Application | Wanted:
    """Resolve requirements as pip would today, all of them: each may limit the others."""
    projects = [file for file, kind in kinds.items() if kind is Kind.PYPROJECT]
    wanted = _requirements(asked, folder, [file for file in kinds if file not in projects], place)
    notes: list[str] = []
    for file in projects:
        declared = pyprojects.read(_text(folder / file), folder / file, target)
        wanted = _with(wanted, declared.lines)
        notes += declared.notes
    cell = Cell(
        id=CellId("application"),
        combination={},
        requirements=wanted.lines,
        adapter="",
        library="",
        resolution=check.resolution(asked, wanted.constraints),
    )
    env = indexes.with_settings(place.env, wanted.settings)
    place.scratch.mkdir(parents=True, exist_ok=True)
    found = resolve.lock(
        cell, place.python, folder=place.scratch, env=env, deadline_seconds=_SECONDS
    )
    if isinstance(found, Unresolvable):
        return wanted
    return Application(
        source=" and ".join(file.name for file in kinds),
        pins=Pins(by_name={pin.name: pin for pin in _pins_of(found.text)}),
        beside=replace(wanted, lines=(), names=frozenset(), constraints=()),
        is_exact=False,
        notes=tuple(notes),
        graph=graphs.of_requirements(
            [_text(folder / file) for file in kinds if file not in projects], wanted.names
        ),
    )


def _with(wanted: Wanted, lines: Sequence[str]) -> Wanted:
    names = {canonicalize_name(Requirement(line).name) for line in lines}
    return replace(wanted, lines=(*wanted.lines, *lines), names=wanted.names | names)


def _pins_of(lock: str) -> Iterator[Pin]:
    for line in lock.splitlines():
        try:
            one = Requirement(line)
        except InvalidRequirement:
            continue  # a folder without a name: nothing under test can need it
        name, url = canonicalize_name(one.name), one.url or ""
        version = str(one.specifier).removeprefix("==")
        yield Pin(name=name, version=version, url=url, is_local=url.startswith("file:"))


def _locked(kind: Kind, where: Path, target: Target, python: Path, env: Mapping[str, str]) -> Pins:
    if kind is not Kind.UV:
        return lockfiles.READERS[kind](_text(where), where, target)
    chosen = [part for name in target.groups for part in ("--group", name)]
    chosen += [part for name in target.extras for part in ("--extra", name)]
    argv = ["export", "--frozen", "--format", "pylock.toml", "--no-emit-project"]
    finished = process.run(
        [*UV, *argv, *QUIET, "--no-header", "--python", python, *chosen],
        cwd=where.parent,
        env=env,
        deadline_seconds=_SECONDS,
    )
    if finished.returncode != 0:
        why, message = resolve.classify(finished.output)
        if why is Why.UNREACHABLE:  # it only asks the index where a lock has no hashes
            raise RegistryUnreachable(message)
        words = " ".join(finished.output.split()).removeprefix("error: ")
        raise BadInput(f"{where} cannot be read by uv: {words[:300] or 'it says nothing'}")
    everything = replace(target, groups=(), extras=())  # uv has chosen
    pins = lockfiles.read_pylock(finished.output, where, everything)
    project = where.parent / Kind.PYPROJECT
    own = project_name(project.parent) if project.exists() else None
    return replace(pins, own=(*pins.own, *([own] if own else [])))


def _project_of(kind: Kind, lock: Path) -> str:
    """Return what the file beside a lock says that it is made of; "" where there is none."""
    file = lock.parent / ("Pipfile" if kind is Kind.PIPENV else Kind.PYPROJECT)
    return _text(file) if file.exists() else ""


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not text") from error


def with_used(application: Application, roots: Collection[str], bay: Bay) -> Application:
    """Return it with the pinned packages that those under test use where they are there."""
    try:
        found = used.by_code(application.first(roots), application.pins.by_name, bay)
    except (Unread, RegistryUnreachable) as error:  # uv may still have all that is needed
        told = f"what is used where it is there is not known: {error}"
        return replace(application, notes=(*application.notes, told))
    return replace(application, used=found)
