"""Operations on columns: what each filter, each order, the details and an export show is stored.

Nothing here is about how the session reaches the view: it is measured once in a cell.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, Callable

from . import things
from .pages import details, list_rows

if TYPE_CHECKING:
    from .world import UserView, World

GUARDS = "applications"

EMPTY = {**dict.fromkeys(things.first()), "name": "empty"}
FILTERED = tuple(name for name in things.first() if name != "extra")
"""Every column but JSON, which Flask-Admin has no filter for."""

RULES: dict[str, Callable[[Any, Any], bool]] = {
    "equals": lambda stored, asked: stored == asked,
    "not equal": lambda stored, asked: stored is not None and stored != asked,
    "contains": lambda stored, asked: stored is not None and str(asked) in str(stored),
    "not contains": lambda stored, asked: stored is not None and str(asked) not in str(stored),
    "greater than": lambda stored, asked: stored is not None and stored > asked,
    "smaller than": lambda stored, asked: stored is not None and stored < asked,
    "between": lambda stored, asked: stored == asked,
    "not between": lambda stored, asked: stored is not None and stored != asked,
    "empty": lambda stored, asked: stored is None,
    "in list": lambda stored, asked: stored == asked,
    "not in list": lambda stored, asked: stored != asked,
}
"""What each operation finds: as SQL compares, but Flask-Admin lets `not in list` find NULL."""

ASKED = {"active": "1", "colour": "red"}
"""What a page sends for a value whose text is not what is sent."""


def asked(name: str, operation: str) -> str:
    """Return what a page sends to compare a column with the value of the first row."""
    if operation == "empty":
        return "1"
    value = ASKED.get(name, str(things.first()[name]))
    return f"{value} to {value}" if operation.endswith("between") else value


def names(view: UserView, **chosen: Any) -> tuple[int | None, list[str]]:
    """Return what a list counts, and the names of its rows."""
    given = {"sort_column": None, "sort_desc": None, "search": None, "filters": None, **chosen}
    count, rows = view.get_list(0, **given)
    return count, [row.name for row in rows]


def test_each_operation_of_a_filter_finds_its_rows(
    world: World, evidence: Callable[..., None]
) -> None:
    """Each operation that a filter of each type offers finds, and counts, the rows it should."""
    own = world.build(things.define, Thing={"column_filters": FILTERED})
    rows = [things.first(), things.second(), EMPTY]
    world.database.store(own.Thing, *rows)
    wrong: list[str] = []
    tried: dict[str, list[str]] = {}

    def work(view: UserView) -> str:
        for at, one in enumerate(view._filters):  # noqa: SLF001 - its place is its name in URLs
            name, operation = one.column.name, str(one.operation())
            rule = RULES.get(operation)
            if rule is None:
                continue
            tried.setdefault(name, []).append(operation)
            value = asked(name, operation)
            wanted = {row["name"] for row in rows if rule(row[name], things.first()[name])}
            world.require_room()
            count, found = names(view, filters=[(at, one.name, value)])
            if not one.validate(value) or set(found) != wanted or count != len(wanted):
                said = f"finds {found} and counts {count}"
                wrong.append(f"{name} {operation} {value}: {said}, the database has {wanted}")
        return ""

    world.work(work, "thing")

    kinds = {name: sorted(found) for name, found in tried.items()}
    missing = sorted(set(FILTERED) - set(tried))
    evidence(tried=kinds, wrong=wrong)
    assert not missing, f"no filter for {', '.join(missing)}"
    assert not wrong, f"filters that lie: {'; '.join(wrong)}"


def test_each_type_is_sorted_as_the_database_sorts_it(
    world: World, evidence: Callable[..., None]
) -> None:
    """A list sorted by a column of each type is in the order that the database gives."""
    own = world.build(things.define, Thing={"column_list": FILTERED})
    world.database.store(own.Thing, things.first(), things.second())
    expected = {
        name: [row[0] for row in world.database.run(f"SELECT name FROM thing ORDER BY {name}")]
        for name in FILTERED
    }
    found: dict[str, list[list[str]]] = {}

    def work(view: UserView) -> str:
        for name in FILTERED:
            world.require_room()
            up, down = (names(view, sort_column=name, sort_desc=desc)[1] for desc in (False, True))
            found[name] = [up, down[::-1]]
        return ""

    world.work(work, "thing")
    place = [name for name, _ in world.views["thing"].get_list_columns()].index("number")
    page = [row.get("name") for row in list_rows(world.get(f"/admin/thing/?sort={place}"))]

    evidence(found=found, page=page)
    wrong = [name for name in FILTERED if found[name] != [expected[name]] * 2]
    assert not wrong, f"sorted otherwise than the database does: {', '.join(wrong)}"
    assert page == expected["number"], f"the page sorted by number shows {page}"


def test_details_and_an_export_show_each_type(world: World, evidence: Callable[..., None]) -> None:
    """The details page and a CSV export show the stored value of a column of every type."""
    columns = list(things.first())
    attributes = {"can_export": True, "column_list": columns}
    own = world.build(things.define, Thing={**attributes, "column_details_list": columns})
    world.database.store(own.Thing, things.first(), EMPTY)

    shown = details(world.get("/admin/thing/details/?id=1"))
    blank = details(world.get("/admin/thing/details/?id=2"))
    exported = list(csv.DictReader(io.StringIO(world.get("/admin/thing/export/csv/"))))

    filled = [f"{name}: {value}" for name, value in blank.items() if value not in ("", "empty")]
    evidence(shown=shown, exported=exported, filled=filled)
    assert len(exported) == 2, f"the export has {len(exported)} rows, the database 2"
    wanted = {name.capitalize(): value for name, value in things.SHOWN.items()}
    for what, row in (("details", shown), ("export", exported[0])):
        found = {name: " ".join(row.get(name, "no column").split()) for name in wanted}
        wrong = [f"{name} is {found[name]!r}" for name in wanted if found[name] != wanted[name]]
        assert not wrong, f"in the {what} {', '.join(wrong)}"
        assert row.get("Active") == "True", f"in the {what} a true value is {row.get('Active')!r}"
        extra = row.get("Extra", "no column")
        assert "[1, 2]" in extra, f"in the {what} JSON that holds [1, 2] is {extra!r}"
    assert not filled, f"the details of an empty row show {', '.join(filled)}"


def test_each_type_is_edited_in_the_list(world: World, evidence: Callable[..., None]) -> None:
    """A value entered in the list itself is stored as if it were entered past Flask-Admin."""
    own = world.build(things.define, Thing={"column_editable_list": FILTERED})
    world.database.store(own.Thing, things.first(), things.second())
    world.get("/admin/thing/")
    sent = {"active": "", "colour": "blue"}  # an empty text is what the page sends for "No"

    refused = {}
    for name in FILTERED:
        values = {"list_form_pk": "1", name: sent.get(name, str(things.second()[name]))}
        answer = world.client().post("/admin/thing/ajax/update/", data=values)
        if answer.status_code != 200:
            refused[name] = answer.get_data(as_text=True)[:80]

    one, other = world.database.rows("thing")
    wrong = [name for name in FILTERED if one[name] != other[name]]
    evidence(refused=refused, wrong=wrong)
    assert not refused, f"the list refuses {refused}"
    assert not wrong, f"edited in the list and stored otherwise: {', '.join(wrong)}"
