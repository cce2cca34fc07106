from __future__ import annotations

import os
import signal


def test_first() -> None:
    pass


def test_second(pattern: str) -> None:
    if pattern == "db-session":
        os.kill(os.getpid(), signal.SIGSEGV)


def test_third() -> None:
    pass
