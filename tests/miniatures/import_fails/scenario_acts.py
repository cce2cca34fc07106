from __future__ import annotations


def test_first() -> None:
    raise AssertionError
