"""Relationships: for each kind that Flask-Admin maps, list, form and stored rows agree.

Nothing here is about how the session reaches the view: it is measured once in a cell.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Callable

from sqlalchemy import Column, ForeignKey, Integer, String, func, select
from sqlalchemy.ext.associationproxy import association_proxy
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import backref, column_property, relationship

from . import models
from .models import Named
from .pages import choices, form, list_rows, messages

if TYPE_CHECKING:
    from .world import World

GUARDS = "applications"


def library_of_books(base: Any) -> SimpleNamespace:
    """Return authors, books, tags and covers, in every kind of relationship."""

    class Author(Named, base):
        __tablename__ = "author"
        books = relationship("Book", back_populates="author")

    tagging = models.table(
        base,
        "tagging",
        Column("book_id", ForeignKey("book.id"), primary_key=True),
        Column("tag_id", ForeignKey("tag.id"), primary_key=True),
    )

    class Tag(Named, base):
        __tablename__ = "tag"

    class Cover(Named, base):
        __tablename__ = "cover"
        book_id = Column(ForeignKey("book.id"), unique=True)

    class Book(Named, base):
        __tablename__ = "book"
        author_id = Column(ForeignKey("author.id"))
        author = relationship(Author, back_populates="books")
        tags = relationship(Tag, secondary=tagging, backref="books")
        cover = relationship(Cover, uselist=False, backref="book")
        tag_names = association_proxy("tags", "name")

        @hybrid_property
        def loud(self) -> Any:
            return self.name + "!"

    Author.book_count = column_property(
        select(func.count(Book.id)).where(Book.author_id == Author.id).scalar_subquery()
    )
    return SimpleNamespace(Author=Author, Book=Book, Tag=Tag, Cover=Cover, tagging=tagging)


def stock(world: World, own: SimpleNamespace) -> None:
    """Store two authors, two books, two tags and a cover."""
    world.database.store(own.Author, {"name": "ada"}, {"name": "bob"})
    world.database.store(own.Book, {"name": "notes", "author_id": 1})
    world.database.store(own.Book, {"name": "poems"})
    world.database.store(own.Tag, {"name": "old"}, {"name": "rare"})
    world.database.store(own.Cover, {"name": "blue", "book_id": 1})
    world.database.run("INSERT INTO tagging (book_id, tag_id) VALUES (1, 1), (1, 2)")


def test_the_list_shows_what_is_related(world: World, evidence: Callable[..., None]) -> None:
    """Related rows, an association proxy, a hybrid and a counted column are in the list."""
    columns = ("name", "author", "tags", "cover", "tag_names", "loud")
    own = world.build(
        library_of_books,
        Book={"column_list": columns},
        Author={"column_list": ("name", "books", "book_count")},
    )
    stock(world, own)

    books = list_rows(world.get("/admin/book/"))
    authors = list_rows(world.get("/admin/author/"))

    evidence(books=books, authors=authors)
    wanted = {"author": "ada", "cover": "blue", "loud": "notes!"}
    wrong = [
        f"{name} shows {books[0].get(name)!r}"
        for name in wanted
        if books[0].get(name) != wanted[name]
    ]
    assert not wrong, f"the list differs from the database: {', '.join(wrong)}"
    for name in ("tags", "tag_names"):
        shown = sorted(
            books[0].get(name, "").replace("[", "").replace("]", "").replace("'", "").split(", ")
        )
        assert shown == ["old", "rare"], f"{name} shows {books[0].get(name)!r} for two tags"
    assert [row.get("books") for row in authors] == ["notes", ""], "the authors' books are wrong"
    assert [row.get("book_count") for row in authors] == ["1", "0"], "the counts are wrong"


def test_related_rows_are_chosen_and_stored(world: World, evidence: Callable[..., None]) -> None:
    """Related rows of each kind chosen in a form are stored, and can be taken away."""
    own = world.build(library_of_books, Book={"form_columns": ("name", "author", "tags", "cover")})
    stock(world, own)
    page = world.get("/admin/book/edit/?id=2")
    offered = {name: sorted(choices(page, name)) for name in ("author", "tags", "cover")}
    entered: dict[str, Any] = {
        **form(page),
        "author": choices(page, "author").get("bob", "no such choice"),
        "tags": list(choices(page, "tags").values()),
        "cover": choices(page, "cover").get("blue", "no such choice"),
    }

    answer = world.client().post("/admin/book/edit/?id=2", data=entered)
    kept = form(world.get("/admin/book/edit/?id=1"))
    emptied = world.client().post(
        "/admin/book/edit/?id=1", data={**kept, "author": "__None", "tags": []}
    )

    tagged = sorted(world.database.run("SELECT book_id, tag_id FROM tagging"))
    books = world.database.rows("book")
    covers = world.database.rows("cover")
    told = messages(answer.get_data(as_text=True)) + messages(emptied.get_data(as_text=True))
    evidence(offered=offered, tagged=tagged, books=books, covers=covers, told=told)
    assert offered == {"author": ["ada", "bob"], "tags": ["old", "rare"], "cover": ["blue"]}, (
        f"the form offers {offered}"
    )
    world.expect(answer, 302)
    world.expect(emptied, 302)
    assert [book["author_id"] for book in books] == [None, 2], "the authors are not those chosen"
    assert tagged == [(2, 1), (2, 2)], "the tags are not those chosen"
    assert covers[0]["book_id"] == 2, "the cover is not with the book that it was chosen for"


def test_a_row_is_related_to_its_own_table(world: World, evidence: Callable[..., None]) -> None:
    """A parent of the same table is shown, chosen and stored, and its children with it."""

    def define(base: Any) -> SimpleNamespace:
        class Place(Named, base):
            __tablename__ = "place"
            parent_id = Column(ForeignKey("place.id"))
            children = relationship("Place", backref=backref("parent", remote_side="Place.id"))

        return SimpleNamespace(Place=Place)

    own = world.build(define, Place={"column_list": ("name", "parent", "children")})
    world.database.store(own.Place, {"name": "earth"})
    world.database.store(own.Place, {"name": "europe", "parent_id": 1})
    world.database.store(own.Place, {"name": "france"})
    page = world.get("/admin/place/edit/?id=3")
    europe = choices(page, "parent").get("europe", "no such choice")

    answer = world.client().post("/admin/place/edit/?id=3", data={**form(page), "parent": europe})

    rows = {row.get("name"): row for row in list_rows(world.get("/admin/place/"))}
    parents = [row["parent_id"] for row in world.database.rows("place")]
    evidence(rows=rows, parents=parents, told=messages(answer.get_data(as_text=True)))
    world.expect(answer, 302)
    assert parents == [None, 1, 2], "the stored parents are not those chosen"
    assert rows.get("france", {}).get("parent") == "europe", "the list does not show the parent"
    assert rows.get("europe", {}).get("children") == "france", "the list does not show the child"


def test_inherited_classes_are_stored_where_they_belong(
    world: World, evidence: Callable[..., None]
) -> None:
    """Of joined and of single-table inheritance each view lists and stores its own class."""

    def define(base: Any) -> SimpleNamespace:
        class Worker(Named, base):
            __tablename__ = "worker"
            kind = Column(String(20))
            __mapper_args__ = {"polymorphic_on": kind, "polymorphic_identity": "worker"}  # noqa: RUF012

        class Manager(Worker):
            __tablename__ = "manager"
            id = Column(ForeignKey("worker.id"), primary_key=True)
            budget = Column(Integer)
            __mapper_args__ = {"polymorphic_identity": "manager"}  # noqa: RUF012

        own = {"agency": Column(String(20)), "__mapper_args__": {"polymorphic_identity": "temp"}}
        told = getattr(world.adapter, "single_table", dict)()
        temp = type("Temp", (Worker,), {**own, **told})

        return SimpleNamespace(Worker=Worker, Manager=Manager, Temp=temp)

    excluded = {"form_excluded_columns": ("kind",)}
    world.build(define, Worker=excluded, Manager=excluded, Temp=excluded)
    entered = {
        "worker": {"name": "will"},
        "manager": {"name": "mary", "budget": "7"},
        "temp": {"name": "tom", "agency": "quick"},
    }
    told = []
    for endpoint, values in entered.items():
        blank = form(world.get(f"/admin/{endpoint}/new/"))
        answer = world.client().post(f"/admin/{endpoint}/new/", data={**blank, **values})
        told += messages(answer.get_data(as_text=True))

    shown = {
        endpoint: sorted(row.get("name", "") for row in list_rows(world.get(f"/admin/{endpoint}/")))
        for endpoint in entered
    }
    kinds = sorted(world.database.run("SELECT name, kind, agency FROM worker"))
    budgets = world.database.run("SELECT budget FROM manager")
    evidence(shown=shown, kinds=kinds, budgets=budgets, told=told)
    assert kinds == [
        ("mary", "manager", None),
        ("tom", "temp", "quick"),
        ("will", "worker", None),
    ], f"the rows are not stored as their classes: {kinds}"
    assert budgets == [(7,)], "the joined table has no row of the manager"
    assert shown["worker"] == ["mary", "tom", "will"], f"all workers: {shown['worker']}"
    assert shown["manager"] == ["mary"], f"the list of managers shows {shown['manager']}"
    assert shown["temp"] == ["tom"], f"the list of temps shows {shown['temp']}"


def test_rows_with_a_composite_key_are_edited_and_deleted(
    world: World, evidence: Callable[..., None]
) -> None:
    """A row whose key has two columns is found by the link of the list, edited and deleted."""

    def define(base: Any) -> SimpleNamespace:
        class Seat(base):
            __tablename__ = "seat"
            hall = Column(String(20), primary_key=True)
            number = Column(Integer, primary_key=True, autoincrement=False)
            name = Column(String(40))

        return SimpleNamespace(Seat=Seat)

    own = world.build(define, Seat={"form_columns": ("hall", "number", "name")})
    seats = [{"hall": "a,b", "number": at, "name": f"seat {at}"} for at in (1, 2, 3)]
    world.database.store(own.Seat, *seats)
    view = world.admin._views[-1]  # noqa: SLF001 - the view itself is not kept elsewhere
    with world.app.app_context():
        keys = [view.get_pk_value(row) for row in view.get_query().order_by(own.Seat.number).all()]

    address = world.app.url_map.bind("localhost").build("seat.edit_view", {"id": keys[1]})
    values = form(world.get(address))
    answer = world.client().post(address, data={**values, "name": "changed"})
    deleted = world.client().post("/admin/seat/delete/", data={"id": keys[2]})

    left = world.database.run("SELECT number, name FROM seat ORDER BY number")
    statuses = [answer.status_code, deleted.status_code]
    evidence(form=values, left=left, statuses=statuses)
    assert (values.get("hall"), values.get("number")) == ("a,b", "2"), "the form is of another row"
    world.expect(answer, 302)
    world.expect(deleted, 302)
    assert left == [(1, "seat 1"), (2, "changed")], f"the rows left are {left}"
