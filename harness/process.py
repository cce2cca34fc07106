"""The one door to subprocess: run a program with a deadline, and leave none of its children."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

#: What a shell gives for a program that cannot be started.
CANNOT_START = 127

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_USUAL = (signal.SIG_DFL, signal.default_int_handler)

_GRACE = 2.0
"""Seconds between asking the group to end and ending it."""

_KEPT = 200_000_000
"""Bytes of the output that are handed back: its end. The committed table has some sixty million."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finished:
    """A program that has ended; `returncode` is negative where a signal ended it."""

    returncode: int
    output: str
    timed_out: bool = False
    seconds: float = 0.0
    cpu_seconds: float = 0.0


def run(
    argv: Sequence[str | Path],
    *,
    cwd: Path,
    env: Mapping[str, str],
    deadline_seconds: float,
    log: Path | None = None,
) -> Finished:
    """Run a program to its end, or to its deadline, and return what came of it.

    The output (both streams) goes straight to the end of `log` while it happens. The program gets
    a process group of its own, of which nothing is left when this returns or raises.
    """
    with ExitStack() as stack:
        output: IO[bytes] = stack.enter_context(_output_file(log))
        start = output.seek(0, os.SEEK_END)
        pending = stack.enter_context(_signals_held_back())
        started = time.perf_counter()
        try:
            child = subprocess.Popen(  # noqa: S603 - the harness chooses what it runs
                [str(word) for word in argv],
                cwd=cwd,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            return Finished(returncode=CANNOT_START, output=f"{argv[0]}: {error.strerror}")
        timed_out, cpu_seconds = _wait(child, deadline_seconds, pending)
        return Finished(
            returncode=child.returncode,
            output=_end_of(output, start),
            timed_out=timed_out,
            seconds=time.perf_counter() - started,
            cpu_seconds=cpu_seconds,
        )


def _output_file(log: Path | None) -> IO[bytes]:
    return tempfile.TemporaryFile() if log is None else log.open("ab+")


def _wait(
    child: subprocess.Popen[bytes], deadline_seconds: float, pending: Sequence[int]
) -> tuple[bool, float]:
    """Wait for the child, ending its group; return whether it was late, and its CPU seconds."""
    try:
        cpu_seconds = _reap(child, deadline_seconds, pending)
        timed_out = cpu_seconds is None
        if cpu_seconds is None:
            _signal_group(child, signal.SIGTERM)
            cpu_seconds = _reap(child, _GRACE, pending)
    except BaseException:
        _end_group(child)
        raise
    ended = _end_group(child)
    return timed_out, cpu_seconds if cpu_seconds is not None else ended


def _end_group(child: subprocess.Popen[bytes]) -> float:
    """Kill whatever is left of the child's group; return the CPU seconds of the child itself."""
    _signal_group(child, signal.SIGKILL)
    cpu_seconds = 0.0
    while child.returncode is None:
        cpu_seconds = _reap(child, _GRACE) or 0.0
    return cpu_seconds


def _reap(
    child: subprocess.Popen[bytes], seconds: float, pending: Sequence[int] = ()
) -> float | None:
    """Wait at most so long; return the CPU seconds of the child and its own, or None if it runs.

    Raises what a signal asks for as soon as one is `pending`.
    """
    end = time.monotonic() + seconds
    pause = 0.001
    while True:
        pid, status, usage = os.wait4(child.pid, os.WNOHANG)
        if pid:
            child.returncode = os.waitstatus_to_exitcode(status)
            return usage.ru_utime + usage.ru_stime
        if pending:
            raise _interrupt(pending[0])
        left = end - time.monotonic()
        if left <= 0:
            return None
        time.sleep(min(pause, left))
        pause = min(pause * 1.5, 0.025)


def _signal_group(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    # PermissionError is what macOS says of a group that has only zombies left.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, number)


def _end_of(output: IO[bytes], start: int) -> str:
    size = output.seek(0, os.SEEK_END)
    output.seek(max(start, size - _KEPT))
    return output.read().decode("utf-8", "replace")


@contextmanager
def _signals_held_back() -> Iterator[list[int]]:
    """Collect the signals that would end this process, and raise for them when the child has ended.

    The child's group is in nobody else's hands. A signal that raised in the middle of starting the
    child would leave it running.
    """
    pending: list[int] = []
    ours = threading.current_thread() is threading.main_thread()
    usual = {n: h for n in _ENDING if ours and (h := signal.getsignal(n)) in _USUAL}
    for number in usual:
        signal.signal(number, lambda number, _frame: pending.append(number))
    try:
        yield pending
    finally:
        for number, handler in usual.items():
            signal.signal(number, handler)
    if pending:
        raise _interrupt(pending[0])


def _interrupt(number: int) -> BaseException:
    return KeyboardInterrupt() if number == signal.SIGINT else SystemExit(128 + number)
