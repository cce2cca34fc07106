"""Admin work: what the pages show is what the database holds, and what is submitted gets there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from .pages import choices, details, form, list_rows, messages

if TYPE_CHECKING:
    from .world import World

GUARDS = "applications"

COLUMNS = {"name", "born", "role", "group"}
"""What an application that names no columns expects: all but keys, and the group by its text."""


def test_list_shows_what_the_database_holds(world: World, evidence: Callable[..., None]) -> None:
    """The list has a column for every attribute, and each row's stored values in them."""
    world.add_views()

    rows = list_rows(world.get("/admin/user/"))

    evidence(rows=rows)
    assert [set(row) for row in rows] == [COLUMNS] * 3, "a column is missing, or one too many"
    assert rows[0] == {"name": "ada", "born": "1815-12-10", "role": "editor", "group": "team red"}
    assert rows[1] == {"name": "bob", "born": "1980-01-31", "role": "reader", "group": "team blue"}
    assert rows[2] == {"name": "cyd", "born": "", "role": "", "group": ""}


def test_details_show_what_the_database_holds(world: World, evidence: Callable[..., None]) -> None:
    """The details page shows every attribute of the row with its stored value."""
    world.add_views()

    shown = details(world.get("/admin/user/details/?id=1"))

    evidence(shown=shown)
    expected = {"Name": "ada", "Born": "1815-12-10", "Role": "editor", "Group": "team red"}
    assert shown == expected, "the details differ from the stored row"


def test_create_form_offers_every_field(world: World, evidence: Callable[..., None]) -> None:
    """The create form has a field for every attribute, and every group and role to choose from."""
    world.add_views()

    page = world.get("/admin/user/new/")

    offered = {"fields": sorted(form(page)), "groups": sorted(choices(page, "group"))}
    offered["roles"] = sorted(choices(page, "role"))
    evidence(**offered)
    assert set(form(page)) >= COLUMNS, "the form lacks a field"
    assert offered["groups"] == ["team blue", "team red"], "a group cannot be chosen"
    assert offered["roles"] == ["editor", "reader"], "a role cannot be chosen"


def test_created_row_is_in_the_database(world: World, evidence: Callable[..., None]) -> None:
    """What was submitted in the create form is in the database with every value."""
    world.add_views()
    page = world.get("/admin/user/new/")
    submitted = {
        **form(page),
        "name": "dot",
        "born": "2001-02-03",
        "role": choices(page, "role").get("editor", "no such choice"),
        "group": choices(page, "group").get("team blue", "no such choice"),
    }

    answer = world.client().post("/admin/user/new/", data=submitted)

    stored = world.database.people()[-1]
    evidence(status=answer.status_code, stored=stored, told=messages(answer.get_data(as_text=True)))
    world.expect(answer, 302)
    assert stored == ("dot", "2001-02-03", "editor", 2), "the stored row is not what was submitted"


def test_edit_form_shows_what_the_database_holds(
    world: World, evidence: Callable[..., None]
) -> None:
    """The edit form is filled with the stored values, the group and the role chosen."""
    world.add_views()

    page = world.get("/admin/user/edit/?id=1")

    shown = {name: value for name, value in form(page).items() if name in COLUMNS}
    for name in ("role", "group"):
        labels = {value: label for label, value in choices(page, name).items()}
        shown[name] = labels.get(shown.get(name, ""), "not chosen")
    evidence(shown=shown)
    expected = {"name": "ada", "born": "1815-12-10", "role": "editor", "group": "team red"}
    assert shown == expected, "the form differs from the stored row"


def test_edited_row_is_in_the_database(world: World, evidence: Callable[..., None]) -> None:
    """What was changed in the edit form is changed in the database, and nothing else."""
    world.add_views()
    page = world.get("/admin/user/edit/?id=1")
    changed = {
        **form(page),
        "name": "ada lovelace",
        "group": choices(page, "group").get("team blue", "no such choice"),
    }

    answer = world.client().post("/admin/user/edit/?id=1", data=changed)

    stored = world.database.people()[0]
    evidence(status=answer.status_code, stored=stored, told=messages(answer.get_data(as_text=True)))
    world.expect(answer, 302)
    assert stored == ("ada lovelace", "1815-12-10", "editor", 2), (
        "the row is not what was submitted"
    )


def test_deleted_row_is_gone(world: World, evidence: Callable[..., None]) -> None:
    """The row that was deleted is gone from the database, and the others are there."""
    world.add_views()

    world.post("/admin/user/delete/", {"id": "1"})

    names = [name for name, *_ in world.database.people()]
    evidence(left=names)
    assert names == ["bob", "cyd"], "the rows left are not the ones that were not deleted"


def test_a_second_row_of_the_same_name_is_refused(
    world: World, evidence: Callable[..., None]
) -> None:
    """A name that is taken is refused with a message at the form, and nothing is stored."""
    world.add_views()
    values = form(world.get("/admin/user/new/"))

    answer = world.client().post("/admin/user/new/", data={**values, "name": "bob"})

    told = messages(answer.get_data(as_text=True))
    names = [name for name, *_ in world.database.people()]
    evidence(status=answer.status_code, told=told, names=names)
    world.expect(answer, 200)
    assert any("Already exists" in message for message in told), "the user is not told"
    assert names == ["ada", "bob", "cyd"], "the database changed"
