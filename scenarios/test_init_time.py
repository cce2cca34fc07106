"""Init-time access: what becomes of the session while the admin is being set up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from sqlalchemy.orm import Session

from .pages import list_rows

if TYPE_CHECKING:
    from .world import World

GUARDS = "sessions"
CONTROLLED = True


def test_views_are_added_and_the_admin_is_built(
    world: World, evidence: Callable[..., None]
) -> None:
    """`Admin` is built and a `ModelView` added, and the first page is served."""
    world.add_views()

    page = world.get("/admin/user/")

    evidence(handed_over=type(world.handle).__name__, rows=len(list_rows(page)))
    assert len(list_rows(page)) == 3, "the first page does not show the three users"


def test_an_application_factory_can_bind_the_admin_last(
    world: World, evidence: Callable[..., None]
) -> None:
    """Views are added to an unbound `Admin`, `init_app` comes last, and the page is served."""
    world.add_views_in_factory()

    page = world.get("/admin/user/")

    evidence(rows=len(list_rows(page)))
    assert len(list_rows(page)) == 3, "the first page does not show the three users"


def test_set_up_leaves_nothing_open(world: World, evidence: Callable[..., None]) -> None:
    """Setting the admin up leaves no transaction open and no connection checked out."""
    world.add_views()

    left = {"transactions": world.watch.open_transactions(), "connections": world.watch.checked_out}
    evidence(began=world.watch.distinct(), **left)
    assert left == {"transactions": 0, "connections": 0}, f"left open after set-up: {left}"


def test_the_view_keeps_no_session(world: World, evidence: Callable[..., None]) -> None:
    """The view holds something that leads to a Session, never a Session itself."""
    world.add_views()

    # type(), not isinstance(): a proxy claims the class of what is behind it.
    held = type(world.view.session)
    evidence(holds=held.__name__)
    assert not issubclass(held, Session), f"the view holds one {held.__name__} for the app's life"
