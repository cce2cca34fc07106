from __future__ import annotations

import os


def test_first() -> None:
    pass


def test_second(pattern: str) -> None:
    if pattern == "db":
        os._exit(0)


def test_third() -> None:
    pass
