"""Column types: for each that Flask-Admin maps, list, filters, search, form and stored row agree.

Nothing here is about how the session reaches the view: it is measured once in a cell.
"""

from __future__ import annotations

import json
import uuid
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Callable

from sqlalchemy import Column, Integer, LargeBinary, String
from sqlalchemy.engine import make_url
from sqlalchemy.exc import StatementError

from . import things
from .pages import cells, choices, form, list_rows, messages
from .patterns import NotApplicable

if TYPE_CHECKING:
    from .world import World

GUARDS = "applications"

FORMS = list(things.first())
"""The columns that a form is expected to offer."""


def differing(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Return the names of the columns that differ."""
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))


def test_the_list_shows_each_type(world: World, evidence: Callable[..., None]) -> None:
    """The list shows the stored value of a column of every type, and nothing for none."""
    own = world.build(things.define, Thing={})
    empty = dict.fromkeys(things.first())
    world.database.store(own.Thing, things.first(), {**empty, "name": "empty"})

    page = world.get("/admin/thing/")

    rows = list_rows(page)
    shown = {name: rows[0].get(name, "no column") for name in things.SHOWN}
    ticked = [cell.all("span", class_="fa-check-circle") for cell in cells(page, "active")]
    ticked += [cell.all("span", class_="glyphicon-ok-circle") for cell in cells(page, "active")]
    extra = rows[0].get("extra", "no column")
    evidence(shown=shown, empty=rows[1], ticked=sum(map(bool, ticked)), extra=extra)
    wrong = [f"{name} shows {one!r}" for name, one in shown.items() if one != things.SHOWN[name]]
    assert not wrong, f"the list differs from the stored row: {', '.join(wrong)}"
    assert any(ticked), "the list does not show that a boolean is true"
    assert "1" in extra, f"the list shows {extra!r} for JSON that holds 1"
    blank = {name: rows[1].get(name, "") for name in things.SHOWN if name != "name"}
    filled = [f"{name} shows {one!r}" for name, one in blank.items() if one]
    assert not filled, f"the list shows something for nothing: {', '.join(filled)}"


def test_a_form_sent_back_as_it_is_changes_nothing(
    world: World, evidence: Callable[..., None]
) -> None:
    """The edit form, submitted as it was filled, leaves every column as it was."""
    own = world.build(things.define, Thing={})
    world.database.store(own.Thing, things.first())
    before = world.database.rows("thing")[0]
    values = form(world.get("/admin/thing/edit/?id=1"))

    answer = world.client().post("/admin/thing/edit/?id=1", data=values)

    after = world.database.rows("thing")[0]
    told = messages(answer.get_data(as_text=True))
    missing = sorted(set(FORMS) - set(values))
    evidence(fields=sorted(values), differing=differing(before, after), told=told)
    assert not missing, f"the form has no field for {', '.join(missing)}"
    world.expect(answer, 302)
    changed = differing(before, after)
    assert not changed, f"saving what the form showed changed {', '.join(changed)}"


def test_a_created_row_is_the_one_that_was_entered(
    world: World, evidence: Callable[..., None]
) -> None:
    """A row that was entered in the form equals one that was stored past Flask-Admin."""
    own = world.build(things.define, Thing={})
    world.database.store(own.Thing, things.second())
    page = world.get("/admin/thing/new/")
    entered = {
        **{name: str(one) for name, one in things.second().items() if name in FORMS},
        "extra": json.dumps(things.second()["extra"]),
        "colour": choices(page, "colour").get("blue", "no such choice"),
        "size": choices(page, "size").get("large", "no such choice"),
    }
    del entered["active"]  # a box that is not ticked is not sent

    answer = world.client().post("/admin/thing/new/", data=entered)

    rows = world.database.rows("thing")
    told = messages(answer.get_data(as_text=True))
    changed = differing(rows[0], rows[-1])
    evidence(status=answer.status_code, rows=len(rows), differing=changed, told=told)
    world.expect(answer, 302)
    assert len(rows) == 2, "the row was not stored"
    assert not changed, f"the stored row differs from what was entered in {', '.join(changed)}"


def test_each_filter_finds_its_row(world: World, evidence: Callable[..., None]) -> None:
    """The `equals` filter of each type finds the row with that value, and no other."""
    wanted = ("name", "number", "ratio", "price", "active", "born", "wakes", "seen", "colour")
    own = world.build(things.define, Thing={"column_filters": (*wanted, "size")})
    world.database.store(own.Thing, things.first(), things.second())
    view = world.admin._views[-1]  # noqa: SLF001 - the view itself is not kept elsewhere
    sent = {"active": "1", "colour": "red", "size": "small"}

    found: dict[str, list[str]] = {}
    for at, one in enumerate(view._filters):  # noqa: SLF001 - its place is its name in URLs
        if str(one.operation()) != "equals":
            continue
        name = one.column.name
        value = sent.get(name, str(things.first()[name]))
        rows = list_rows(world.get(f"/admin/thing/?flt0_{at}={value}"))
        found[name] = [row.get("name", "no column") for row in rows]

    missing = sorted({*wanted, "size"} - set(found))
    evidence(found=found, without_filter=missing)
    wrong = [f"{name} finds {rows}" for name, rows in found.items() if rows != ["lamp"]]
    assert not wrong, f"filters that find other rows than the database has: {', '.join(wrong)}"
    assert not missing, f"no filter for {', '.join(missing)}"


def test_search_finds_text_in_every_searchable_column(
    world: World, evidence: Callable[..., None]
) -> None:
    """A search finds a word in each text column, whatever the case, and only its row."""
    own = world.build(things.define, Thing={"column_searchable_list": ("name", "title", "note")})
    world.database.store(own.Thing, things.first(), things.second())

    found = {
        word: [row.get("name") for row in list_rows(world.get(f"/admin/thing/?search={word}"))]
        for word in ("LAM", "desk", "lines", "line", "nowhere")
    }

    evidence(found=found)
    wanted = {
        "LAM": ["lamp"],
        "desk": ["desk"],
        "lines": ["lamp"],
        "line": ["lamp", "desk"],
        "nowhere": [],
    }
    wrong = [f"{word} finds {rows}" for word, rows in found.items() if rows != wanted[word]]
    assert not wrong, f"the search differs from the database: {', '.join(wrong)}"


def test_a_format_of_its_own_is_shown_and_read(world: World, evidence: Callable[..., None]) -> None:
    """Dates and times with formats of the application's own are shown, read and stored."""
    layouts = {"born": "%d.%m.%Y", "wakes": "%H.%M.%S", "seen": "%d.%m.%Y %H:%M:%S"}

    def shown(view: Any, context: Any, model: Any, name: str) -> str:
        return getattr(model, name).strftime(layouts[name])

    def written(row: dict[str, Any]) -> dict[str, str]:
        return {name: row[name].strftime(layout) for name, layout in layouts.items()}

    wakes = {"formats": (layouts["wakes"],), "default_format": layouts["wakes"]}
    attributes = {
        "column_formatters": dict.fromkeys(layouts, shown),
        "form_columns": ("name", *layouts),
        "form_args": {
            "born": {"format": layouts["born"]},
            "wakes": wakes,
            "seen": {"format": layouts["seen"]},
        },
    }
    own = world.build(things.define, Thing=attributes)
    world.database.store(own.Thing, things.first(), things.second())
    listed = list_rows(world.get("/admin/thing/"))[0]
    values = form(world.get("/admin/thing/edit/?id=1"))

    sent = {**values, **written(things.second())}
    answer = world.client().post("/admin/thing/edit/?id=1", data=sent)

    one, other = world.database.rows("thing")
    wrong = [name for name in layouts if str(one[name]) != str(other[name])]
    told = messages(answer.get_data(as_text=True))
    evidence(listed=listed, form=values, status=answer.status_code, wrong=wrong, told=told)
    for name, text in written(things.first()).items():
        assert listed.get(name) == text, f"the list shows {listed.get(name)!r} for {name}"
        assert values.get(name) == text, f"the form shows {values.get(name)!r} for {name}"
    world.expect(answer, 302)
    assert not wrong, f"stored otherwise than entered: {', '.join(wrong)}"


def test_bytes_are_kept_by_a_form(world: World, evidence: Callable[..., None]) -> None:
    """A row with bytes is listed and edited, and what a form with a field for them does is told."""

    def define(base: Any) -> SimpleNamespace:
        class Blob(base):
            __tablename__ = "blobs"
            id = Column(Integer, primary_key=True)
            name = Column(String(40))
            data = Column(LargeBinary)

        return SimpleNamespace(Blob=Blob, Rest=Blob)

    world.allow(raised=(StatementError,), logged=("Failed to update record",))
    own = world.build(define, Blob={}, Rest={"form_excluded_columns": ("data",)})
    world.database.store(own.Blob, {"name": "one", "data": b"\x00\x01"})
    listed = [row.get("name") for row in list_rows(world.get("/admin/blob/"))]
    seen = [world.database.rows("blobs")[0]]
    answers = []
    for endpoint, name in (("blob", "two"), ("rest", "three")):
        address = f"/admin/{endpoint}/edit/?id=1"
        sent = {**form(world.get(address)), "name": name}
        answers.append(world.client().post(address, data=sent))
        seen.append(world.database.rows("blobs")[0])

    names = [row["name"] for row in seen]
    told = messages(answers[0].get_data(as_text=True))
    # Refused as a form refuses, with a word about it, and only where it has the bytes.
    refused = answers[0].status_code == 200 and bool(told) and names[1] == "one"
    limit = "a row with a column of bytes cannot be saved from its form" if refused else ""
    statuses = [answer.status_code for answer in answers]
    evidence(statuses=statuses, listed=listed, names=names, limit=limit)
    assert listed == ["one"], "the row is not listed"
    world.expect(answers[1], 302)
    assert names[2] == "three", "the change in a form without the bytes was not stored"
    if not refused:
        world.expect(answers[0], 302)
        assert names[1] == "two", "the change in a form with the bytes was not stored"
    assert [bytes(row["data"]) for row in seen] == [b"\x00\x01"] * 3, "a form changed the bytes"


def test_a_uuid_is_shown_and_kept(world: World, evidence: Callable[..., None]) -> None:
    """A row with a UUID column is listed with it and edited, the UUID as it was."""
    try:
        from sqlalchemy import Uuid  # noqa: PLC0415 - not every release has it
    except ImportError as missing:
        raise NotApplicable("this SQLAlchemy has no Uuid type") from missing

    def define(base: Any) -> SimpleNamespace:
        class Token(base):
            __tablename__ = "token"
            id = Column(Integer, primary_key=True)
            name = Column(String(40))
            key = Column(Uuid)

        return SimpleNamespace(Token=Token)

    value = uuid.UUID("12345678123456781234567812345678")
    own = world.build(define, Token={"column_list": ("name", "key")})
    world.database.store(own.Token, {"name": "one", "key": value})
    before = world.database.rows("token")[0]
    shown = list_rows(world.get("/admin/token/"))[0].get("key")
    values = form(world.get("/admin/token/edit/?id=1"))

    answer = world.client().post("/admin/token/edit/?id=1", data={**values, "name": "two"})

    after = world.database.rows("token")[0]
    offered = "key" in values
    limit = "" if offered else "a form has no field for a Uuid column"
    evidence(shown=shown, offered=offered, kept=before["key"] == after["key"], limit=limit)
    assert shown == str(value), f"the list shows {shown!r}"
    world.expect(answer, 302)
    assert after["name"] == "two", "the change was not stored"
    assert before["key"] == after["key"], "the UUID changed"


def test_types_of_the_database_itself(world: World, evidence: Callable[..., None]) -> None:
    """Arrays, addresses, binary JSON and UUIDs of PostgreSQL are shown and kept by a form."""
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - only here

    if make_url(world.database.url).get_backend_name() != "postgresql":
        raise NotApplicable("the database has no such types")

    def define(base: Any) -> SimpleNamespace:
        class Host(base):
            __tablename__ = "host"
            id = Column(Integer, primary_key=True)
            name = Column(String(40))
            tags = Column(postgresql.ARRAY(String(20)))
            address = Column(postgresql.INET)
            mac = Column(postgresql.MACADDR)
            extra = Column(postgresql.JSONB)
            key = Column(postgresql.UUID(as_uuid=True))

        return SimpleNamespace(Host=Host)

    own = world.build(define, Host={})
    row = {
        "name": "one",
        "tags": ["a", "b"],
        "address": "10.0.0.1",
        "mac": "08:00:2b:01:02:03",
        "extra": {"a": 1},
        "key": uuid.UUID("12345678123456781234567812345678"),
    }
    world.database.store(own.Host, row)
    before = world.database.rows("host")[0]
    shown = list_rows(world.get("/admin/host/"))[0]
    values = form(world.get("/admin/host/edit/?id=1"))

    answer = world.client().post("/admin/host/edit/?id=1", data=values)

    changed = differing(before, world.database.rows("host")[0])
    told = messages(answer.get_data(as_text=True))
    lost = sorted({"address", "mac", "key"} - set(values))
    # reports/findings/postgresql_fields_lost.py
    limit = "a form has no field for an address, a MAC address or a UUID of PostgreSQL"
    evidence(shown=shown, fields=sorted(values), differing=changed, told=told, lost=lost)
    evidence(limit=limit if lost else "")
    assert not {"name", "tags", "extra"} - set(values), f"the form has fields for {sorted(values)}"
    assert "a" in shown.get("tags", ""), f"the list shows {shown.get('tags')!r} for an array"
    assert shown.get("address") == "10.0.0.1", f"the list shows {shown.get('address')!r}"
    world.expect(answer, 302)
    assert not changed, f"saving what the form showed changed {', '.join(changed)}"
