"""What all sessions tell a person, and how: the only module that prints and reads the clock."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from harness.errors import HarnessError


def guarded(action: Callable[[], int]) -> int:
    """Do it, and turn the ways to fail into one line on standard error and an exit status."""
    try:
        return action()
    except HarnessError as error:
        say(f"{error.kind}: {' '.join(str(error).split())}", sys.stderr)
        return error.status
    except KeyboardInterrupt:
        say("interrupted: what was measured is kept, `nox -- --resume` goes on", sys.stderr)
        return 130


def say(text: str, stream: Any = None) -> None:  # noqa: ANN401 - any text stream
    """Print a line at once, so that a pipe sees it when it happens."""
    print(text, file=stream or sys.stdout, flush=True)


def aside(text: str) -> None:
    """Print a line where it does not mix with what is asked for: on standard error."""
    say(text, sys.stderr)


def now() -> str:
    """Return the time as the reports hold it, in UTC."""
    return datetime.now(tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def cores() -> int:
    """Return how many processes this machine runs at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def width() -> int:
    """Return how wide the terminal is, in columns."""
    return shutil.get_terminal_size((110, 40)).columns
