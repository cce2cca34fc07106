"""Start and end: factories that are called twice, admins that are bound last, `flask shell`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from flask import Blueprint
from flask_admin import Admin

from .client import client_of
from .patterns import NotApplicable
from .sessions import serial
from .shell import type_in_shell

if TYPE_CHECKING:
    from flask import Flask
    from flask_admin.contrib.sqla import ModelView

    from .world import World

GUARDS = "sessions"

NOTHING = {"transactions": 0, "connections": 0}


def rename(view: ModelView) -> str:
    """Store another name of the first row and read on; return the number of the Session."""
    view.get_one("1").name += "!"
    view.get_query().session.commit()
    view.get_one("1")
    return str(serial(view.get_query().session))


def add_view(world: World, admin: Admin, model: Any, endpoint: str) -> None:
    """Add one more view over the handle of the world's first."""
    kind = type(f"{model.__name__}View", (world.view_class(),), {"work": staticmethod(rename)})
    admin.add_view(kind(model, world.handle, endpoint=endpoint))


def test_a_factory_that_is_called_twice_binds_the_admin_of_a_module(
    world: World, evidence: Callable[..., None]
) -> None:
    """An `Admin` and its views, made once, serve each application of a factory called twice."""
    world.add_views_in_factory()
    world.view.work = rename
    numbers = [world.get("/admin/user/work")]
    other = world.another_application()
    world.share(other)
    world.admin.init_app(other)
    for client in map(client_of, (world.app, other, world.app, other)):
        numbers += [world.expect(client.get("/admin/user/work"), 200)]
    left = world.left_open()
    with other.app_context():
        world.library.engine().dispose()

    stored, sessions = world.database.people()[0][0], len(set(numbers))
    evidence(stored=stored, sessions=sessions, requests=len(numbers), **left)
    assert stored == "ada!!!!!", "what the applications stored is not what the database holds"
    assert sessions == len(numbers), f"{len(numbers)} requests had {sessions} Session(s)"
    assert left == NOTHING, f"left open after the requests: {left}"


def test_each_application_of_a_factory_keeps_its_own_database(
    world: World, evidence: Callable[..., None]
) -> None:
    """Two applications of one factory, each with its own database, store their rows in it."""
    use = getattr(world.adapter, "with_database", None)
    if use is None:
        raise NotApplicable("the library takes its database before there is an application")
    world.add_views_in_factory()
    world.view.work = rename
    second = world.another_database()
    second.fill(world.models.User)
    use(world.library, second.url)
    other = world.another_application()
    world.share(other)
    world.admin.init_app(other)
    for client in map(client_of, (world.app, other, other)):
        world.expect(client.get("/admin/user/work"), 200)
    left = world.left_open()
    with other.app_context():
        world.library.engine().dispose()

    stored = {"first": world.database.people()[0][0], "second": second.people()[0][0]}
    evidence(stored=stored, **left)
    assert stored == {"first": "ada!", "second": "ada!!"}, "a row is in the other one's database"
    assert left == NOTHING, f"left open after the requests: {left}"


def test_views_of_a_module_and_of_its_factory_share_the_handle(
    world: World, evidence: Callable[..., None]
) -> None:
    """A view added before `init_app` and one added after it read and write with one handle."""
    world.add_views_in_factory()
    world.view.work = rename
    with world.app.app_context():
        add_view(world, world.admin, world.models.Group, "group")

    numbers = [world.get(f"/admin/{name}/work") for name in ("group", "user", "group", "user")]

    (group,) = world.database.run("SELECT name FROM team WHERE id = 1")[0]
    user, sessions = world.database.people()[0][0], len(set(numbers))
    evidence(group=group, user=user, sessions=sessions, requests=4, **world.left_open())
    assert group == "red!!", "what the factory's view stored is not what the database holds"
    assert user == "ada!!", "what the module's view stored is not what the database holds"
    assert sessions == 4, f"4 requests to the two views had {sessions} Session(s)"
    assert world.left_open() == NOTHING, f"left open after the requests: {world.left_open()}"


def test_several_admins_are_bound_last_beside_a_blueprint_named_admin(
    world: World, evidence: Callable[..., None]
) -> None:
    """Two `Admin`s with endpoints of their own, bound by `init_app`, share a handle."""
    world.prepare()
    own = Blueprint("admin", "scenario", url_prefix="/own")
    own.add_url_rule("/", "index", lambda: "the application's own")
    world.app.register_blueprint(own)
    admins = [Admin(name=name, url=f"/{name}", endpoint=name) for name in ("office", "shop")]
    world.library.init_app(world.app)
    with world.place():
        world.make_handle()
        for admin in admins:
            add_view(world, admin, world.models.User, f"{admin.name}_user")
    for admin in admins:
        admin.init_app(world.app)

    numbers = [world.get(f"/{name}/{name}_user/work") for name in ("office", "shop", "office")]
    page = world.get("/own/")

    stored, sessions = world.database.people()[0][0], len(set(numbers))
    evidence(stored=stored, sessions=sessions, requests=3, own=page, **world.left_open())
    assert stored == "ada!!!", "what the admins stored is not what the database holds"
    assert sessions == 3, f"3 requests to the two admins had {sessions} Session(s)"
    assert page == "the application's own", "the application's own blueprint is not served"
    assert world.left_open() == NOTHING, f"left open after the requests: {world.left_open()}"


def test_the_shell_of_a_factory_uses_the_session(
    world: World, evidence: Callable[..., None]
) -> None:
    """In `flask shell` over a factory the admin's session reads and writes, and is then closed."""
    seen: dict[str, Any] = {}

    def change() -> None:
        try:
            rename(world.view)
            seen["name"] = world.view.get_one("1").name
        except Exception as error:  # noqa: BLE001 - a shell prints it, and goes on
            seen["error"] = error

    def create_app() -> Flask:
        world.add_views_in_factory()
        world.app.shell_context_processor(lambda: {"change": change})
        return world.app

    exit_code = type_in_shell(create_app, "change()\n")
    if "error" in seen:
        raise AssertionError("what was typed in the shell failed") from seen["error"]
    stored = world.database.people()[0][0]

    evidence(exit_code=exit_code, seen=seen.get("name"), stored=stored, **world.left_open())
    assert exit_code == 0, f"the shell ended with {exit_code}"
    assert seen.get("name") == "ada!", "the shell does not see what it wrote"
    assert stored == "ada!", "what the shell wrote is not stored"
    assert world.left_open() == NOTHING, f"left open after the shell: {world.left_open()}"
