"""Types of columns: how each is made, two values of it, and what pages show of them."""

from __future__ import annotations

import datetime as dt
import enum
import json
import uuid
from dataclasses import dataclass
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, Callable

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

from .things import Colour


class Tone(str, enum.Enum):
    """An enum whose members are texts."""

    warm = "a warm tone"
    cold = "a cold tone"


class Level(enum.IntEnum):
    """An enum whose members are numbers, one of which is false."""

    low = 0
    high = 1


class Lower(TypeDecorator):  # type: ignore[type-arg] # not generic in every release
    """Texts that are stored in small letters."""

    impl = sa.String
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> Any:
        return value.lower() if value else value


class Stamp(TypeDecorator):  # type: ignore[type-arg]
    """Dates and times of the application's own."""

    impl = sa.DateTime
    cache_ok = True


class Document(TypeDecorator):  # type: ignore[type-arg]
    """JSON of the application's own."""

    impl = sa.JSON
    cache_ok = True


@dataclass(frozen=True)
class Kind:
    """One type of column, with the values of two rows and what a page shows of them."""

    make: Callable[[], Any]
    first: Any
    second: Any
    shown: str = ""
    """What pages show of the first value, where that is not its text."""
    is_listed: bool = True
    """Whether there is a field for it in the list itself."""
    is_variant: bool = False
    """Whether it stands for another type: found by `equals` only, and ordered upwards only."""
    is_misled: bool = False
    """Whether its filters are asked for what they cannot find: one type of each kind is enough."""
    choices: tuple[str, ...] = ()
    """The labels by which a page offers the two values, where they are chosen."""

    def shown_as(self, text: str) -> bool:
        """Tell whether a text is what a page shows of the first value, white space folded."""
        if isinstance(self.first, dict):  # how JSON is laid out is the page's own affair
            return json.dumps(self.first["a"]).replace(" ", "") in text.replace(" ", "")
        return text == (self.shown or str(self.first))

    def written(self, value: Any) -> str:
        """Return what is written into a field for a value."""
        return json.dumps(value) if isinstance(value, (dict, list)) else str(value)


def _values(members: Any) -> list[str]:
    return [one.value for one in members]


def _of(name: str, *given: Any) -> Callable[[], Any]:
    """Return what makes a type of this name; there may be none in the release at hand."""
    return lambda: getattr(sa, name)(*given)


_STAMPS = (dt.datetime(2026, 1, 2, 3, 4, 5), dt.datetime(1999, 12, 31, 23, 59, 58))  # noqa: DTZ001 - no zone
_TEXTS = ("Lämp <b>", "Desk")
_NOTES: tuple[Any, ...] = ({"a": [1, 2]}, ["x", None])
_IDS = (uuid.UUID(int=0x1234), uuid.UUID(int=0x9876))
_RED = ("red", "blue")

KINDS: dict[str, Kind] = {
    "String": Kind(_of("String", 40), *_TEXTS, is_misled=True),
    "Unicode": Kind(_of("Unicode", 40), *_TEXTS, is_variant=True),
    "CHAR": Kind(_of("CHAR", 3), "abc", "xyz", is_variant=True),
    "VARCHAR": Kind(_of("VARCHAR", 40), *_TEXTS, is_variant=True),
    "Text": Kind(_of("Text"), "two\nlines", "one line", "two lines"),
    "UnicodeText": Kind(_of("UnicodeText"), *_TEXTS, is_variant=True),
    "Integer": Kind(_of("Integer"), 7, -3, is_misled=True),
    "SmallInteger": Kind(_of("SmallInteger"), 12, 0, is_variant=True),
    "BigInteger": Kind(_of("BigInteger"), 2**53 + 1, 5),
    "Float": Kind(_of("Float"), 1.5, 0.25),
    "Double": Kind(_of("Double"), 1.5, 0.25, is_variant=True),
    "REAL": Kind(_of("REAL"), 1.5, 0.25, is_variant=True),
    "Numeric": Kind(_of("Numeric", 10, 2), Decimal("12.50"), Decimal("0.05"), is_misled=True),
    "DECIMAL": Kind(_of("DECIMAL", 10, 2), Decimal("12.50"), Decimal("0.05"), is_variant=True),
    "Boolean": Kind(_of("Boolean"), first=True, second=False, choices=("Yes", "No")),
    "Date": Kind(_of("Date"), dt.date(2001, 2, 3), dt.date(1815, 12, 10), is_misled=True),
    "Time": Kind(_of("Time"), dt.time(7, 30, 15), dt.time(23, 59, 59), is_misled=True),
    "DateTime": Kind(_of("DateTime"), *_STAMPS, is_misled=True),
    "TIMESTAMP": Kind(_of("TIMESTAMP"), *_STAMPS, is_variant=True),
    "Enum": Kind(_of("Enum", Colour), Colour.red, Colour.blue, "red", choices=_RED, is_misled=True),
    "Enum of texts": Kind(
        lambda: sa.Enum("small", "large", name="sizes"),
        "small",
        "large",
        choices=("small", "large"),
        is_misled=True,
    ),
    "Enum of str members": Kind(
        lambda: sa.Enum(Tone, native_enum=False),
        Tone.warm,
        Tone.cold,
        "warm",
        choices=("warm", "cold"),
    ),
    "Enum of int members": Kind(
        lambda: sa.Enum(Level, native_enum=False),
        Level.low,
        Level.high,
        "low",
        choices=("low", "high"),
    ),
    "Enum stored by its values": Kind(
        lambda: sa.Enum(Colour, values_callable=_values, name="colour_values"),
        Colour.red,
        Colour.blue,
        "red",
        choices=("#f00", "#00f"),
    ),
    "JSON": Kind(_of("JSON"), *_NOTES, is_listed=False),
    "Interval": Kind(
        _of("Interval"), dt.timedelta(hours=7, minutes=30), dt.timedelta(hours=1), is_listed=False
    ),
    "Uuid": Kind(_of("Uuid"), *_IDS, is_listed=False),
    "TypeDecorator over String": Kind(lambda: Lower(40), "lamp", "desk"),
    "TypeDecorator over DateTime": Kind(Stamp, *_STAMPS),
    "TypeDecorator over JSON": Kind(Document, *_NOTES, is_listed=False),
}


def column_of(kind: str) -> str:
    """Return the name of the column of a type."""
    return "a_" + kind.lower().replace(" ", "_")


def there() -> dict[str, Kind]:
    """Return the types that the SQLAlchemy at hand has."""
    found = {}
    for name, kind in KINDS.items():
        try:
            kind.make()
        except AttributeError:
            continue
        found[name] = kind
    return found


def define(base: Any) -> SimpleNamespace:
    """Return `Sample`, a table with a column of every type."""
    columns = {column_of(name): sa.Column(kind.make()) for name, kind in there().items()}
    named = {"__tablename__": "sample", "id": sa.Column(sa.Integer, primary_key=True)}
    label = sa.Column(sa.String(20))
    return SimpleNamespace(Sample=type("Sample", (base,), {**named, "label": label, **columns}))


def row(which: str) -> dict[str, Any]:
    """Return the row of each first or each second value, or the empty one."""
    values = {column_of(name): getattr(kind, which, None) for name, kind in there().items()}
    return {"label": which, **values}
