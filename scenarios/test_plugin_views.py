"""Other views of an admin: pages of the application's own and class-based plug-in views.

Nothing here is about how the session reaches the view: it is measured once in a cell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from flask import request, url_for
from flask.views import MethodView
from flask_admin import BaseView, expose, expose_plugview

if TYPE_CHECKING:
    from .world import World

GUARDS = "applications"


def test_a_page_of_the_application_works_with_its_session(
    world: World, evidence: Callable[..., None]
) -> None:
    """A `BaseView` page is in the menu, queries through the admin's session and leaves nothing."""

    class Report(world.kind(BaseView)):
        @expose("/")
        def index(self) -> str:
            names = [user.name for user in world.view.get_query().order_by("name").all()]
            return f"{', '.join(names)}; {url_for('.index')}"

    world.add_views()
    world.admin.add_view(Report(name="Report", endpoint="report"))

    menu = world.get("/admin/")
    page = world.get("/admin/report/")

    linked = 'href="/admin/report/"' in menu
    evidence(linked=linked, page=page, **world.left_open())
    assert linked, "the menu has no link to the page"
    assert page == "ada, bob, cyd; /admin/report/", f"the page shows {page!r}"
    assert not any(world.left_open().values()), f"left open after it: {world.left_open()}"


def test_class_based_views_answer_each_method(world: World, evidence: Callable[..., None]) -> None:
    """Class-based plug-in views of a `BaseView` answer GET and POST, each on its own address."""

    class Service(world.kind(BaseView)):
        @expose("/")
        def index(self) -> str:
            return "index"

        @expose_plugview("/v1")
        class First(MethodView):
            def get(self, cls: Any) -> str:
                return f"{cls.endpoint} reads"

            def post(self, cls: Any) -> str:
                return f"{cls.endpoint} stores {request.form['name']}"

        @expose_plugview("/v2")
        class Second(MethodView):
            def get(self, cls: Any) -> str:
                return f"{cls.endpoint} reads the second"

    world.add_views()
    world.admin.add_view(Service(name="Service", endpoint="service"))

    pages = [world.get(f"/admin/service/{path}") for path in ("", "v1", "v2")]
    posted = world.post("/admin/service/v1", {"name": "x"}, expect=200)
    refused = world.client().post("/admin/service/v2").status_code

    evidence(pages=pages, posted=posted, refused=refused)
    assert pages == ["index", "service reads", "service reads the second"], f"GET shows {pages}"
    assert posted == "service stores x", f"POST shows {posted!r}"
    assert refused == 405, f"a method that is not there answered {refused}"


def test_pages_are_refused_and_hidden_as_told(world: World, evidence: Callable[..., None]) -> None:
    """A page that its user may not see answers 403 and is in no menu; a hidden one answers."""

    class Secret(world.kind(BaseView)):
        def is_accessible(self) -> bool:
            return False

        @expose("/")
        def index(self) -> str:
            return "secret"

        @expose_plugview("/api")
        class Service(MethodView):
            def get(self, cls: Any) -> str:
                return "secret"

    class Hidden(world.kind(BaseView)):
        def is_visible(self) -> bool:
            return False

        @expose("/")
        def index(self) -> str:
            return "hidden"

    world.add_views()
    world.admin.add_view(Secret(name="Secret", endpoint="secret"))
    world.admin.add_view(Hidden(name="Hidden", endpoint="hidden"))

    menu = world.get("/admin/")
    statuses = {
        path: world.client().get(f"/admin/{path}").status_code
        for path in ("secret/", "secret/api", "hidden/")
    }

    linked = [name for name in ("user", "secret", "hidden") if f'href="/admin/{name}/"' in menu]
    evidence(statuses=statuses, linked=linked)
    assert statuses["secret/"] == 403, "a page that may not be seen is shown"
    assert statuses["secret/api"] == 403, "a plug-in view of a page that may not be seen answers"
    assert statuses["hidden/"] == 200, "a page that is only hidden is refused"
    assert linked == ["user"], f"the menu links {linked}"


def test_a_view_that_may_not_be_used_changes_nothing(
    world: World, evidence: Callable[..., None]
) -> None:
    """Where a model's view is refused, or only reading is allowed, no address of it writes."""
    refusing = {"is_accessible": lambda self: False, "column_editable_list": ("name",)}
    reading_only = dict.fromkeys(("can_create", "can_edit", "can_delete"), False)
    world.add_views(group={**refusing, "can_export": True}, **reading_only)
    before = world.database.people(), world.database.run("SELECT name FROM team ORDER BY id")

    reading = ("", "new/", "edit/?id=1", "details/?id=1", "export/csv/")
    refused = {path: world.client().get(f"/admin/group/{path}").status_code for path in reading}
    writing: dict[str, dict[str, Any]] = {
        "new/": {"name": "new"},
        "edit/?id=1": {"name": "changed"},
        "delete/": {"id": "1"},
        "action/": {"action": "delete", "rowid": ["1"]},
        "ajax/update/": {"list_form_pk": "1", "name": "changed"},
    }
    for path, data in writing.items():
        refused[f"POST {path}"] = world.client().post(f"/admin/group/{path}", data=data).status_code
    answers = {
        path: world.client().post(f"/admin/user/{path}", data=data).status_code
        for path, data in writing.items()
        if path != "ajax/update/"
    }

    after = world.database.people(), world.database.run("SELECT name FROM team ORDER BY id")
    evidence(refused=refused, answers=answers, unchanged=before == after)
    opened = [path for path, status in refused.items() if status != 403]
    assert not opened, f"of a view that may not be used there answer {', '.join(opened)}"
    assert set(answers.values()) <= {302, 403}, f"a view that may only be read answered {answers}"
    assert before == after, "a view that may only be read has changed the database"
