"""Values of columns: what is awkward to show, to enter or to leave out comes out as it went in.

Nothing here is about how the session reaches the view: it is measured once in a cell.
"""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Callable

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Enum,
    Integer,
    Numeric,
    String,
    Text,
)
from sqlalchemy.orm import deferred

from . import things
from .pages import cells, choices, details, form, list_rows, messages

if TYPE_CHECKING:
    from .world import World

GUARDS = "applications"


def differing(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Return the names of the columns that differ."""
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))


def decoded(stored: Any) -> Any:
    """Return JSON as it is meant, whether the driver has decoded it or not."""
    try:
        return json.loads(stored) if isinstance(stored, str) else stored
    except ValueError:
        return stored


def test_awkward_values_survive_a_form(world: World, evidence: Callable[..., None]) -> None:
    """Big and precise numbers, markup, quotes and line breaks are the same after a form."""

    def define(base: Any) -> SimpleNamespace:
        class Odd(base):
            __tablename__ = "odd"
            id = Column(Integer, primary_key=True)
            big = Column(BigInteger)
            exact = Column(Numeric(20, 10, asdecimal=True))
            markup = Column(String(80))
            lines = Column(Text)
            percent = Column(String(80))

        return SimpleNamespace(Odd=Odd)

    own = world.build(define, Odd={})
    row = {
        "big": 2**53 + 1,
        "exact": Decimal("1234567.0123456789"),
        "markup": "<script>alert('x')</script> &amp; \"ä\"",
        "lines": "\n  first\n\n  last </textarea>",
        "percent": "50% off, %(name)s and {{ braces }}",
    }
    world.database.store(own.Odd, row)
    before = world.database.rows("odd")[0]
    listed = world.get("/admin/odd/")
    shown = list_rows(listed)[0]
    shown["details"] = details(world.get("/admin/odd/details/?id=1")).get("Markup", "")
    run = [cell.all("script") for cell in cells(listed, "markup")]

    answer = world.client().post(
        "/admin/odd/edit/?id=1", data=form(world.get("/admin/odd/edit/?id=1"))
    )

    changed = differing(before, world.database.rows("odd")[0])
    told = messages(answer.get_data(as_text=True))
    evidence(shown=shown, differing=changed, told=told)
    assert not any(run), "the list runs the markup of a column as part of the page"
    for name in ("markup", "percent"):
        assert shown.get(name) == row[name], f"the list shows {shown.get(name)!r} for {name}"
    assert shown["details"] == row["markup"], f"the details show {shown['details']!r} for markup"
    assert shown.get("big") == str(row["big"]), f"the list shows {shown.get('big')!r} for big"
    world.expect(answer, 302)
    assert not changed, f"saving what the form showed changed {', '.join(changed)}"


def notes(base: Any) -> SimpleNamespace:
    """Return one model with a column of JSON."""

    class Note(base):
        __tablename__ = "note"
        id = Column(Integer, primary_key=True)
        extra = Column(JSON(none_as_null=True))

    return SimpleNamespace(Note=Note)


def saved_unchanged(world: World, values: list[Any]) -> tuple[list[str], list[str]]:
    """Save rows of JSON as their forms show them; return which were refused, and what changed."""
    own = world.build(notes, Note={})
    world.database.store(own.Note, *({"extra": one} for one in values))
    before = [row["extra"] for row in world.database.rows("note")]
    refused = []
    for number, one in enumerate(values, start=1):
        address = f"/admin/note/edit/?id={number}"
        answer = world.client().post(address, data=form(world.get(address)))
        if answer.status_code != 302:
            refused.append(json.dumps(one))
    after = [row["extra"] for row in world.database.rows("note")]
    read = [(decoded(was), decoded(now)) for was, now in zip(before, after)]
    return refused, [
        f"{json.dumps(was)} to {json.dumps(now)}" for was, now in read if repr(was) != repr(now)
    ]


def test_json_is_kept_by_a_form(world: World, evidence: Callable[..., None]) -> None:
    """JSON of each kind is the same after a form."""
    full = [{"ä": [1, 2.5, None, True]}, ["x", {"y": "</textarea>"}], "text", 7, True]

    refused, changed = saved_unchanged(world, full)

    evidence(changed=changed, refused=refused)
    assert not refused, f"the form refuses what it showed: {', '.join(refused)}"
    assert not changed, f"saving what the form showed changed {', '.join(changed)}"


def test_empty_json_is_kept_by_a_form(world: World, evidence: Callable[..., None]) -> None:
    """JSON that is empty or false is the same after a form."""
    refused, changed = saved_unchanged(world, [None, [], "", 0, False])

    evidence(changed=changed, refused=refused)
    assert not refused, f"the form refuses what it showed: {', '.join(refused)}"
    assert not changed, f"saving what the form showed changed empty JSON: {', '.join(changed)}"


def test_a_form_proposes_the_defaults_of_the_columns(
    world: World, evidence: Callable[..., None]
) -> None:
    """The create form is filled with the defaults of the columns, which are what is stored."""

    def define(base: Any) -> SimpleNamespace:
        class Order(base):
            __tablename__ = "orders"
            id = Column(Integer, primary_key=True)
            name = Column(String(20), default="new")
            pieces = Column(Integer, default=3, nullable=False)
            price = Column(Numeric(10, 2), default=Decimal("1.50"))
            open = Column(Boolean, default=True)
            placed = Column(DateTime, default=lambda: dt.datetime(2026, 1, 2, 3, 4, 5))  # noqa: DTZ001
            colour = Column(Enum(things.Colour), default=things.Colour.blue)
            state = Column(String(20), server_default="waiting", nullable=False)

        return SimpleNamespace(Order=Order)

    own = world.build(define, Order={"form_excluded_columns": ("state",)})
    world.database.store(own.Order, {})
    values = form(world.get("/admin/order/new/"))

    answer = world.client().post("/admin/order/new/", data=values)

    rows = world.database.rows("orders")
    changed = differing(rows[0], rows[-1])
    told = messages(answer.get_data(as_text=True))
    evidence(proposed=values, rows=len(rows), differing=changed, told=told)
    world.expect(answer, 302)
    wanted = {"name": "new", "pieces": "3", "price": "1.50", "colour": "blue"}
    wrong = [f"{name} {values.get(name)!r}" for name in wanted if values.get(name) != wanted[name]]
    assert not wrong, f"the form proposes {', '.join(wrong)}"
    assert len(rows) == 2, "the row was not stored"
    assert not changed, f"the row differs from one with the defaults in {', '.join(changed)}"


def test_attributes_are_found_whatever_their_columns_are_called(
    world: World, evidence: Callable[..., None]
) -> None:
    """Attributes named otherwise than their columns are listed, found, sorted, edited, deleted."""

    def define(base: Any) -> SimpleNamespace:
        class Part(base):
            __tablename__ = "part"
            key = Column("part_no", Integer, primary_key=True)
            label = Column("part_label", String(40), unique=True)
            weight = Column("label", Integer)
            note = deferred(Column("part_note", Text))

        return SimpleNamespace(Part=Part)

    columns = ("label", "weight")
    attributes = {
        "column_searchable_list": ("label",),
        "column_filters": columns,
        "column_editable_list": ("weight",),
    }
    own = world.build(define, Part=attributes)
    rows = [{"part_no": 1, "part_label": "bolt", "label": 5, "part_note": "steel"}]
    rows.append({"part_no": 2, "part_label": "axle", "label": 9, "part_note": "iron"})
    world.database.store(own.Part, *rows)
    page = world.get("/admin/part/")
    place = [name for name, _ in world.views["part"].get_list_columns()].index("weight")
    filters = [
        at
        for at, one in enumerate(world.views["part"]._filters)  # noqa: SLF001 - as in URLs
        if (one.name, str(one.operation())) == ("Weight", "equals")
    ]
    asked = {
        "search": "?search=bol",
        "filter": f"?flt0_{filters[0] if filters else 99}=9",
        "sorted": f"?sort={place}&desc=1",
    }
    found = {
        what: [row.get("label") for row in list_rows(world.get(f"/admin/part/{query}"))]
        for what, query in asked.items()
    }
    values = form(world.get("/admin/part/edit/?id=1"))
    edited = world.client().post("/admin/part/edit/?id=1", data={**values, "weight": "6"})
    inline = {"list_form_pk": "1", "weight": "7"}
    listed = world.client().post("/admin/part/ajax/update/", data=inline)
    between = world.database.run("SELECT label, part_label, part_note FROM part WHERE part_no = 1")
    world.post("/admin/part/delete/", {"id": "2"})
    left = world.database.run("SELECT part_no FROM part")

    evidence(rows=list_rows(page), found=found, form=values, stored=between, left=left)
    assert set(list_rows(page)[0]) >= {"label", "weight", "note"}, "the list lacks a column"
    assert found["search"] == ["bolt"], f"the search for bol finds {found['search']}"
    assert found["filter"] == ["axle"], f"the filter for weight 9 finds {found['filter']}"
    assert found["sorted"] == ["axle", "bolt"], f"sorted by weight: {found['sorted']}"
    assert values.get("note") == "steel", f"the form shows {values.get('note')!r} for note"
    world.expect(edited, 302)
    world.expect(listed, 200)
    assert between == [(7, "bolt", "steel")], f"stored is {between}"
    assert left == [(1,)], f"the rows left are {left}"


def test_a_taken_value_is_refused_whatever_the_key_is_called(
    world: World, evidence: Callable[..., None]
) -> None:
    """A taken value is refused where the key is named otherwise than its column."""

    def define(base: Any) -> SimpleNamespace:
        class Part(base):
            __tablename__ = "part"
            key = Column("part_no", Integer, primary_key=True)
            label = Column(String(40), unique=True)

        return SimpleNamespace(Part=Part)

    own = world.build(define, Part={})
    world.database.store(own.Part, {"part_no": 1, "label": "bolt"}, {"part_no": 2, "label": "axle"})
    values = form(world.get("/admin/part/edit/?id=1"))

    same = world.client().post("/admin/part/edit/?id=1", data=values)
    taken = world.client().post("/admin/part/edit/?id=1", data={**values, "label": "axle"})

    labels = world.database.run("SELECT label FROM part ORDER BY part_no")
    told = messages(taken.get_data(as_text=True)) if taken.status_code == 200 else []
    evidence(statuses=[same.status_code, taken.status_code], told=told, labels=labels)
    world.expect(same, 302)
    assert labels == [("bolt",), ("axle",)], f"the labels stored are {labels}"
    world.expect(taken, 200)
    assert any("Already exists" in one for one in told), "the user is not told"


def test_choices_and_formats_of_the_application_are_used(
    world: World, evidence: Callable[..., None]
) -> None:
    """Choices are shown by their labels and stored by their values, formats used where told."""
    labels = [("small", "Klein"), ("large", "Groß")]

    def year(view: Any, value: Any, *name: str) -> str:
        return f"year {value.year}"

    attributes = {
        "column_choices": {"name": labels},
        "form_choices": {"name": labels},
        "column_type_formatters": {dt.date: year},
        "column_type_formatters_detail": {},
        "column_filters": ("name",),
    }
    own = world.build(things.define, Thing=attributes)
    world.database.store(own.Thing, {**things.first(), "name": "small"})
    shown = list_rows(world.get("/admin/thing/"))[0]
    detailed = details(world.get("/admin/thing/details/?id=1")).get("Born")
    page = world.get("/admin/thing/edit/?id=1")
    offered = choices(page, "name")
    chosen = form(page).get("name")
    kinds = [str(one.operation()) for one in world.views["thing"]._filters]  # noqa: SLF001
    address = f"/admin/thing/?flt0_{kinds.index('equals')}=small"
    found = len(list_rows(world.get(address)))

    answer = world.client().post("/admin/thing/edit/?id=1", data={**form(page), "name": "large"})

    stored = world.database.rows("thing")[0]["name"]
    evidence(shown=shown, detailed=detailed, offered=offered, found=found, stored=stored)
    assert shown.get("name") == "Klein", f"the list shows {shown.get('name')!r} for small"
    assert shown.get("born") == "year 2001", f"the list shows {shown.get('born')!r} for a date"
    assert detailed == "2001-02-03", f"the details show {detailed!r} for a date"
    assert offered == {"Klein": "small", "Groß": "large"}, f"the form offers {offered}"
    assert chosen == "small", f"chosen in the form is {chosen!r}"
    assert found == 1, f"the filter for small finds {found} rows, the database has 1"
    world.expect(answer, 302)
    assert stored == "large", f"stored for Groß is {stored!r}"
