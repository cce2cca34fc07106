"""Lists: bulk actions, the streamed CSV export, and search, filters, sorting and pages."""

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

GUARDS = "sessions"

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


def test_a_bulk_action_deletes_the_chosen_rows(world: World, evidence: Callable[..., None]) -> None:
    """Rows chosen in the list are deleted by one Session, the others are kept."""
    world.add_views()
    world.get("/admin/user/")
    before = len(world.watch.begun)

    answer = world.client().post(
        "/admin/user/action/", data={"action": "delete", "rowid": ["1", "3"]}
    )

    sessions = world.watch.distinct(before)
    names = [name for name, *_ in world.database.people()]
    evidence(status=answer.status_code, names=names, sessions=sessions, **world.left_open())
    world.expect(answer, 302)
    assert names == ["bob"], "the rows left are not the ones that were not chosen"
    assert sessions == 1, f"the action was the work of {sessions} Sessions, not of 1"
    assert world.left_open() == NOTHING, f"left open after the action: {world.left_open()}"


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


def test_a_csv_export_has_its_session_while_it_is_sent(
    world: World, evidence: Callable[..., None]
) -> None:
    """What a streamed CSV export loads only while its body is sent is there, or is a limit."""
    world.allow(raised=(DetachedInstanceError,))
    world.add_views(can_export=True, column_auto_select_related=False)
    loaded: list[str] = []
    ended: list[str] = []
    world.app.teardown_appcontext(lambda _error: ended.append("a context"))
    with watched_loads(loaded):
        answer = world.client().get("/admin/user/export/csv/", buffered=False)
        loaded.clear()
        over = bool(ended)
        try:
            text = "".join(
                part if isinstance(part, str) else part.decode() for part in answer.response
            )
            limit = ""
        except DetachedInstanceError:
            # Since Flask 3.1.2 the context ends before the body of a stream is sent, and begins
            # anew for it: reports/findings/README.md. Where it has not ended, nor has its Session.
            if not over:
                raise
            text, limit = "", "a CSV export cannot load a relation while it is sent"
        answer.close()
    left = world.left_open()
    rows = list(csv.DictReader(io.StringIO(text)))
    groups = [row.get("Group") for row in rows]
    shown = len(list_rows(world.get("/admin/user/")))

    evidence(groups=groups, loaded=sorted(loaded), next_rows=shown, limit=limit, **left)
    assert limit or groups == ["team red", "team blue", ""], "the export lacks a loaded relation"
    assert limit or loaded, "the export had loaded all before it was sent"
    assert left == NOTHING, f"left open after the export: {left}"
    assert shown == 3, "the next page does not show the three users"


def test_an_export_that_nobody_reads_to_its_end_leaves_nothing(
    world: World, evidence: Callable[..., None]
) -> None:
    """A client that goes away in the middle of the CSV export leaves nothing open."""
    world.add_views(can_export=True, column_auto_select_related=False)

    answer = world.client().get("/admin/user/export/csv/", buffered=False)
    first = next(iter(answer.response))
    answer.close()
    left = world.left_open()
    rows = list_rows(world.get("/admin/user/"))

    told = first if isinstance(first, str) else first.decode()
    evidence(header=told.strip(), next_rows=len(rows), **left)
    assert "Name" in told, "the export does not begin with its header"
    assert left == NOTHING, f"left open by an export that broke off: {left}"
    assert len(rows) == 3, "the next page does not show the three users"


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
