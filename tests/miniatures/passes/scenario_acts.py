from __future__ import annotations


def test_first(record_property: object) -> None:
    assert callable(record_property)
    record_property("sessions", 2)


def test_second() -> None:
    pass
