"""Lists: bulk actions, and the CSV export that is sent while its session is there."""

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
