from __future__ import annotations

import ctypes


def test_first(pattern: str) -> None:
    if pattern == "db":
        ctypes.PyDLL(None).sleep(600)


def test_second() -> None:
    pass
