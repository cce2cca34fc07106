"""What stands behind `--` on the command line of `nox` and `nox -s check`, as values."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from harness import drivers, resolutions
from harness.errors import BadInput

LOWEST = "lowest"
STRENGTHS = ("smoke", "2", "3", "full")


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and leaves the exit to the caller."""

    def error(self, message: str) -> NoReturn:
        raise BadInput(f"{message} (see {self.prog} --help)")


@dataclass(frozen=True, kw_only=True, slots=True)
class RunOptions:
    """What to run: how much of the matrix, and which part of it."""

    strength: str
    selection: Mapping[str, tuple[str, ...]]
    jobs: int
    resume: bool = False
    download_python: bool = False
    is_strength_given: bool = False
    others: str = ""
    """Which of the packages that no level names: a day, `its-time`, `lowest`; "" for the newest."""

    @property
    def is_default(self) -> bool:
        """Whether this is the plan whose table is committed."""
        return self.strength == "2" and not self.selection and not self.others


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckOptions:
    """What to check: requirements as the user wrote them, and how to look at them."""

    requirements: tuple[str, ...]
    files: tuple[Path, ...]
    python: str | None
    library: str | None
    patterns: tuple[str, ...]
    scenarios: tuple[str, ...]
    json: Path | None
    database: str = drivers.DEFAULT
    adapter_file: Path | None = None
    constraints: tuple[Path, ...] = ()
    groups: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    search: bool = True
    table: bool = False
    allowed: tuple[str, ...] = ()
    """The named problems that the user accepts, by slug."""
    others: str = ""
    """Which of the packages that nobody names: a day, `lowest`; "" for the newest."""
    download_python: bool = False

    @property
    def interpreter(self) -> Path | None:
        """The interpreter whose environment is checked, where `--python` names a program."""
        named = self.python or ""
        return Path(named).expanduser() if "/" in named or "\\" in named else None


def parse_run(arguments: Sequence[str], axes: Sequence[str], cores: int) -> RunOptions:
    """Return what `nox -- ARGUMENTS` asks for; `axes` can be narrowed, `cores` run at once."""
    parser = _Parser(prog="nox --", description="Measure the matrix, or a part of it.")
    parser.add_argument("--strength", choices=STRENGTHS, help="how the plan covers; default: 2")
    parser.add_argument("--jobs", type=_at_least_one, help="cells at once; default: all cores")
    parser.add_argument(
        "--download-python", action="store_true", help="let uv fetch the Pythons missing here"
    )
    parser.add_argument("--resume", action="store_true", help="keep what a killed run measured")
    _add_others(parser, resolutions.ITS_TIME)
    for axis in axes:
        parser.add_argument(f"--{axis}", action="append", metavar="LEVEL", help=_help(axis))
    found = parser.parse_args(list(arguments))
    chosen = {axis: getattr(found, axis.replace("-", "_")) for axis in axes}
    return RunOptions(
        strength=found.strength or "2",
        is_strength_given=found.strength is not None,
        selection={axis: tuple(levels) for axis, levels in chosen.items() if levels},
        jobs=found.jobs or cores,
        resume=found.resume,
        download_python=found.download_python,
        others=_others(found, resolutions.ITS_TIME),
    )


def _add_others(parser: argparse.ArgumentParser, *words: str) -> None:
    """Add the ways to choose the packages that nobody names."""
    either = parser.add_mutually_exclusive_group()
    told = "the other packages as they were then: 2024-03-01" + "".join(f", {x}" for x in words)
    either.add_argument("--as-of", metavar="DAY", default="", help=told)
    either.add_argument("--lowest", action="store_true", help="... the lowest that are allowed")


def _others(found: argparse.Namespace, *words: str) -> str:
    if found.lowest:
        return LOWEST
    return str(found.as_of) if found.as_of in {"", *words} else resolutions.day(found.as_of)


def _help(axis: str) -> str:
    more = "" if axis in ("python", "database") else "; also a folder, a wheel, git+..., a release"
    return f"only this {axis}{more}"


def parse_check(arguments: Sequence[str]) -> CheckOptions:
    """Return what `nox -s check -- ARGUMENTS` asks for."""
    parser = _Parser(
        prog="nox -s check --",
        description="Test any set of pins. Exit status: 0 it works, 1 it does not or only except"
        " for a problem that no --allow accepts, 2 bad input, 6 not known.",
    )
    parser.add_argument("requirements", nargs="*", metavar="REQUIREMENT", help="what pip takes")
    parser.add_argument("-r", dest="files", action="append", type=Path, default=[], metavar="FILE")
    parser.add_argument("-c", dest="constraints", action="append", type=Path, default=[])
    parser.add_argument("--group", action="append", default=[], help="of pyproject.toml or a lock")
    parser.add_argument("--extra", action="append", default=[], help="of pyproject.toml or a lock")
    parser.add_argument(
        "--python", metavar="3.12", help="or path/to/venv/bin/python: with what is installed there"
    )
    parser.add_argument(
        "--download-python", action="store_true", help="let uv fetch a Python missing here"
    )
    parser.add_argument("--library", help="where two are present; sqlalchemy: none of them")
    parser.add_argument(
        "--adapter-file", type=Path, metavar="FILE", help="teaches a library that is not known here"
    )
    parser.add_argument("--pattern", action="append", default=[], help="only this pattern")
    parser.add_argument(
        "--scenario", action="append", default=[], help="only this check, or this module of checks"
    )
    parser.add_argument("--no-search", action="store_true", help="no search for pins that work")
    parser.add_argument("--table", action="store_true", help="also the verdict on each pattern")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the whole result")
    parser.add_argument(
        "--allow", action="append", default=[], metavar="PROBLEM", help="accept this exception"
    )
    parser.add_argument("--database", choices=drivers.KINDS, default=drivers.DEFAULT)
    _add_others(parser)
    found = parser.parse_args(list(arguments))
    asked = CheckOptions(
        requirements=tuple(found.requirements),
        files=tuple(found.files),
        python=found.python,
        library=found.library,
        patterns=tuple(found.pattern),
        scenarios=tuple(found.scenario),
        json=found.json,
        database=found.database,
        adapter_file=found.adapter_file,
        constraints=tuple(found.constraints),
        groups=tuple(found.group),
        extras=tuple(found.extra),
        search=not found.no_search,
        table=found.table,
        allowed=tuple(dict.fromkeys(found.allow)),
        others=_others(found),
        download_python=found.download_python,
    )
    if not (asked.requirements or asked.files or asked.interpreter):
        raise BadInput("nothing to check: name requirements (flask-admin==2.2.1) or -r FILE")
    return asked


@dataclass(frozen=True, kw_only=True, slots=True)
class RangesOptions:
    """Which two packages to try with each other, beside what, and how."""

    packages: tuple[str, str]
    requirements: tuple[str, ...]
    python: str | None = None
    library: str | None = None
    releases: Mapping[str, tuple[SpecifierSet, ...]] = field(default_factory=dict)
    """By package; one that any of its specifiers allows is asked about."""
    prereleases: bool = False
    patterns: tuple[str, ...] = ()
    scenarios: tuple[str, ...] = ()
    jobs: int = 1
    every: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class SinceOptions:
    """Which pins to try as of today and as of their time, and how."""

    requirements: tuple[str, ...]
    python: str | None = None
    library: str | None = None
    patterns: tuple[str, ...] = ()
    scenarios: tuple[str, ...] = ()
    jobs: int = 1


def parse_ranges(arguments: Sequence[str]) -> RangesOptions:
    """Return what `nox -s ranges -- ARGUMENTS` asks for."""
    parser = _Parser(
        prog="nox -s ranges --",
        description="Find which releases of two packages work together, by running them.",
    )
    parser.add_argument("packages", nargs=2, metavar="PACKAGE", help="a name, without a version")
    parser.add_argument("requirements", nargs="*", metavar="REQUIREMENT", help="beside the two")
    _add_how(parser)
    parser.add_argument(
        "--releases",
        action="append",
        default=[],
        metavar="PACKAGE:SPEC",
        help="only these (flask-admin:>=2, or flask-admin:2.2.1); again: these too",
    )
    parser.add_argument("--pre", action="store_true", help="pre-releases too")
    parser.add_argument("--every", action="store_true", help="run all, infer nothing")
    found = parser.parse_intermixed_args(list(arguments))
    first, second = map(_package, found.packages)
    if first == second:
        raise BadInput(f"{first} twice: name two packages")
    return RangesOptions(
        packages=(first, second),
        requirements=tuple(found.requirements),
        python=found.python,
        library=found.library,
        releases=_releases(found.releases, (first, second)),
        prereleases=found.pre,
        patterns=tuple(found.pattern),
        scenarios=tuple(found.scenario),
        jobs=found.jobs,
        every=found.every,
    )


def parse_since(arguments: Sequence[str]) -> SinceOptions:
    """Return what `nox -s since -- ARGUMENTS` asks for."""
    parser = _Parser(
        prog="nox -s since --",
        description="Try pins with the other packages of today, of their time, and the lowest.",
    )
    parser.add_argument(
        "requirements",
        nargs="*",
        metavar="REQUIREMENT",
        help="flask-admin==1.6.1; default: every release under test",
    )
    _add_how(parser)
    found = parser.parse_intermixed_args(list(arguments))
    return SinceOptions(
        requirements=tuple(found.requirements),
        python=found.python,
        library=found.library,
        patterns=tuple(found.pattern),
        scenarios=tuple(found.scenario),
        jobs=found.jobs,
    )


def parse_companions(arguments: Sequence[str]) -> SinceOptions:
    """Return what `nox -s companions -- ARGUMENTS` asks for."""
    parser = _Parser(
        prog="nox -s companions --",
        description="Run the cells that have a companion pin without it; 1 where one is stale.",
    )
    _add_narrow(parser)
    found = parser.parse_args(list(arguments))
    return SinceOptions(
        requirements=(),
        patterns=tuple(found.pattern),
        scenarios=tuple(found.scenario),
        jobs=found.jobs,
    )


def _add_how(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--python", metavar="3.12", help="default: the one that runs nox")
    parser.add_argument("--library", help="the session library; sqlalchemy: none")
    _add_narrow(parser)


def _add_narrow(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pattern", action="append", default=[], help="only this pattern")
    parser.add_argument("--scenario", action="append", default=[], help="only this scenario")
    parser.add_argument("--jobs", type=_at_least_one, default=1, help="environments at once")


def _package(text: str) -> str:
    try:
        one = Requirement(text)
    except InvalidRequirement as error:
        raise BadInput(f"{text!r} is not the name of a package") from error
    if one.specifier or one.url or one.extras or one.marker:
        raise BadInput(f"{text}: name the package alone, and its releases by --releases")
    return canonicalize_name(one.name)


def _releases(texts: Sequence[str], packages: Sequence[str]) -> dict[str, tuple[SpecifierSet, ...]]:
    found: dict[str, tuple[SpecifierSet, ...]] = {}
    for text in texts:
        name, colon, told = text.partition(":")
        if not colon or canonicalize_name(name.strip()) not in packages:
            raise BadInput(f"--releases {text}: write {packages[0]}:SPEC or {packages[1]}:SPEC")
        told = told.strip()
        try:
            wanted = SpecifierSet(f"=={told}" if told[:1].isdigit() else told)
        except InvalidSpecifier as error:
            raise BadInput(f"--releases {text}: {told!r} is no version specifier") from error
        key = canonicalize_name(name.strip())
        found[key] = (*found.get(key, ()), wanted)
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class TrialOptions:
    """In which cells to put the scenarios on trial, and how often."""

    cells: tuple[str, ...]
    times: int
    jobs: int
    busy: bool
    patterns: tuple[str, ...]
    scenarios: tuple[str, ...]


def parse_trial(command: str, arguments: Sequence[str], *, times: int = 1) -> TrialOptions:
    """Return what `nox -s controls`, `steadiness` or `bench` is asked for."""
    parser = _Parser(prog=f"nox -s {command} --")
    parser.add_argument("cells", nargs="*", metavar="CELL", help="ids, as the report prints them")
    parser.add_argument("--pattern", action="append", default=[], help="only this pattern")
    parser.add_argument("--scenario", action="append", default=[], help="only this scenario")
    if command == "steadiness":
        parser.add_argument("--times", type=_at_least_one, default=times, help="runs")
        parser.add_argument("--jobs", type=_at_least_one, default=1, help="runs at once")
        parser.add_argument("--busy", action="store_true", help="keep all cores busy meanwhile")
    found = parser.parse_args(list(arguments))
    return TrialOptions(
        cells=tuple(found.cells),
        times=getattr(found, "times", times),
        jobs=getattr(found, "jobs", 1),
        busy=getattr(found, "busy", False),
        patterns=tuple(found.pattern),
        scenarios=tuple(found.scenario),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class InquiryOptions:
    """What `nox -s declared`, `floors` or `blame` is asked about, and how to look."""

    names: tuple[str, ...]
    python: str | None
    anew: bool
    json: Path | None


def parse_inquiry(command: str, arguments: Sequence[str], metavar: str) -> InquiryOptions:
    """Return what a question about metadata or blame asks; `metavar` are the names it takes."""
    parser = _Parser(prog=f"nox -s {command} --")
    parser.add_argument("names", nargs="*", metavar=metavar)
    parser.add_argument("--python", metavar="3.12", help="default: 3.12, where it is here")
    parser.add_argument("--anew", action="store_true", help="take nothing that is known of today")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the findings there too")
    found = parser.parse_args(list(arguments))
    return InquiryOptions(
        names=tuple(found.names),
        python=found.python,
        anew=found.anew,
        json=found.json,
    )


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


@dataclass(frozen=True, kw_only=True, slots=True)
class DiscoverOptions:
    """Which packages to ask the index for, and what to do with what it says."""

    packages: tuple[str, ...]
    write: bool = False
    offline: bool = False
    pre_releases: bool = False


def parse_discover(arguments: Sequence[str], packages: Sequence[str]) -> DiscoverOptions:
    """Return what `nox -s discover -- ARGUMENTS` asks for; all `packages` where none is named."""
    parser = _Parser(
        prog="nox -s discover --",
        description="Ask the index what was released, and which levels that makes.",
    )
    parser.add_argument("packages", nargs="*", metavar="PACKAGE", help="default: all of the matrix")
    parser.add_argument("--write", action="store_true", help="add the levels to matrix.toml")
    parser.add_argument("--offline", action="store_true", help="ask nobody, change nothing")
    parser.add_argument("--pre", action="store_true", help="also what announces a release")
    found = parser.parse_args(list(arguments))
    asked = tuple(dict.fromkeys(canonicalize_name(name) for name in found.packages))
    for name in asked:
        if name not in packages:
            raise BadInput(f"{name} is no package of the matrix; it has {', '.join(packages)}")
    return DiscoverOptions(
        packages=asked or tuple(packages),
        write=found.write,
        offline=found.offline,
        pre_releases=found.pre,
    )
