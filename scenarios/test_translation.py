"""Translation: the interface and its messages, with Flask-Babel installed and without.

Nothing here is about how the session reaches the view: it is measured once in a cell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from .pages import form, messages
from .patterns import NotApplicable

if TYPE_CHECKING:
    from .world import World

PATTERN_NEUTRAL = True


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


def test_without_a_translation_everything_is_said_in_english(
    world: World, evidence: Callable[..., None]
) -> None:
    """Without Flask-Babel set up, links and messages are there, in English."""
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
    try:
        from flask_babel import Babel  # noqa: PLC0415 - not everybody has it
    except ImportError as missing:
        raise NotApplicable("Flask-Babel is not installed here") from missing
    world.prepare()
    world.app.config["BABEL_DEFAULT_LOCALE"] = "de"
    Babel(world.app)
    world.add_views()

    found = shown(world)

    evidence(**found)
    assert found["words"] == ["Erstellen"], f"the list says {found['words']}, in German Erstellen"
    assert found["empty"], "a missing name is not told"
    assert found["bob"], "a taken name is not told"
    assert "Already" not in found["bob"], f"a taken name is told as {found['bob']}, in English"
