"""A table with a column of every type that Flask-Admin maps and every database has."""

from __future__ import annotations

import datetime as dt
import enum
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Enum,
    Float,
    Integer,
    Numeric,
    String,
    Text,
    Time,
    Unicode,
)


class Colour(enum.Enum):
    """Names and values differ, so that a page shows which one it took."""

    red = "#f00"
    blue = "#00f"


def define(base: Any) -> SimpleNamespace:
    """Return `Thing`, in the classic form that every release reads."""

    class Thing(base):
        __tablename__ = "thing"
        id = Column(Integer, primary_key=True)
        name = Column(String(40))
        title = Column(Unicode(40))
        note = Column(Text)
        number = Column(Integer)
        ratio = Column(Float)
        price = Column(Numeric(10, 2))
        active = Column(Boolean)
        born = Column(Date)
        wakes = Column(Time)
        seen = Column(DateTime)
        colour = Column(Enum(Colour))
        size = Column(Enum("small", "large", name="thing_size"))
        extra = Column(JSON)

    return SimpleNamespace(Thing=Thing)


def first() -> dict[str, Any]:
    """Return a row with a value in every column."""
    return {
        "name": "lamp",
        "title": "Lämp <b>",
        "note": "two\nlines",
        "number": 7,
        "ratio": 1.5,
        "price": Decimal("12.50"),
        "active": True,
        "born": dt.date(2001, 2, 3),
        "wakes": dt.time(7, 30, 15),
        "seen": dt.datetime(2026, 1, 2, 3, 4, 5),  # noqa: DTZ001 - the column has no zone
        "colour": Colour.red,
        "size": "small",
        "extra": {"a": [1, 2]},
    }


def second() -> dict[str, Any]:
    """Return a row that differs from the first in every column."""
    return {
        "name": "desk",
        "title": "Desk",
        "note": "one line",
        "number": -3,
        "ratio": 0.25,
        "price": Decimal("0.05"),
        "active": False,
        "born": dt.date(1815, 12, 10),
        "wakes": dt.time(23, 59, 59),
        "seen": dt.datetime(1999, 12, 31, 23, 59, 58),  # noqa: DTZ001
        "colour": Colour.blue,
        "size": "large",
        "extra": ["x", None],
    }


SHOWN = {
    "name": "lamp",
    "title": "Lämp <b>",
    "note": "two lines",
    "number": "7",
    "ratio": "1.5",
    "price": "12.50",
    "born": "2001-02-03",
    "wakes": "07:30:15",
    "seen": "2026-01-02 03:04:05",
    "colour": "red",
    "size": "small",
}
"""What the list shows of the first row, white space folded."""
