"""Types of SQLAlchemy-Utils, which Flask-Admin maps by name: pages, filters and rows agree.

Nothing here is about how the session reaches the view: it is measured once in a cell. A type whose
own requirement is not installed does not apply, found out by making it; the others do.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Callable

import pytest
from sqlalchemy import Column, Integer, String

from .pages import choices, details, form, list_rows, messages
from .patterns import NotApplicable

if TYPE_CHECKING:
    from .world import World

GUARDS = "applications"

LABELS = [("s", "Klein"), ("l", "Groß")]


@dataclass(frozen=True)
class Special:
    """How a type is made, what is entered for it, and what of that is shown."""

    make: Callable[[Any], Any]
    first: str
    second: str
    listed: str = ""
    """What the end of the list's field is for the first value, where that is not its text."""
    detailed: str = ""
    """What the details hold of the first value, where that is not what the list shows."""
    operation: str = "equals"
    asked: str = ""
    """What the filter is asked for to find the first value, where that is not its text."""


def email(utils: Any) -> Any:
    """Return the type of e-mail addresses, in whose form fields WTForms asks for a package."""
    import email_validator  # noqa: F401, PLC0415 - not everybody has it

    return utils.EmailType


KINDS = {
    "EmailType": Special(email, "ada@example.org", "bob@example.org"),
    "URLType": Special(
        lambda utils: utils.URLType, "https://example.org/a", "https://example.org/b"
    ),
    "IPAddressType": Special(lambda utils: utils.IPAddressType, "10.0.0.1", "10.0.0.2"),
    "ColorType": Special(lambda utils: utils.ColorType, "red", "#123456"),
    "CurrencyType": Special(lambda utils: utils.CurrencyType, "EUR", "USD"),
    "TimezoneType": Special(
        lambda utils: utils.TimezoneType(backend="zoneinfo"), "Europe/Berlin", "Asia/Tokyo"
    ),
    "UUIDType": Special(
        lambda utils: utils.UUIDType(binary=False),
        "12345678-1234-5678-1234-567812345678",
        "00000000-0000-0000-0000-00000000002a",
    ),
    "ChoiceType": Special(
        lambda utils: utils.ChoiceType(LABELS, impl=String(5)), "s", "l", "Klein", asked="Klein"
    ),
    "ArrowType": Special(
        lambda utils: utils.ArrowType,
        "2001-02-03 04:05:06",
        "1999-12-31 23:59:58",
        "years ago",
        "2001-02-03T04:05:06",
        "greater than",
        "2000-01-01 00:00:00",
    ),
}


def made(kind: str) -> Any:
    """Return the type; where its own requirement is not installed, it does not apply."""
    import sqlalchemy_utils as utils  # noqa: PLC0415 - not everybody has it

    try:
        one = KINDS[kind].make(utils)
        return one() if callable(one) else one
    except utils.ImproperlyConfigured as lacking:
        raise NotApplicable(f"{kind} cannot be made: {lacking}") from lacking


def defined(kind: str) -> Callable[[Any], SimpleNamespace]:
    """Return what maps a table with a column of the type."""
    of = made(kind)

    def define(base: Any) -> SimpleNamespace:
        class Row(base):
            __tablename__ = "special"
            id = Column(Integer, primary_key=True)
            name = Column(String(40))
            value = Column(of)

        return SimpleNamespace(Special=Row)

    return define


def stored(kind: str, text: str) -> Any:
    """Return a value to store, as the type takes it."""
    return uuid.UUID(text) if kind == "UUIDType" else text


def written(kind: str, value: Any, text: str) -> str:
    """Return what a row holds as it would be written; of a moment only what was entered."""
    return str(uuid.UUID(str(value))) if kind == "UUIDType" else str(value)[: len(text)]


@pytest.mark.parametrize("kind", KINDS)
def test_special_values_are_shown_and_kept(
    world: World, evidence: Callable[..., None], kind: str
) -> None:
    """A special type is shown in list and details, and a form sent back leaves it as it was."""
    one = KINDS[kind]
    own = world.build(defined(kind), Special={"column_list": ("name", "value")})
    row = {"name": "one", "value": stored(kind, one.first)}
    world.database.store(own.Special, row, {"name": "empty", "value": None})
    before = world.database.rows("special")[0]
    rows = list_rows(world.get("/admin/special/"))
    shown, blank = (row.get("value", "no column") for row in rows)
    detailed = details(world.get("/admin/special/details/?id=1")).get("Value", "no row")
    values = form(world.get("/admin/special/edit/?id=1"))

    answer = world.client().post("/admin/special/edit/?id=1", data=values)

    after = world.database.rows("special")[0]
    told = messages(answer.get_data(as_text=True))
    shown = shown if one.listed != "years ago" else shown[-len(one.listed) :]
    kept = before["value"] == after["value"]
    evidence(type=kind, shown=shown, blank=blank, has_field="value" in values, kept=kept, told=told)
    wanted = one.listed or one.first
    assert shown == wanted, f"the list shows {shown!r} for {one.first!r} of {kind}"
    wanted = one.detailed or wanted
    assert wanted in detailed, f"the details show {detailed!r} for {one.first!r} of {kind}"
    assert not blank, f"the list shows {blank!r} for an empty column of {kind}"
    assert "value" in values, f"the form has no field for a column of {kind}"
    world.expect(answer, 302)
    assert kept, f"saving what the form showed changed a column of {kind}"


@pytest.mark.parametrize("kind", KINDS)
def test_special_values_are_entered_and_emptied(
    world: World, evidence: Callable[..., None], kind: str
) -> None:
    """What is entered for a special type is stored, what is emptied is nothing, junk refused."""
    one = KINDS[kind]
    own = world.build(defined(kind), Special={})
    row = {"name": "none", "value": stored(kind, one.second)}
    world.database.store(own.Special, row)
    page = world.get("/admin/special/new/")
    offered = choices(page, "value")
    entered = {**form(page), "name": "two", "value": one.second}
    created = world.client().post("/admin/special/new/", data=entered)
    refused = world.client().post("/admin/special/new/", data={**entered, "value": "no such thing"})
    blank = "__None" if offered else ""
    emptied = world.client().post(
        "/admin/special/edit/?id=1", data={"name": "none", "value": blank}
    )

    rows = [row["value"] for row in world.database.rows("special")]
    told = [messages(one.get_data(as_text=True)) for one in (created, emptied)]
    statuses = [one.status_code for one in (created, refused, emptied)]
    kept = rows[0] not in (None, "")
    evidence(
        type=kind, statuses=statuses, rows=len(rows), kept=kept, told=told, offered=sorted(offered)
    )
    world.expect(created, 302)
    wanted = {"Klein", "Groß"} if kind == "ChoiceType" else set()
    assert set(offered) == wanted, f"the form offers {sorted(offered)} for {kind}"
    world.expect(refused, 200)
    assert len(rows) == 2, f"what is no value of {kind} at all is stored"
    found = written(kind, rows[-1], one.second)
    assert found == one.second, f"{one.second!r} was entered for {kind}, and {found!r} is stored"
    world.expect(emptied, 302)
    assert not kept, f"a column of {kind} was emptied in the form, and is still stored"


@pytest.mark.parametrize("kind", KINDS)
def test_special_values_are_found(world: World, evidence: Callable[..., None], kind: str) -> None:
    """The filter of a special type finds the row with that value, and no other."""
    one = KINDS[kind]
    own = world.build(defined(kind), Special={"column_filters": ("value",)})
    rows = [
        {"name": name, "value": stored(kind, text)}
        for name, text in (("one", one.first), ("two", one.second))
    ]
    world.database.store(own.Special, *rows)
    filters = world.views["special"]._filters  # noqa: SLF001 - as in URLs
    place = {str(one.operation()): at for at, one in enumerate(filters)}
    asked = one.asked or one.first

    address = f"flt0_{place.get(one.operation, 99)}"
    answer = world.client().get("/admin/special/", query_string={address: asked})

    found = [row.get("name") for row in list_rows(answer.get_data(as_text=True))]
    evidence(type=kind, operations=sorted(place), found=found)
    assert one.operation in place, f"there is no filter `{one.operation}` for a column of {kind}"
    world.expect(answer, 200)
    assert found == ["one"], f"the filter of {kind} finds the rows {found}, not the first"


OPERATIONS = ("equals", "not equal", "contains", "not contains")


def alarms(world: World, *codes: int) -> dict[str, int]:
    """Store alarms of these codes, of 0 to 2, and return the place of each filter."""
    import sqlalchemy_utils as utils  # noqa: PLC0415 - not everybody has it

    def define(base: Any) -> SimpleNamespace:
        class Alarm(base):
            __tablename__ = "alarm"
            id = Column(Integer, primary_key=True)
            name = Column(String(40))
            level = Column(utils.ChoiceType([(0, "none"), (1, "low"), (2, "high")], impl=Integer()))

        return SimpleNamespace(Alarm=Alarm)

    own = world.build(define, Alarm={"column_filters": ("level",)})
    world.database.store(own.Alarm, *({"name": f"of {one}", "level": one} for one in codes))
    filters = world.views["alarm"]._filters  # noqa: SLF001 - as in URLs
    return {str(one.operation()): at for at, one in enumerate(filters)}


def lying(world: World, place: dict[str, int], value: str, code: int, *all_: int) -> list[str]:
    """Return each filter by a choice that finds other rows than those of its code."""
    wrong = []
    for operation in OPERATIONS:
        if operation in place:
            page = world.get(f"/admin/alarm/?flt0_{place[operation]}={value}")
            names = [row.get("name") for row in list_rows(page)]
            is_not = operation.startswith("not")
            if names != [f"of {one}" for one in all_ if (one == code) is not is_not]:
                wrong.append(f"{operation} {value} finds {names}")
    return wrong


def resaved(world: World, rows: int) -> list[Any]:
    """Save each alarm as its form shows it, and return the codes that are stored."""
    for number in range(1, rows + 1):
        address = f"/admin/alarm/edit/?id={number}"
        world.post(address, form(world.get(address)))
    return [level for (level,) in world.database.run("SELECT level FROM alarm ORDER BY id")]


def test_a_choice_is_kept_and_found(world: World, evidence: Callable[..., None]) -> None:
    """Choices are listed by their labels, kept by a form, and found by filters."""
    place = alarms(world, 1, 2)
    listed = [row.get("level") for row in list_rows(world.get("/admin/alarm/"))]
    wrong = lying(world, place, "low", 1, 1, 2) + lying(world, place, "high", 2, 1, 2)

    stored = resaved(world, 2)

    evidence(listed=listed, stored=stored, operations=sorted(place), wrong=wrong)
    assert "equals" in place, "there is no filter `equals` for choices"
    assert listed == ["low", "high"], f"the list shows {listed} for level"
    assert not wrong, f"filters for level that lie: {', '.join(wrong)}"
    assert stored == [1, 2], f"forms sent back as they were stored the levels {stored}"


def test_a_choice_of_the_code_0_is_kept(world: World, evidence: Callable[..., None]) -> None:
    """A form that is sent back as it was shown keeps the choice whose code is 0."""
    alarms(world, 0)

    stored = resaved(world, 1)

    evidence(stored=stored)
    assert stored == [0], f"the form that was sent back stored the level {stored[0]}, not 0"


def test_a_choice_of_the_code_0_is_found(world: World, evidence: Callable[..., None]) -> None:
    """The filters find the choice whose code is 0, and no other."""
    place = alarms(world, 0, 1)

    wrong = lying(world, place, "none", 0, 0, 1)

    evidence(wrong=wrong)
    assert not wrong, f"filters for level that lie about the code 0: {', '.join(wrong)}"


def test_a_text_that_no_choice_has_finds_no_row(
    world: World, evidence: Callable[..., None]
) -> None:
    """A filter by a text that no choice has finds no row, or with `not` all of them."""
    place = alarms(world, 1, 2)

    wrong = lying(world, place, "nowhere", -1, 1, 2)

    evidence(wrong=wrong)
    assert not wrong, f"filters for a text that no choice has: {', '.join(wrong)}"
