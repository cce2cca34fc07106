"""List pages: the CSV export, and search, filters, sorting and pages."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Callable

from sqlalchemy import event
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import DetachedInstanceError

from .pages import list_rows

if TYPE_CHECKING:
    from .world import World

GUARDS = "applications"

NOTHING = {"transactions": 0, "connections": 0}


@contextmanager
def watched_loads(loaded: list[str]) -> Iterator[None]:
    """Note each object that is loaded from the database, by its class."""

    def note(_session: Session, instance: object) -> None:
        loaded.append(type(instance).__name__)

    event.listen(Session, "loaded_as_persistent", note)
    try:
        yield
    finally:
        event.remove(Session, "loaded_as_persistent", note)


def test_a_csv_export_holds_what_the_database_holds(
    world: World, evidence: Callable[..., None]
) -> None:
    """The CSV export has every column and every row, and leaves nothing open."""
    world.add_views(can_export=True)

    rows = list(csv.DictReader(io.StringIO(world.get("/admin/user/export/csv/"))))

    evidence(rows=rows, **world.left_open())
    wanted = {"Name": "ada", "Born": "1815-12-10", "Role": "editor", "Group": "team red"}
    assert len(rows) == 3, f"the export has {len(rows)} rows, the database 3"
    assert rows[0] == wanted, "the exported row differs from the stored one"
    others = [(row.get("Name"), row.get("Role"), row.get("Group")) for row in rows[1:]]
    stored = [("bob", "reader", "team blue"), ("cyd", "", "")]
    assert others == stored, f"the other rows of the export are {others}"
    assert world.left_open() == NOTHING, f"left open after the export: {world.left_open()}"


def test_a_csv_export_loads_relations_while_it_is_sent(
    world: World, evidence: Callable[..., None]
) -> None:
    """A CSV export has the relations that are loaded only while its body is sent."""
    # Since Flask 3.1.2 the context ends before the body is sent, and begins anew for it.
    world.allow(raised=(DetachedInstanceError,))
    world.add_views(can_export=True, column_auto_select_related=False)
    loaded: list[str] = []
    with watched_loads(loaded):
        answer = world.client().get("/admin/user/export/csv/", buffered=False)
        loaded.clear()
        try:
            sent = b"".join(
                part.encode() if isinstance(part, str) else part for part in answer.response
            )
        except DetachedInstanceError as error:
            sent, lost = b"", error
        else:
            lost = None
        answer.close()
    groups = [row.get("Group") for row in csv.DictReader(io.StringIO(sent.decode()))]
    shown = len(list_rows(world.get("/admin/user/")))

    left = world.left_open()
    evidence(groups=groups, loaded=sorted(loaded), lost=bool(lost), next_rows=shown, **left)
    assert left == NOTHING, f"left open after the export: {left}"
    assert shown == 3, "the next page does not show the three users"
    if lost:
        raise AssertionError("the export breaks off at a relation that is not loaded") from lost
    assert groups == ["team red", "team blue", ""], "the export lacks a loaded relation"
    assert loaded, "the export had loaded all before it was sent"


def test_search_filters_sorting_and_pages_choose_the_right_rows(
    world: World, evidence: Callable[..., None]
) -> None:
    """Search, a filter, a filter of a relation, sorting and pages show the rows they should."""
    world.add_views(
        column_searchable_list=("name", "group.name"),
        column_filters=("name", "group.name"),
        page_size=2,
    )
    asked = {
        "search": "?search=blu",
        "filter": f"?{_filter(world, 'Name')}=bob",
        "filter of a relation": f"?{_filter(world, 'group / Team / Name')}=red",
        "sorted": f"?sort={_place(world, 'name')}&desc=1",
        "second page": f"?sort={_place(world, 'name')}&page=1",
    }
    shown = {}
    for what, query in asked.items():
        shown[what] = [row.get("name") for row in list_rows(world.get(f"/admin/user/{query}"))]

    evidence(shown=shown, **world.left_open())
    assert shown["search"] == ["bob"], "the search for blu shows other rows than bob"
    assert shown["filter"] == ["bob"], "the filter for bob shows other rows"
    assert shown["filter of a relation"] == ["ada"], "the filter for team red shows other rows"
    assert shown["sorted"] == ["cyd", "bob"], "the first page is not sorted by name, descending"
    assert shown["second page"] == ["cyd"], "the second page does not show the third row"
    assert world.left_open() == NOTHING, f"left open after the requests: {world.left_open()}"


def _filter(world: World, label: str) -> str:
    """Return the parameter of a column's `equals` filter, by the name that the page shows."""
    for at, one in enumerate(world.view._filters):  # noqa: SLF001 - its place is its name in URLs
        if str(one.name) == label and str(one.operation()) == "equals":
            return f"flt0_{at}"
    raise AssertionError(f"there is no filter for {label}")


def _place(world: World, name: str) -> int:
    """Return the number of a column in the list, by which it is sorted."""
    return [one for one, _ in world.view.get_list_columns()].index(name)
