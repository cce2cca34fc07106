"""Keys: a row is found, edited and deleted by the links of its list, whatever its key is.

Nothing here is about how the session reaches the view: it is measured once in a cell.
"""

from __future__ import annotations

import datetime as dt
import uuid
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Callable

import pytest
import sqlalchemy as sa

from .pages import parse
from .patterns import NotApplicable
from .things import Colour

if TYPE_CHECKING:
    from .world import World

GUARDS = "applications"

KEYS: dict[str, tuple[tuple[Callable[[], Any], Any], ...]] = {
    "a text with a comma": ((lambda: sa.String(40), "a,b"),),
    "a Date": ((sa.Date, dt.date(2001, 2, 3)),),
    "an Enum": ((lambda: sa.Enum(Colour), Colour.red),),
    "a Uuid": ((lambda: sa.Uuid(as_uuid=True), uuid.UUID(int=0x1234)),),
    "two texts": ((lambda: sa.String(40), "a,b"), (lambda: sa.String(40), "c/d e")),
}
"""For each key the types of its columns, and their values in the one row."""


def made(key: str) -> dict[str, tuple[Any, Any]]:
    """Return the columns of a key, each with its value."""
    try:
        return {f"part{at}": (make(), one) for at, (make, one) in enumerate(KEYS[key])}
    except AttributeError as missing:
        raise NotApplicable("this SQLAlchemy has no such type") from missing


def links(page: str) -> dict[str, str]:
    """Return what a list offers for its one row: two addresses and a key."""
    tree = parse(page)
    found = [link.attributes.get("href", "") for link in tree.all("a")]
    ids = [box.attributes.get("value", "") for box in tree.all("input", name_="rowid")]
    kinds = {kind: [one for one in found if f"/{kind}/?" in one] for kind in ("edit", "details")}
    return {**{kind: one[0] for kind, one in kinds.items() if one}, "id": "".join(ids[:1])}


@pytest.mark.parametrize("key", KEYS)
def test_a_row_is_found_by_its_key(world: World, evidence: Callable[..., None], key: str) -> None:
    """A row is shown, edited and deleted by the links of its list, whatever its key is."""
    parts = made(key)

    def define(base: Any) -> SimpleNamespace:
        columns = {name: sa.Column(kind, primary_key=True) for name, (kind, _) in parts.items()}
        named = {"__tablename__": "keyed", "label": sa.Column(sa.String(20)), **columns}
        return SimpleNamespace(Keyed=type("Keyed", (base,), named))

    own = world.build(define, Keyed={"form_columns": ("label",)})
    row = {name: one for name, (_, one) in parts.items()}
    world.database.store(own.Keyed, {**row, "label": "first"})
    offered = links(world.get("/admin/keyed/"))
    shown = world.client().get(offered["details"])
    saved = world.client().post(offered["edit"], data={"label": "second"})
    labels = [one for (one,) in world.database.run("SELECT label FROM keyed")]
    ticked = {"action": "delete", "rowid": [offered["id"]]}
    chosen = world.client().post("/admin/keyed/action/", data=ticked)
    kept = len(world.database.run("SELECT label FROM keyed"))
    if not kept:
        world.database.store(own.Keyed, {**row, "label": "again"})
    gone = world.client().post("/admin/keyed/delete/", data={"id": offered["id"]})
    left = len(world.database.run("SELECT label FROM keyed"))

    statuses = [answer.status_code for answer in (shown, saved, chosen, gone)]
    evidence(key=key, statuses=statuses, labels=labels, left=[kept, left])
    world.expect(shown, 200)
    world.expect(saved, 302)
    assert labels == ["second"], f"a row whose key is {key} was not edited"
    world.expect(gone, 302)
    assert left == 0, f"a row whose key is {key} was not deleted"
    world.expect(chosen, 302)
    assert kept == 0, f"a row whose key is {key} was ticked in the list and not deleted"
