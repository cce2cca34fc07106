"""The name of what is given by its address alone, as pip takes it: a repository, an archive."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from packaging.requirements import InvalidRequirement, Requirement

from harness import process
from harness.errors import BadInput, RegistryUnreachable
from harness.measure import resolve
from harness.measure.resolve import COMPILE, QUIET, UV, Why

Namer: TypeAlias = Callable[[str], str]
"""Gives the requirement with its name for an address."""

_SECONDS = 300.0
"""It may have to be cloned, and built to know its name."""


def is_address(text: str) -> bool:
    """Tell an address without a name from any other requirement."""
    first = text.split(maxsplit=1)[0] if text.strip() else ""
    return "://" in first and not first.startswith("file:") and "@" not in first.partition(":")[0]


def namer(python: Path, scratch: Path, env: Mapping[str, str]) -> Namer:
    """Return what asks uv for the name; a branch becomes the commit that it is at now.

    It raises BadInput where there is no such repository, reference or project, and
    RegistryUnreachable where it does not answer.
    """

    def named(address: str) -> str:
        scratch.mkdir(parents=True, exist_ok=True)
        source = scratch / "address.in"
        source.write_text(f"{address}\n", encoding="utf-8")
        argv: list[str | Path] = [
            *UV,
            "pip",
            "compile",
            *QUIET,
            *COMPILE,
            "--no-deps",
            "--python",
            python,
            source,
        ]
        finished = process.run(argv, cwd=scratch, env=env, deadline_seconds=_SECONDS)
        if finished.timed_out:
            raise RegistryUnreachable(f"{address} did not answer in {_SECONDS:g} s")
        if finished.returncode != 0:
            why, message = resolve.classify(finished.output)
            unreachable = why is Why.UNREACHABLE
            raise RegistryUnreachable(message) if unreachable else BadInput(message)
        line = finished.output.strip().splitlines()[-1:] or [""]
        try:
            return str(Requirement(line[0]))
        except InvalidRequirement as error:
            raise BadInput(f"what is at {address} has no name: NAME @ {address}") from error

    return named


def unnamed(address: str) -> str:
    """Refuse an address without a name, where nothing can be asked for it."""
    raise BadInput(f"write the name before an address: NAME @ {address}")
