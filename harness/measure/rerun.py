"""Run many short scripts in one environment, one after the other, at the price of a fork each."""

from __future__ import annotations

import json
import os
import socket
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from harness import process
from harness.errors import HarnessError
from harness.measure import resolve
from harness.process import Finished
from harness.releases import indexes

_START = 180.0
"""Seconds for the packages to be installed and imported."""
_INSIDE = Path(__file__).with_name("forking.py")


class CannotRun(HarnessError):
    """The environment of a script cannot be made here."""

    status = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Ran:
    """What a script came to: its exit status, what it said, what happened inside."""

    status: int
    output: str
    lines: frozenset[int]
    raised: frozenset[str]
    """The types of the errors that its applications answered with a 500."""


class Rerun:
    """An environment that is ready."""

    def __init__(self, lines: IO[str], folder: Path) -> None:
        self._lines = lines
        self._folder = folder

    def run(self, text: str, seconds: int, *, trace: bool = False) -> Ran:
        """Run a script to its end or its deadline; with `trace`, note the lines it comes to."""
        file, into = self._folder / "script.py", self._folder / "seen.json"
        file.write_text(text, encoding="utf-8")
        into.unlink(missing_ok=True)
        asked = {"file": str(file), "seconds": seconds, "trace": trace, "into": str(into)}
        try:
            self._lines.write(json.dumps(asked) + "\n")
            self._lines.flush()
            told = json.loads(self._lines.readline())
        except (OSError, ValueError) as gone:
            raise CannotRun("the process that runs the scripts has ended") from gone
        seen = json.loads(into.read_text(encoding="utf-8")) if into.exists() else {}
        return Ran(
            status=os.waitstatus_to_exitcode(told["status"]),
            output=told["output"],
            lines=frozenset(seen.get("lines", ())),
            raised=frozenset(seen.get("raised", ())),
        )


@contextmanager
def environment(head: str, python: Path, modules: Sequence[str], seconds: float) -> Iterator[Rerun]:
    """Give the environment that inline metadata asks for, its modules imported."""
    with (
        tempfile.TemporaryDirectory(prefix="matrix-") as name,
        socket.socket(socket.AF_UNIX) as door,
    ):
        folder = Path(name)
        address = folder / "door"
        door.bind(str(address))
        door.listen(1)
        door.settimeout(0.2)
        inside = folder / "forking.py"
        inside.write_text(f"{head}\n{_INSIDE.read_text(encoding='utf-8')}", encoding="utf-8")
        ended: list[Finished] = []

        def run() -> None:
            argv: list[str | Path] = [
                *resolve.UV,
                "run",
                "--no-project",
                "--quiet",
                "--python",
                python,
                inside,
            ]
            ended.append(
                process.run(
                    [*argv, address, *modules],
                    cwd=folder,
                    env={**indexes.for_uv(os.environ), "TMPDIR": _scratch(name)},
                    deadline_seconds=_START + seconds,
                )
            )

        thread = threading.Thread(target=run)
        thread.start()
        try:
            with _accepted(door, ended) as there, there.makefile("rw", encoding="utf-8") as lines:
                yield Rerun(lines, folder)
        finally:
            door.close()
            thread.join()


def _scratch(otherwise: str) -> str:
    """Return a folder in memory where there is one: no commit waits for a disk."""
    memory = "/dev/shm"  # noqa: S108 - scripts make fresh folders of their own in it
    return memory if os.access(memory, os.W_OK) else otherwise


def _accepted(door: socket.socket, ended: Sequence[Finished]) -> socket.socket:
    while not ended:
        try:
            there, _ = door.accept()
        except TimeoutError:
            continue
        there.settimeout(None)
        return there
    words = ended[0].output.strip().splitlines()[-1:]
    raise CannotRun(f"the packages cannot be installed here: {''.join(words)}")
