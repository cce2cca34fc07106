"""Translation: the interface and its messages, with Flask-Babel installed and without.

Nothing here is about how the session reaches the view: it is measured once in a cell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from .pages import form, messages
from .patterns import NotApplicable

if TYPE_CHECKING:
    from .world import World

GUARDS = "applications"


def shown(world: World) -> dict[str, list[str]]:
    """Return the link to a new row, and what a form says of an empty and of a taken name."""
    values = form(world.get("/admin/user/new/"))
    listed = world.get("/admin/user/")
    said: dict[str, list[str]] = {}
    for name in ("", "bob"):
        page = world.post("/admin/user/new/", {**values, "name": name}, expect=200)
        said[name or "empty"] = [one.partition(" ")[0] for one in messages(page)]
    words = [word for word in ("Create", "Erstellen") if word in listed]
    return {"words": words, **said}


def is_installed(world: World) -> bool:
    """Tell whether Flask-Babel is here, by what it leaves in an application that sets it up."""
    return "babel" in world.prepare().app.extensions


def test_an_application_in_english_says_all_in_english(
    world: World, evidence: Callable[..., None]
) -> None:
    """In English, with Flask-Babel set up or absent, links and messages are there."""
    world.add_views()

    found = shown(world)

    evidence(**found)
    assert found["words"] == ["Create"], f"the list says {found['words']}"
    assert found["empty"], "a missing name is not told"
    assert "Already" in found["bob"], f"a taken name is told as {found['bob']}"


def test_the_interface_speaks_the_language_of_the_application(
    world: World, evidence: Callable[..., None]
) -> None:
    """With Flask-Babel set to German, links and validation messages are German."""
    world.locale = "de"
    if not is_installed(world):
        raise NotApplicable("neither Flask-Babel nor Flask-BabelEx is installed here")
    world.add_views()

    found = shown(world)

    evidence(**found)
    assert found["words"] == ["Erstellen"], f"the list says {found['words']}, in German Erstellen"
    assert found["empty"], "a missing name is not told"
    assert "This" not in found["empty"], f"a missing name is told as {found['empty']}, in English"
    assert found["bob"], "a taken name is not told"
    assert "Already" not in found["bob"], f"a taken name is told as {found['bob']}, in English"


def test_flask_babel_may_be_installed_and_not_set_up(
    world: World, evidence: Callable[..., None]
) -> None:
    """An application that does not set an installed Flask-Babel up works, in English."""
    import flask_babel  # noqa: F401, PLC0415 - not everybody has it

    world.locale = None
    world.add_views()

    answer = world.client().get("/admin/user/")

    raised = [repr(error) for error in world.app.errors]
    in_english = "Create" in answer.get_data(as_text=True)
    evidence(status=answer.status_code, raised=raised, in_english=in_english)
    world.expect(answer, 200)
    assert in_english, "the list does not say Create, and so is not in English"


def test_messages_count_what_they_tell(world: World, evidence: Callable[..., None]) -> None:
    """A message about one row and one about several say how many, and are about the right rows."""
    world.add_views()
    client = world.client()

    told = []
    for ids in (["3"], ["1", "2"]):
        data = {"action": "delete", "rowid": ids}
        client.post("/admin/user/action/", data=data)
        told.append(messages(client.get("/admin/user/").get_data(as_text=True)))

    left = world.database.people()
    evidence(told=told, left=left)
    wanted = ["Record was successfully deleted.", "2 records were successfully deleted."]
    assert left == [], f"deleted were not the rows that were chosen: left are {left}"
    assert told == [[one] for one in wanted], f"told for 1 and for 2 rows: {told}"
