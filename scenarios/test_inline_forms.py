"""Inline forms: rows of a related table are added, changed and taken away within a form.

Nothing here is about how the session reaches the view: it is measured once in a cell.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Callable

import pytest
from sqlalchemy import Column, ForeignKey
from sqlalchemy.orm import relationship

from .models import Named
from .pages import form, messages

if TYPE_CHECKING:
    from .world import World

GUARDS = "applications"

CASCADES = ("save-update, merge", "all, delete-orphan")


@pytest.mark.parametrize("cascade", CASCADES)
def test_rows_of_an_inline_form_are_kept_and_taken_away(
    world: World, evidence: Callable[..., None], cascade: str
) -> None:
    """A row that is taken out of an inline form is deleted, another changed, a new one stored."""

    def define(base: Any) -> SimpleNamespace:
        class Bill(Named, base):
            __tablename__ = "bill"
            items = relationship("Item", cascade=cascade, back_populates="bill")

        class Item(Named, base):
            __tablename__ = "item"
            bill_id = Column(ForeignKey("bill.id"))
            bill = relationship(Bill, back_populates="items")

        return SimpleNamespace(Bill=Bill, Item=Item)

    own = define(world.prepare().library.Base)
    world.build(lambda base: own, Bill={"inline_models": [own.Item]})
    world.database.store(own.Bill, {"name": "one"})
    items = [{"name": name, "bill_id": 1} for name in ("gone", "changed", "kept")]
    world.database.store(own.Item, *items)
    values = form(world.get("/admin/bill/edit/?id=1"))
    sent = {**values, "del-items-0": "on", "items-1-name": "new name"}
    sent.update({"items-3-id": "", "items-3-name": "added"})

    answer = world.client().post("/admin/bill/edit/?id=1", data=sent)

    stored = world.database.run("SELECT name, bill_id FROM item ORDER BY id")
    gone = world.client().post("/admin/bill/delete/", data={"id": "1"})
    left = [one for (one,) in world.database.run("SELECT bill_id FROM item")]
    told = messages(answer.get_data(as_text=True)) if answer.status_code == 200 else []
    evidence(cascade=cascade, fields=sorted(values), stored=stored, told=told, left=left)
    world.expect(answer, 302)
    wanted = [("new name", 1), ("kept", 1), ("added", 1)]
    assert stored == wanted, f"the rows stored from an inline form are {stored}"
    world.expect(gone, 302)
    alone = [] if "all" in cascade else [None, None, None]
    assert left == alone, f"after the bill was deleted its rows are of the bills {left}"
