"""Large forms: what a form of Flask-Admin itself sends is taken, however much it is.

Nothing here is about how the session reaches the view: it is measured once in a cell.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Callable

import pytest
from sqlalchemy import Column, ForeignKey, Integer, Text
from sqlalchemy.orm import relationship

if TYPE_CHECKING:
    from .world import World

GUARDS = "applications"

FORMS: dict[str, dict[str, Any]] = {
    "1,200 related rows": {"members": [str(at) for at in range(1, 1201)]},
    "a text of 600,000 letters": {"text": "x" * 600_000},
}
"""What is sent, as Flask-Admin's own templates have it sent: as `multipart/form-data`."""


def clubs(base: Any) -> SimpleNamespace:
    """Return clubs with a text and members."""

    class Club(base):
        __tablename__ = "club"
        id = Column(Integer, primary_key=True)
        text = Column(Text)
        members = relationship("Member")

    class Member(base):
        __tablename__ = "member"
        id = Column(Integer, primary_key=True)
        club_id = Column(ForeignKey("club.id"))

    return SimpleNamespace(Club=Club, Member=Member)


@pytest.mark.parametrize("sent", FORMS)
def test_a_form_may_hold(world: World, evidence: Callable[..., None], sent: str) -> None:
    """A form with much in it is stored as a small one is."""
    own = world.build(clubs, Club={})
    values = FORMS[sent]
    if "members" in values:
        world.database.store(own.Member, *({"id": int(one)} for one in values["members"]))

    answer = world.client().post(
        "/admin/club/new/", data=values, content_type="multipart/form-data"
    )

    texts = world.database.run("SELECT text FROM club")
    members = len(world.database.run("SELECT id FROM member WHERE club_id IS NOT NULL"))
    letters = sum(len(text or "") for (text,) in texts)
    evidence(sent=sent, status=answer.status_code, letters=letters, members=members)
    assert answer.status_code != 413, f"a form with {sent} is refused as too large"
    world.expect(answer, 302)
    assert letters == len(values.get("text", "")), f"{letters} letters were stored"
    assert members == len(values.get("members", ())), f"{members} related rows were stored"
