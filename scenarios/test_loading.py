"""Relations that are not loaded with their rows: `dynamic`, `write_only`, and `viewonly` ones.

Nothing here is about how the session reaches the view: it is measured once in a cell.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Callable

import pytest
from sqlalchemy import Column, ForeignKey, Integer, orm
from sqlalchemy.orm import relationship

from .models import Named
from .pages import choices, details, form, list_rows, messages
from .patterns import NotApplicable

if TYPE_CHECKING:
    from .world import World

GUARDS = "applications"

LOADED = ("dynamic", "write_only")


def team(lazy: str) -> Callable[[Any], SimpleNamespace]:
    """Return what maps teams whose players are loaded in one of these ways."""

    def define(base: Any) -> SimpleNamespace:
        class Team(Named, base):
            __tablename__ = "squad"
            players = relationship("Player", lazy=lazy, back_populates="squad")

        class Player(Named, base):
            __tablename__ = "player"
            squad_id = Column(ForeignKey("squad.id"))
            squad = relationship(Team, back_populates="players")

        return SimpleNamespace(Squad=Team, Player=Player)

    return define


def stocked(world: World, lazy: str) -> None:
    """Build the admin, with a team that has one of two players."""
    if lazy == "write_only" and not hasattr(orm, "WriteOnlyMapped"):
        raise NotApplicable("this SQLAlchemy has no relation that is write_only")
    own = world.build(team(lazy), Squad={"column_list": ("name", "players")})
    world.database.store(own.Squad, {"name": "red"})
    world.database.store(own.Player, {"name": "ada", "squad_id": 1})
    world.database.store(own.Player, {"name": "bob"})


@pytest.mark.parametrize("lazy", LOADED)
def test_related_rows_are_shown(world: World, evidence: Callable[..., None], lazy: str) -> None:
    """The list and the details show the rows of a relation that is not loaded with its row."""
    stocked(world, lazy)
    listed = list_rows(world.get("/admin/squad/"))[0].get("players", "no column")
    detailed = details(world.get("/admin/squad/details/?id=1")).get("Players", "no row")

    sql = [page for page, text in (("list", listed), ("details", detailed)) if "SELECT" in text]
    shown = {"list": listed == "ada", "details": detailed == "ada"}
    evidence(relation=lazy, shown=shown, sql=sql)
    told = "SQL" if sql else "something else"
    wrong = [page for page, right in shown.items() if not right]
    assert not wrong, f"in place of the related rows, {told} is shown in {' and '.join(wrong)}"


@pytest.mark.parametrize("lazy", LOADED)
def test_related_rows_are_edited(world: World, evidence: Callable[..., None], lazy: str) -> None:
    """A form shows the rows of a relation that is not loaded with its row, and stores others."""
    stocked(world, lazy)
    page = world.client().get("/admin/squad/edit/?id=1")
    values = form(page.get_data(as_text=True))
    offered = choices(page.get_data(as_text=True), "players")
    sent = {**values, "name": "red", "players": sorted(offered.values()) or ["1", "2"]}
    answer = world.client().post("/admin/squad/edit/?id=1", data=sent)

    chosen = values.get("players", "no field")
    stored = [one for (one,) in world.database.run("SELECT squad_id FROM player ORDER BY id")]
    told = messages(answer.get_data(as_text=True)) if answer.status_code == 200 else []
    statuses = [page.status_code, answer.status_code]
    evidence(relation=lazy, statuses=statuses, chosen=chosen, stored=stored, told=told)
    world.expect(page, 200)
    assert chosen == ["1"], f"chosen in the form is {chosen}, the database has one player"
    world.expect(answer, 302)
    assert stored == [1, 1], f"two players were chosen, stored is {stored}"


def test_a_relation_that_is_only_viewed_is_not_edited(
    world: World, evidence: Callable[..., None]
) -> None:
    """A `viewonly` relation is listed, and a form takes no rows for it that are then not stored."""

    def define(base: Any) -> SimpleNamespace:
        class Squad(Named, base):
            __tablename__ = "squad"
            seniors = relationship(
                "Player",
                primaryjoin="and_(Squad.id == Player.squad_id, Player.age > 60)",
                viewonly=True,
            )

        class Player(Named, base):
            __tablename__ = "player"
            age = Column(Integer)
            squad_id = Column(ForeignKey("squad.id"))

        return SimpleNamespace(Squad=Squad, Player=Player)

    own = world.build(define, Squad={"column_list": ("name", "seniors")})
    world.database.store(own.Squad, {"name": "red"})
    rows = [{"name": "ada", "age": 70, "squad_id": 1}, {"name": "bob", "age": 80, "squad_id": None}]
    world.database.store(own.Player, *rows)
    listed = list_rows(world.get("/admin/squad/"))[0].get("seniors")
    page = world.get("/admin/squad/edit/?id=1")
    offered = choices(page, "seniors")
    answer = world.client().post(
        "/admin/squad/edit/?id=1", data={**form(page), "seniors": sorted(offered.values())}
    )

    stored = [one for (one,) in world.database.run("SELECT squad_id FROM player ORDER BY id")]
    evidence(listed=listed, offered=sorted(offered), status=answer.status_code, stored=stored)
    assert listed == "ada", f"the list shows {listed!r} for the one senior"
    world.expect(answer, 302)
    wanted = [1, 1] if offered else [1, None]
    assert stored == wanted, "rows were chosen for a relation that is only viewed, and not stored"
