from __future__ import annotations


def test_first(pattern: str) -> None:
    assert pattern != "db", "the session is shared"


def test_second() -> None:
    pass
