"""Parts that applications give their forms: tokens, rules, and fields of another package.

Nothing here is about how the session reaches the view: it is measured once in a cell. What needs a
package that is not installed is not applicable.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Callable

from flask_admin.form import SecureForm
from sqlalchemy import Boolean, Column, ForeignKey, Integer, String
from sqlalchemy.orm import composite, relationship, synonym

from .models import Named
from .pages import choices, form, messages

if TYPE_CHECKING:
    from .world import World

GUARDS = "applications"


def members(base: Any) -> SimpleNamespace:
    """Return clubs and their members."""

    class Club(Named, base):
        __tablename__ = "club"
        members = relationship("Member", back_populates="club")

    class Member(Named, base):
        __tablename__ = "member"
        active = Column(Boolean)
        club_id = Column(ForeignKey("club.id"))
        club = relationship(Club, back_populates="members")

    return SimpleNamespace(Club=Club, Member=Member)


def stocked(world: World, **views: dict[str, Any]) -> None:
    """Build the admin, with two clubs and three members."""
    own = world.build(members, **views)
    world.database.store(own.Club, {"name": "red"}, {"name": "blue"})
    rows = [{"name": name, "club_id": 1} for name in ("ada", "bob", "cyd")]
    world.database.store(own.Member, *rows)


TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"|data-csrf="([^"]+)"')


def token(page: str) -> str:
    """Return the token that a page gives its forms; none where there is none."""
    return next((one or other for one, other in TOKEN.findall(page)), "")


def test_a_token_guards_whatever_writes(world: World, evidence: Callable[..., None]) -> None:
    """With `SecureForm` each way to write works with the token of the page, and none without."""
    view = {"form_base_class": SecureForm, "column_editable_list": ("name", "active")}
    stocked(world, Member=view)
    client = world.client()
    pages = [client.get(f"/admin/member/{at}").get_data(as_text=True) for at in ("", "new/")]
    listed, offered = map(token, pages)
    steps = {
        "create": ("new/", {"name": "dan"}, offered),
        "edit in the list": ("ajax/update/", {"list_form_pk": "1", "name": "eve"}, listed),
        "tick in the list": ("ajax/update/", {"list_form_pk": "1", "active": "1"}, listed),
        "delete": ("delete/", {"id": "2"}, listed),
        "delete what is ticked": ("action/", {"action": "delete", "rowid": ["3"]}, listed),
    }
    open_, shut = [], []
    for what, (address, data, key) in steps.items():
        before = world.database.rows("member")
        client.post(f"/admin/member/{address}", data=data)
        between = world.database.rows("member")
        client.post(f"/admin/member/{address}", data={**data, "csrf_token": key})
        open_ += [what] if between != before else []
        shut += [what] if world.database.rows("member") == between else []

    evidence(tokens=[bool(listed), bool(offered)], without=open_, refused=shut)
    assert listed, "the list has no token"
    assert offered, "the form has no token"
    assert not open_, f"without a token the application lets {', '.join(open_)}"
    assert not shut, f"with its own token the application refuses to {', '.join(shut)}"


def test_what_rules_leave_out_of_a_form_is_kept(
    world: World, evidence: Callable[..., None]
) -> None:
    """Rules that show fewer fields than a form has leave what is not shown as it was stored."""
    stocked(world, Club={"form_edit_rules": ["name"]})
    values = form(world.get("/admin/club/edit/?id=1"))

    answer = world.client().post("/admin/club/edit/?id=1", data={**values, "name": "green"})

    names = [row["name"] for row in world.database.rows("club")]
    clubs = [row["club_id"] for row in world.database.rows("member")]
    evidence(fields=sorted(values), names=names, clubs=clubs)
    world.expect(answer, 302)
    assert names == ["green", "blue"], f"the names stored are {names}"
    assert clubs == [1, 1, 1], "rows were taken away that the form does not show"


@dataclass
class Point:
    """What two columns are composed to."""

    x: int
    y: int

    def __composite_values__(self) -> tuple[int, int]:
        return self.x, self.y


def test_composites_and_synonyms_stand_beside_their_columns(
    world: World, evidence: Callable[..., None]
) -> None:
    """A row whose columns are composed, or go by a second name, is created and edited by them."""

    def define(base: Any) -> SimpleNamespace:
        class Vertex(base):
            __tablename__ = "vertex"
            id = Column(Integer, primary_key=True)
            name = Column(String(20))
            x = Column(Integer)
            y = Column(Integer)
            at = composite(Point, x, y)
            title = synonym("name")

        return SimpleNamespace(Vertex=Vertex)

    world.build(define, Vertex={})
    created = world.client().post("/admin/vertex/new/", data={"name": "a", "x": "1", "y": "2"})
    first = world.database.run("SELECT name, x, y FROM vertex")
    listed = world.client().get("/admin/vertex/")
    values = form(world.get("/admin/vertex/edit/?id=1"))
    sent = {**values, "name": "b", "x": "3"}
    edited = world.client().post("/admin/vertex/edit/?id=1", data=sent)
    second = world.database.run("SELECT name, x, y FROM vertex")

    evidence(created=first, fields=sorted(values), edited=second)
    for answer, status in ((created, 302), (listed, 200), (edited, 302)):
        world.expect(answer, status)
    assert first == [("a", 1, 2)], f"created was {first}"
    assert second == [("b", 3, 2)], f"edited is {second}"


def test_fields_of_wtforms_sqlalchemy_are_filled_and_stored(
    world: World, evidence: Callable[..., None]
) -> None:
    """A `QuerySelectField` in an admin form shows the related row, and stores the chosen one."""
    from wtforms_sqlalchemy.fields import QuerySelectField  # noqa: PLC0415 - few have it

    own = members(world.prepare().library.Base)

    def clubs() -> Any:
        return world.views["member"].get_query().session.query(own.Club)

    extra = {"club": QuerySelectField(query_factory=clubs, allow_blank=True)}
    world.build(lambda base: own, Member={"form_extra_fields": extra})
    world.database.store(own.Club, {"name": "red"}, {"name": "blue"})
    world.database.store(own.Member, {"name": "ada", "club_id": 1})
    page = world.get("/admin/member/edit/?id=1")
    sent = {**form(page), "club": choices(page, "club").get("blue", "no such choice")}
    answer = world.client().post("/admin/member/edit/?id=1", data=sent)

    chosen = form(page).get("club")
    stored = [row["club_id"] for row in world.database.rows("member")]
    told = messages(answer.get_data(as_text=True)) if answer.status_code == 200 else []
    evidence(offered=sorted(choices(page, "club")), chosen=chosen, stored=stored, told=told)
    assert chosen == choices(page, "club").get("red"), "the form does not show the stored club"
    world.expect(answer, 302)
    assert stored == [2], f"the blue club was chosen, stored is {stored}"


def test_each_change_of_a_versioned_model_has_its_version(
    world: World, evidence: Callable[..., None]
) -> None:
    """A model that SQLAlchemy-Continuum versions is created, edited and deleted, all on record."""
    import sqlalchemy_continuum as continuum  # noqa: PLC0415 - few have it

    continuum.make_versioned(user_cls=None)
    try:
        stored, kinds = versioned(world)
    finally:
        continuum.remove_versioning()

    evidence(stored=stored, kinds=kinds)
    assert stored == [["a"], ["b"], []], f"after each step the table held {stored}"
    assert kinds == [0, 1, 2], f"the versions are of the kinds {kinds}"


def versioned(world: World) -> tuple[list[list[str]], list[int]]:
    """Create, edit and delete a row of a versioned model; return the names and the versions."""
    from sqlalchemy.orm import configure_mappers  # noqa: PLC0415 - only here

    def define(base: Any) -> SimpleNamespace:
        class Chapter(Named, base):
            __tablename__ = "chapter"
            __versioned__: dict[str, Any] = {}  # noqa: RUF012 - as its users write it

        configure_mappers()
        return SimpleNamespace(Chapter=Chapter)

    world.build(define, Chapter={})
    stored = []
    steps = (("new/", {"name": "a"}), ("edit/?id=1", {"name": "b"}), ("delete/", {"id": "1"}))
    for address, data in steps:
        world.post(f"/admin/chapter/{address}", data)
        stored.append([row["name"] for row in world.database.rows("chapter")])
    found = world.database.run("SELECT operation_type FROM chapter_version ORDER BY 1")
    return stored, [kind for (kind,) in found]


FORMATS = ("csv", "tsv", "json", "yaml", "xlsx", "xls", "ods", "html", "dbf")


def test_rows_are_exported_in_each_format_of_tablib(
    world: World, evidence: Callable[..., None]
) -> None:
    """An export in each format that Tablib writes holds the rows and what is related to them."""
    import tablib  # noqa: F401, PLC0415 - few have it

    columns = ("name", "club")
    view = {"can_export": True, "export_types": list(FORMATS), "column_export_list": columns}
    stocked(world, Member=view)
    answers = {kind: world.client().get(f"/admin/member/export/{kind}/") for kind in FORMATS}

    statuses = {kind: answer.status_code for kind, answer in answers.items()}
    text = ("csv", "tsv", "json", "yaml", "html")
    lacking = [
        kind
        for kind in text
        for word in ("ada", "red")
        if word not in answers[kind].get_data(as_text=True)
    ]
    empty = [kind for kind, answer in answers.items() if not answer.get_data()]
    left = world.left_open()
    evidence(statuses=statuses, lacking=lacking, empty=empty, left=left)
    failed = [kind for kind, status in statuses.items() if status != 200]
    assert not failed, f"exports that are errors: {', '.join(failed)}"
    assert not lacking, f"exports that lack a row or its club: {', '.join(lacking)}"
    assert not empty, f"exports that are empty: {', '.join(empty)}"
    assert not any(left.values()), f"left open after the exports: {left}"
