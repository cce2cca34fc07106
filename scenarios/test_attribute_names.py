"""Attribute names: a column may be called what a form calls its own parts.

Nothing here is about how the session reaches the view: it is measured once in a cell.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Callable

import pytest
from sqlalchemy import Column, Integer, String

from .pages import form, list_rows, messages

if TYPE_CHECKING:
    from .world import World

GUARDS = "applications"

NAMES = ("data", "errors", "meta", "validate")
"""What forms of WTForms call their own parts."""


def model(name: str) -> Callable[[Any], SimpleNamespace]:
    """Return what maps a table with a column of this name beside a number."""

    def define(base: Any) -> SimpleNamespace:
        columns = {"id": Column(Integer, primary_key=True), "number": Column(Integer)}
        named = {**columns, name: Column(String(20))}
        return SimpleNamespace(Memo=type("Memo", (base,), {"__tablename__": "memo", **named}))

    return define


@pytest.mark.parametrize("name", NAMES)
def test_a_column_may_be_called(world: World, evidence: Callable[..., None], name: str) -> None:
    """A column of any name is listed and edited, and a wrong value beside it is refused."""
    own = world.build(model(name), Memo={})
    world.database.store(own.Memo, {"number": 7, name: "first"})
    answers = [world.client().get(f"/admin/memo/{page}") for page in ("", "edit/?id=1")]
    pages = [answer.get_data(as_text=True) for answer in answers]
    shown, values = [row.get(name) for row in list_rows(pages[0])], form(pages[1])

    saved = world.client().post("/admin/memo/edit/?id=1", data={"number": "8", name: "second"})
    stored = world.database.rows("memo")[0]
    wrong = world.client().post("/admin/memo/edit/?id=1", data={"number": "no", name: "third"})
    kept = world.database.rows("memo")[0]

    statuses = [answer.status_code for answer in (*answers, saved, wrong)]
    told = messages(wrong.get_data(as_text=True))
    facts = {"statuses": statuses, "shown": shown, "stored": stored, "kept": kept, "told": told}
    evidence(column=name, **facts)
    for answer in answers:
        world.expect(answer, 200)
    assert shown == ["first"], f"the list shows {shown} for a column called {name}"
    assert values.get(name) == "first", f"the form shows {values.get(name)!r} for {name}"
    world.expect(saved, 302)
    assert stored == {"number": 8, name: "second"}, f"stored with a column called {name}: {stored}"
    assert kept == stored, f"a text in place of a number is taken: stored is {kept}"
    assert told, "nobody is told that a text is no number"
