"""Column types: for each of them list, filters, order, form and stored row agree.

Nothing here is about how the session reaches the view: it is measured once in a cell.
"""

from __future__ import annotations

import uuid
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Callable

import pytest
from sqlalchemy import Column, Integer, LargeBinary, String
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ProgrammingError, StatementError

from . import kinds, things
from .pages import form, list_rows, messages
from .patterns import NotApplicable
from .sampled import Sampled, sampled

if TYPE_CHECKING:
    from .world import World

GUARDS = "applications"

TYPES = (
    "String",
    "Unicode",
    "CHAR",
    "VARCHAR",
    "Text",
    "UnicodeText",
    "Integer",
    "SmallInteger",
    "BigInteger",
    "Float",
    "Double",
    "REAL",
    "Numeric",
    "DECIMAL",
    "Boolean",
    "Date",
    "Time",
    "DateTime",
    "TIMESTAMP",
    "Enum",
    "Enum of texts",
    "Enum of str members",
    "Enum of int members",
    "Enum stored by its values",
    "JSON",
    "Interval",
    "Uuid",
    "TypeDecorator over String",
    "TypeDecorator over DateTime",
    "TypeDecorator over JSON",
)
"""What every scenario about types is run for; `kinds.KINDS` says how each is made."""

SEARCHED = (
    "String",
    "Unicode",
    "CHAR",
    "VARCHAR",
    "Text",
    "UnicodeText",
    "Integer",
    "SmallInteger",
    "BigInteger",
    "Float",
    "Double",
    "REAL",
    "Numeric",
    "DECIMAL",
    "Boolean",
    "Date",
    "Time",
    "DateTime",
    "TIMESTAMP",
    "Enum",
    "Enum of texts",
    "Enum of str members",
    "Enum of int members",
    "Enum stored by its values",
    "TypeDecorator over String",
    "TypeDecorator over DateTime",
)
"""Those that have filters, and fields in the list itself; Flask-Admin never had others."""


PARTS = ("sent_back", "created", "emptied")
"""What is done with a form."""

MALFORMED = ("String", "Integer", "Numeric", "Date", "Time", "DateTime")
STALE = ("Enum", "Enum of texts")
"""Those whose filters are asked for what they cannot find."""


def of(world: World, kind: str) -> tuple[Sampled, str]:
    """Return what was seen of all types, and the name of the column of this one."""
    if kind not in kinds.there():
        raise NotApplicable(f"this SQLAlchemy has no {kind}")
    return sampled(world), kinds.column_of(kind)


@pytest.mark.parametrize("kind", TYPES)
def test_a_column_is_shown(world: World, evidence: Callable[..., None], kind: str) -> None:
    """The list, the details and an export show what is stored, and nothing for nothing."""
    sample, column = of(world, kind)
    evidence(column=column, type=kind)
    pages = {
        "list": sample.seen("listed"),
        "details": sample.seen("detailed"),
        "export": sample.seen("exported"),
    }
    shown = {page: rows[0].get(column, "no column") for page, rows in pages.items()}
    blank = {page: rows[-1].get(column, "") for page, rows in pages.items()}
    evidence(shown=shown, blank=blank)
    for page, text in shown.items():
        wanted = kinds.KINDS[kind].shown_as
        assert wanted(text), f"the {page} shows {text!r} for a column of type {kind}"
    filled = [f"{page} {text!r}" for page, text in blank.items() if text]
    assert not filled, f"an empty column of type {kind} is shown in {' and '.join(filled)}"


@pytest.mark.parametrize("kind", TYPES)
def test_a_form_keeps_and_stores_a_column(
    world: World, evidence: Callable[..., None], kind: str
) -> None:
    """A form has a field for a column, stores what was entered and keeps what was not changed."""
    sample, column = of(world, kind)
    has_field = column in sample.seen("fields")
    parts = {
        name: sample.seen(name).get(column, "") for name in ("sent_back", "created", "emptied")
    }
    evidence(column=column, type=kind, has_field=has_field, **(parts if has_field else {}))
    assert has_field, f"no form field for a column of type {kind}"
    about = f"a column of type {kind}"
    assert not parts["sent_back"], f"sent back as it was, {about} {parts['sent_back']}"
    assert not parts["created"], f"entered in a form, {about} {parts['created']}"
    assert not parts["emptied"], f"emptied in a form, {about} {parts['emptied']}"


@pytest.mark.parametrize("kind", SEARCHED)
def test_a_column_is_found_and_ordered(
    world: World, evidence: Callable[..., None], kind: str
) -> None:
    """Each filter of a column finds and counts its rows, and the list is ordered by it."""
    sample, column = of(world, kind)
    found, ordered = sample.seen("found").get(column, {}), sample.seen("ordered").get(column)
    wrong = [f"{operation} {one}" for operation, one in found.items() if one]
    raised = sample.filter_errors.get(column)
    evidence(column=column, type=kind, operations=sorted(found), wrong=wrong, ordered=ordered)
    if raised is not None:
        raise AssertionError(f"a filter of a column of type {kind} raises an error") from raised
    assert found, f"no filter for a column of type {kind}"
    assert not wrong, f"filters of a column of type {kind}: {'; '.join(wrong)}"
    assert ordered, f"a list sorted by a column of type {kind} is otherwise in the database"


@pytest.mark.parametrize("kind", MALFORMED)
def test_a_malformed_filter_is_no_error(
    world: World, evidence: Callable[..., None], kind: str
) -> None:
    """A filter value in an address that no page would have made is no error of the list."""
    misled(world, evidence, kind)


@pytest.mark.parametrize("kind", STALE)
def test_a_stale_filter_is_no_error(world: World, evidence: Callable[..., None], kind: str) -> None:
    """A filter value of a bookmark that is no member of the enum any more is no error."""
    misled(world, evidence, kind)


def misled(world: World, evidence: Callable[..., None], kind: str) -> None:
    """Judge what the filters of a type raised that were asked for what they cannot find."""
    sample, column = of(world, kind)
    raised = sample.seen("misled").get(column)
    evidence(column=column, type=kind, raised=sorted(raised or ()))
    assert raised is not None, f"no filter for a column of type {kind}"
    for operation in sorted(raised):
        told = f"a filter of a column of type {kind} is an error: {operation}"
        raise AssertionError(told) from raised[operation]


@pytest.mark.parametrize("kind", SEARCHED)
def test_a_column_is_edited_in_the_list(
    world: World, evidence: Callable[..., None], kind: str
) -> None:
    """A value that is entered in the list itself is stored as if entered past Flask-Admin."""
    sample, column = of(world, kind)
    has_field = column in sample.seen("fields")
    wrong = sample.seen("edited").get(column, "")
    evidence(column=column, type=kind, has_field=has_field, wrong=wrong)
    if not has_field:
        raised = sample.seen("lost_pages").get(column)
        raise AssertionError(f"no field in the list for a column of type {kind}") from raised
    sample.seen("page_to_edit")
    assert not wrong, f"edited in the list, a column of type {kind} {wrong}"


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


def blobs(base: Any) -> SimpleNamespace:
    """Return one model with a column of bytes."""

    class Blob(base):
        __tablename__ = "blobs"
        id = Column(Integer, primary_key=True)
        name = Column(String(40))
        data = Column(LargeBinary)

    return SimpleNamespace(Blob=Blob)


def test_a_row_with_bytes_is_edited_without_them(
    world: World, evidence: Callable[..., None]
) -> None:
    """A row with bytes is listed, and edited in a form that leaves them out."""
    own = world.build(blobs, Blob={"form_excluded_columns": ("data",)})
    world.database.store(own.Blob, {"name": "one", "data": b"\x00\x01"})
    listed = [row.get("name") for row in list_rows(world.get("/admin/blob/"))]
    sent = {**form(world.get("/admin/blob/edit/?id=1")), "name": "two"}

    answer = world.client().post("/admin/blob/edit/?id=1", data=sent)

    stored = world.database.rows("blobs")[0]
    kept = bytes(stored["data"]) == b"\x00\x01"
    evidence(status=answer.status_code, listed=listed, name=stored["name"], kept=kept)
    assert listed == ["one"], "the row is not listed"
    world.expect(answer, 302)
    assert stored["name"] == "two", "the change in a form without the bytes was not stored"
    assert kept, "a form without the bytes changed them"


def test_bytes_are_kept_by_a_form(world: World, evidence: Callable[..., None]) -> None:
    """A row with bytes is saved from its form, and the form keeps them."""
    # Who refuses a text in place of bytes: SQLAlchemy, psycopg2, or the database itself.
    refusals = (StatementError, "TypeError", ProgrammingError)
    world.allow(raised=refusals, logged=("Failed to update record",))
    own = world.build(blobs, Blob={})
    world.database.store(own.Blob, {"name": "one", "data": b"\x00\x01"})
    sent = {**form(world.get("/admin/blob/edit/?id=1")), "name": "two"}

    answer = world.client().post("/admin/blob/edit/?id=1", data=sent)

    stored = world.database.rows("blobs")[0]
    kept = bytes(stored["data"]) == b"\x00\x01"
    told = messages(answer.get_data(as_text=True))
    # Refused as a form refuses: with a word about it, and nothing stored.
    refused = answer.status_code == 200 and bool(told) and stored["name"] == "one"
    evidence(status=answer.status_code, name=stored["name"], kept=kept, refused=refused)
    assert kept, "the form changed the bytes"
    assert not refused, "the form refuses the bytes that it shows"
    world.expect(answer, 302)
    assert stored["name"] == "two", "the change in a form with the bytes was not stored"


def require_postgresql(world: World) -> None:
    """Say that a scenario does not apply to other databases."""
    if make_url(world.database.url).get_backend_name() != "postgresql":
        raise NotApplicable("the database has no such types")


def test_types_of_the_database_itself(world: World, evidence: Callable[..., None]) -> None:
    """Arrays and binary JSON of PostgreSQL are shown and kept by a form."""
    require_postgresql(world)
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - only here

    def define(base: Any) -> SimpleNamespace:
        class Host(base):
            __tablename__ = "host"
            id = Column(Integer, primary_key=True)
            name = Column(String(40))
            tags = Column(postgresql.ARRAY(String(20)))
            extra = Column(postgresql.JSONB)

        return SimpleNamespace(Host=Host)

    own = world.build(define, Host={})
    world.database.store(own.Host, {"name": "one", "tags": ["a", "b"], "extra": {"a": 1}})
    before = world.database.rows("host")[0]
    shown = list_rows(world.get("/admin/host/"))[0]
    values = form(world.get("/admin/host/edit/?id=1"))

    answer = world.client().post("/admin/host/edit/?id=1", data=values)

    after = world.database.rows("host")[0]
    changed = sorted(name for name in before if before[name] != after[name])
    told = messages(answer.get_data(as_text=True))
    evidence(shown=shown, fields=sorted(values), differing=changed, told=told)
    assert not {"name", "tags", "extra"} - set(values), f"the form has fields for {sorted(values)}"
    assert "a" in shown.get("tags", ""), f"the list shows {shown.get('tags')!r} for an array"
    world.expect(answer, 302)
    assert not changed, f"saving what the form showed changed {', '.join(changed)}"


ADDRESSES = {
    "INET": ("10.0.0.1", "10.0.0.2"),
    "MACADDR": ("08:00:2b:01:02:03", "08:00:2b:01:02:04"),
    "UUID": ("12345678-1234-5678-1234-567812345678", "12345678-1234-5678-1234-567812345679"),
}
"""Types of PostgreSQL, each with two values of it."""


@pytest.mark.parametrize("kind", ADDRESSES)
def test_an_address_of_the_database_is_edited(
    world: World, evidence: Callable[..., None], kind: str
) -> None:
    """A form edits and stores a column of a type of PostgreSQL's own."""
    require_postgresql(world)
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - only here

    options = {"as_uuid": True} if kind == "UUID" else {}

    def define(base: Any) -> SimpleNamespace:
        class Host(base):
            __tablename__ = "host"
            id = Column(Integer, primary_key=True)
            name = Column(String(40))
            address = Column(getattr(postgresql, kind)(**options))

        return SimpleNamespace(Host=Host)

    own = world.build(define, Host={})
    first, second = ADDRESSES[kind]
    value = uuid.UUID(first) if kind == "UUID" else first
    world.database.store(own.Host, {"name": "one", "address": value})
    shown = list_rows(world.get("/admin/host/"))[0].get("address")
    values = form(world.get("/admin/host/edit/?id=1"))

    answer = world.client().post("/admin/host/edit/?id=1", data={**values, "address": second})

    stored = str(world.database.rows("host")[0]["address"])
    evidence(shown=shown, field=values.get("address"), stored=stored)
    assert shown == first, f"the list shows {shown!r} for {kind}"
    world.expect(answer, 302)
    assert "address" in values, f"there is no form field for a column of {kind}"
    assert values["address"] == first, f"the form shows {values['address']!r} for {kind}"
    assert stored == second, f"{second!r} was entered for {kind}, and {stored!r} is stored"
