"""Measure the cells of a plan, each in a nox session of its own, and gather what came of them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from harness import store
from harness.model import (
    Cell,
    CellId,
    CellResult,
    Ending,
    Environment,
    EnvironmentStatus,
)

_DONE = re.compile(r"^=+ \S+ matrix\((?P<id>[^()]+)\): (?P<status>\w+)")
_ENDED = re.compile(r"^nox > Session matrix\((?P<id>[^()]+)\) ")
_TOLD = re.compile(r"^error: (?P<message>.+)$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """One cell's session has ended; `lines` is what the session printed."""

    cell: CellId
    lines: tuple[str, ...]


def sessions(cells: Sequence[Cell], *, root: Path, jobs: int, download: bool) -> Iterator[Ended]:
    """Run one nox session for each cell, `jobs` at a time; yield each as it ends.

    nox runs in a process group of its own and is ended with everything that it started when the
    caller stops early.
    """
    if not cells:
        return
    argv = [sys.executable, "-m", "nox", "--noxfile", str(root / "noxfile.py")]
    parallel = jobs > 1 and len(cells) > 1
    argv += ["--parallel", str(min(jobs, len(cells)))] if parallel else []
    argv += ["--download-python", "auto"] if download else []
    argv += ["--session", *(f"matrix({cell.id})" for cell in cells)]
    environment = {**os.environ, "MATRIX_ONE_OF_MANY": "1", "NO_COLOR": "1"}
    environment.pop("FORCE_COLOR", None)
    with subprocess.Popen(  # noqa: S603 - nox, on our own noxfile
        argv,
        cwd=root,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as child:
        try:
            split = ended if parallel else ended_in_turn
            yield from split(child.stdout or (), cells)
        finally:
            _stop(child)


def ended(lines: Iterable[str], cells: Sequence[Cell]) -> Iterator[Ended]:
    """Split nox's output into its sessions: a heading, then what the session had printed."""
    known = {cell.id for cell in cells}
    current: CellId | None = None
    told: list[str] = []
    for line in lines:
        heading = _DONE.match(line)
        if heading and CellId(heading["id"]) in known:
            if current is not None:
                yield Ended(cell=current, lines=tuple(told))
            current, told = CellId(heading["id"]), []
        else:
            told.append(line.rstrip())
    if current is not None:
        yield Ended(cell=current, lines=tuple(told))


def ended_in_turn(lines: Iterable[str], cells: Sequence[Cell]) -> Iterator[Ended]:
    """Split the output of a nox that runs one session after the other: each ends with a line."""
    known = {cell.id for cell in cells}
    told: list[str] = []
    for line in lines:
        end = _ENDED.match(line)
        if end and CellId(end["id"]) in known:
            yield Ended(cell=CellId(end["id"]), lines=tuple(told))
            told = []
        else:
            told.append(line.rstrip())


def _stop(child: subprocess.Popen[str]) -> None:
    """End nox as Ctrl-C does: on an interrupt it ends its sessions, which are in other groups."""
    for number, seconds in ((signal.SIGINT, 10), (signal.SIGTERM, 5), (signal.SIGKILL, None)):
        if child.poll() is not None:
            return
        with suppress(ProcessLookupError):
            child.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            child.wait(seconds)


def gather(
    cells: Iterable[Cell], *, reports: Path, reasons: Mapping[CellId, str]
) -> tuple[CellResult, ...]:
    """Return a result for every cell, also for one that has left none, with the reason."""
    return tuple(_result(cell, reports, reasons) for cell in cells)


def _result(cell: Cell, reports: Path, reasons: Mapping[CellId, str]) -> CellResult:
    stored = store.read_result(store.cell_folder(reports, cell.id), cell.id)
    if stored.result is not None and stored.result.cell == cell:
        return stored.result
    reason = reasons.get(cell.id) or stored.reason or "it was not run"
    return CellResult(
        cell=cell,
        environment=Environment(status=EnvironmentStatus.UNKNOWN, message=reason),
        ending=Ending.NOT_RUN,
        message=reason,
    )


def why_no_result(lines: Sequence[str]) -> str:
    """Return the one line that a session said before it failed, or its last words."""
    text = "\n".join(lines)
    found = _TOLD.findall(text)
    return found[-1] if found else next((line for line in reversed(lines) if line.strip()), "")


def progress(done: int, planned: int, started: float, now: float) -> str:
    """Return how far the run is, in cells, and about how long it will still take, in seconds."""
    left = (now - started) / done * (planned - done) if done else 0.0
    about = f"about {left:.0f} s left" if done < planned else f"{now - started:.0f} s in all"
    return f"[{done:>{len(str(planned))}}/{planned}] {about}"
