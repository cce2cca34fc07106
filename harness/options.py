"""What stands behind `--` on the command line of `nox` and `nox -s check`, as values."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from harness import drivers
from harness.errors import BadInput

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

    @property
    def is_default(self) -> bool:
        """Whether this is the plan whose table is committed."""
        return self.strength == "2" and not self.selection


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


def parse_run(arguments: Sequence[str], axes: Sequence[str], cores: int) -> RunOptions:
    """Return what `nox -- ARGUMENTS` asks for; `axes` can be narrowed, `cores` run at once."""
    parser = _Parser(prog="nox --", description="Measure the matrix, or a part of it.")
    parser.add_argument("--strength", choices=STRENGTHS, default="2", help="how the plan covers")
    parser.add_argument("--jobs", type=_at_least_one, help="cells at once; default: all cores")
    parser.add_argument(
        "--download-python", action="store_true", help="let uv fetch the Pythons missing here"
    )
    parser.add_argument("--resume", action="store_true", help="keep what a killed run measured")
    for axis in axes:
        parser.add_argument(f"--{axis}", action="append", metavar="LEVEL", help=f"only this {axis}")
    found = parser.parse_args(list(arguments))
    chosen = {axis: getattr(found, axis.replace("-", "_")) for axis in axes}
    return RunOptions(
        strength=found.strength,
        selection={axis: tuple(levels) for axis, levels in chosen.items() if levels},
        jobs=found.jobs or cores,
        resume=found.resume,
        download_python=found.download_python,
    )


def parse_check(arguments: Sequence[str]) -> CheckOptions:
    """Return what `nox -s check -- ARGUMENTS` asks for."""
    parser = _Parser(
        prog="nox -s check --",
        description="Test any set of pins. Exit status: 0 a pattern works, 1 none, 2 bad input.",
    )
    parser.add_argument("requirements", nargs="*", metavar="REQUIREMENT", help="what pip takes")
    parser.add_argument("-r", dest="files", action="append", type=Path, default=[], metavar="FILE")
    parser.add_argument("--python", metavar="3.12", help="default: the one that runs nox")
    parser.add_argument("--library", help="where two are present; sqlalchemy: none of them")
    parser.add_argument(
        "--adapter-file", type=Path, metavar="FILE", help="teaches a library that is not known here"
    )
    parser.add_argument("--pattern", action="append", default=[], help="only this pattern")
    parser.add_argument("--scenario", action="append", default=[], help="only this scenario")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the whole result")
    parser.add_argument("--database", choices=drivers.KINDS, default=drivers.DEFAULT)
    found = parser.parse_args(list(arguments))
    if not found.requirements and not found.files:
        raise BadInput("nothing to check: name requirements (flask-admin==2.2.1) or -r FILE")
    return CheckOptions(
        requirements=tuple(found.requirements),
        files=tuple(found.files),
        python=found.python,
        library=found.library,
        patterns=tuple(found.pattern),
        scenarios=tuple(found.scenario),
        json=found.json,
        database=found.database,
        adapter_file=found.adapter_file,
    )


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
