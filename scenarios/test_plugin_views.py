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

PATTERN_NEUTRAL = True


def test_a_page_of_the_application_works_with_its_session(
    world: World, evidence: Callable[..., None]
) -> None:
    """A `BaseView` page is in the menu, queries through the admin's session and leaves nothing."""

    class Report(BaseView):
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

    class Service(BaseView):
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
