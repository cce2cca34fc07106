"""Run the controls and the scenarios of one cell in an interpreter that is there already."""

from __future__ import annotations

import json
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness import drivers, record, store
from harness.measure import ending, webservers
from harness.measure.ending import Exit
from harness.measure.named import named
from harness.measure.resolve import Lock
from harness.measure.setting import Setting
from harness.model import (
    Cell,
    CellResult,
    Ending,
    Environment,
    EnvironmentStatus,
    Observation,
    Outcome,
)
from harness.process import Finished
from harness.record import Pair, Record

RESTARTS = 5
"""How often pytest is started again after a scenario took it down."""

_HANG_TEXT = 6000


@dataclass(frozen=True, kw_only=True, slots=True)
class _Run:
    """One run of pytest: how it ended, what was settled before it, the records that it wrote."""

    end: Exit
    settled: int
    records: Mapping[str, tuple[Record, str]]


def observed(setting: Setting, locked: Lock | None, add_tools: Callable[[], str]) -> CellResult:
    """Run the controls, then the scenarios.

    `add_tools` comes between the two: it returns why the scenarios cannot run, or "".
    """
    written, end = _controls(setting)
    header = written.header
    differs = _difference(setting.cell, written, locked)
    ready = EnvironmentStatus.MIS_RESOLVED if differs else EnvironmentStatus.READY
    result = CellResult(
        cell=setting.cell,
        environment=Environment(
            status=ready, packages=header.packages if header else {}, message=differs
        ),
        ending=Ending.NOT_RUN,
        message=differs,
        controls=written.controls,
    )
    if differs:
        return result
    stopped = ending.of_controls(written, end)
    if stopped:
        return replace(result, ending=stopped[0], message=stopped[1])
    trouble = add_tools()
    if trouble:
        return replace(result, message=trouble)
    became, message, observations = _scenarios(setting)
    return replace(result, ending=became, message=message, observations=observations)


def _difference(cell: Cell, written: Record, locked: Lock | None) -> str:
    """Return how the environment differs from what was asked for, or ""."""
    if written.header is None or locked is None:
        return ""
    return ending.mis_resolved(
        cell, written.header, locked.packages, is_whole=not locked.from_source
    )


def _controls(setting: Setting) -> tuple[Record, Exit]:
    """Run the controls; return their record and how their process ended."""
    file = setting.folder / "record.jsonl"
    probe = setting.scenarios.name + "/probe.py"
    deadline = setting.deadlines.controls
    argv: list[str | Path] = [probe, "--adapter", setting.adapter, "--record", file]
    argv += [word for name in named(setting.cell) for word in ("--named", name)]
    finished = setting.run(argv, deadline, "controls.log")
    return record.parse(_text(file)), _exit(finished, deadline)


def _scenarios(setting: Setting) -> tuple[Ending, str, tuple[Observation, ...]]:
    """Run the scenarios, again where one took pytest down, until each has had its turn."""
    end_at = time.monotonic() + setting.deadlines.scenarios
    runs: list[_Run] = []
    observations: tuple[Observation, ...] = ()
    with _scratch() as scratch:
        while _is_worth_a_run(runs, observations):
            argv = _pytest(setting, Path(scratch) / str(len(runs)), _settled(observations))
            url = {drivers.URL: setting.server.url} if setting.server else {}
            finished = setting.run(argv, max(end_at - time.monotonic(), 0.1), "pytest.log", url)
            end = _exit(finished, setting.deadlines.scenarios)
            runs.append(
                _Run(
                    end=end,
                    settled=len(_settled(observations)),
                    records=_records(setting, end, runs),
                )
            )
            observations = record.merge(_all(runs).values(), setting.expected)
    every, latest = (
        [one for one, _ in records.values()] for records in (_all(runs), runs[-1].records)
    )
    became, message = ending.of_scenarios(observations, every, latest, runs[-1].end)
    return became, message, record.with_reason(observations, message or "it was not collected")


def _is_worth_a_run(runs: Sequence[_Run], observations: Sequence[Observation]) -> bool:
    """Tell whether something is left that another run of pytest may get to."""
    if not runs:
        return True
    settled = len(_settled(observations))
    moved = settled > runs[-1].settled
    return (
        moved
        and settled < len(observations)
        and not runs[-1].end.timed_out
        and len(runs) <= RESTARTS
    )


def _all(runs: Iterable[_Run]) -> dict[str, tuple[Record, str]]:
    return {name: one for run in runs for name, one in run.records.items()}


def _settled(observations: Iterable[Observation]) -> list[Pair]:
    """Return the pairs that need no further run."""
    return [(o.scenario, o.pattern) for o in observations if o.outcome is not Outcome.NOT_RUN]


def _scratch() -> tempfile.TemporaryDirectory[str]:
    """Return a folder for databases, in memory where there is one: no commit waits for a disk."""
    memory = Path("/dev/shm")  # noqa: S108 - the folder in it is a fresh one of our own
    return tempfile.TemporaryDirectory(
        prefix="matrix-",
        dir=memory if os.access(memory, os.W_OK) else None,
        ignore_cleanup_errors=True,
    )


def _pytest(setting: Setting, scratch: Path, settled: Iterable[Pair]) -> list[str | Path]:
    """Return how pytest runs what has not had its turn."""
    name = setting.scenarios.name
    skipped = setting.folder / "skip.json"
    store.write_text(skipped, json.dumps([list(pair) for pair in settled]))
    argv: list[str | Path] = ["-m", "pytest", "-c", f"{name}/pytest.ini", "--rootdir", setting.root]
    # pytest's own tracebacks cost more than the scenarios that fail; the record holds ours.
    argv += [name, "-q", "--tb=no", "-rN", "--color=no", "--basetemp", scratch]
    argv += ["--adapter", setting.adapter, "--record-dir", setting.folder]
    argv += ["--deadline", f"{setting.deadlines.scenario:g}", "--skip-file", skipped]
    argv += ["-n", str(setting.workers)] if setting.workers > 1 else []
    for pattern in setting.selection.patterns:
        argv += ["--pattern", pattern]
    for scenario in setting.selection.scenarios:
        argv += ["--scenario", scenario]
    if setting.selection.seed is not None:
        argv += ["--shuffle", str(setting.selection.seed)]
        argv += ["--share", str(setting.selection.share)]
    servers = webservers.file_of(setting.venv)
    argv += ["--web-servers", servers] if servers.exists() else []
    argv += ["--any-pattern"] if setting.selection.any_pattern else []
    return argv


def _records(setting: Setting, end: Exit, runs: Iterable[_Run]) -> dict[str, tuple[Record, str]]:
    """Return the new records by name, each with the stacks at the deadline it fell to, or ""."""
    known = _all(runs)
    found = sorted(setting.folder.glob("record-*.jsonl"))
    names = [path.stem.removeprefix("record-") for path in found]
    stopped = f"stopped after {end.deadline_seconds:g} s" if end.timed_out else ""
    return {
        name: (record.parse(_text(path)), _stacks(setting, name) or stopped)
        for name, path in zip(names, found, strict=True)
        if name not in known
    }


def _stacks(setting: Setting, name: str) -> str:
    """Return where the threads of a process were at its deadline, without this machine's names."""
    text = _text(setting.folder / f"hang-{name}.txt")[-_HANG_TEXT:]
    for folder in (setting.root, setting.venv):
        text = text.replace(f"{folder}{os.sep}", "")
    return re.sub(r"0x[0-9a-f]+", "0x...", text)


def _text(path: Path) -> str:
    """Return what a process of the cell wrote, whatever it is; "" where it wrote nothing."""
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""


def _exit(finished: Finished, deadline_seconds: float) -> Exit:
    words = [line for line in finished.output[-4000:].splitlines() if line.strip()][-1:]
    return Exit(
        returncode=finished.returncode,
        timed_out=finished.timed_out,
        deadline_seconds=deadline_seconds,
        last_words="".join(words).strip()[:200],
    )
