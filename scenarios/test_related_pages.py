"""Pages over related tables: filters, orders, choices and deletions reach the rows they should.

Nothing here is about how the session reaches the view: it is measured once in a cell.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Callable

from sqlalchemy import (
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    String,
    func,
    select,
)
from sqlalchemy.ext.associationproxy import association_proxy
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import backref, column_property, relationship

from . import models
from .models import Named
from .pages import choices, form, list_rows, messages

if TYPE_CHECKING:
    from .world import World

GUARDS = "applications"


def books(base: Any) -> SimpleNamespace:
    """Return authors of books with tags."""
    tagging = models.table(
        base,
        "tagging",
        Column("book_id", ForeignKey("book.id"), primary_key=True),
        Column("tag_id", ForeignKey("tag.id"), primary_key=True),
    )

    class Author(Named, base):
        __tablename__ = "author"
        born = Column(Integer)

    class Tag(Named, base):
        __tablename__ = "tag"

    class Book(Named, base):
        __tablename__ = "book"
        author_id = Column(ForeignKey("author.id"), nullable=False)
        editor_id = Column(ForeignKey("author.id"))
        author = relationship(Author, foreign_keys=[author_id], backref="books")
        editor = relationship(Author, foreign_keys=[editor_id])
        tags = relationship(Tag, secondary=tagging)

        @hybrid_property
        def loud(self) -> Any:
            return self.name + "!"

    Author.written = column_property(
        select(func.count(Book.id)).where(Book.author_id == Author.id).scalar_subquery()
    )
    return SimpleNamespace(Author=Author, Tag=Tag, Book=Book, tagging=tagging)


def stock(world: World, own: SimpleNamespace) -> None:
    """Store two authors, who edit each other, three books, and two tags for the first."""
    world.database.store(own.Author, {"name": "zoe", "born": 1950}, {"name": "abe", "born": 1980})
    rows = [("notes", 1, 2), ("poems", 2, 1), ("atlas", 1, 2)]
    world.database.store(
        own.Book, *({"name": name, "author_id": by, "editor_id": ed} for name, by, ed in rows)
    )
    world.database.store(own.Tag, {"name": "rare"}, {"name": "rarely read"})
    world.database.run("INSERT INTO tagging (book_id, tag_id) VALUES (1, 1), (1, 2)")


def found(world: World, endpoint: str, **chosen: Any) -> tuple[int, list[str]]:
    """Return what the list counts, and the names in it; a filter is (name, operation, value)."""
    seen: list[tuple[int, list[str]]] = []

    def work(view: Any) -> str:
        given = {"sort_column": None, "sort_desc": None, "search": None, "filters": None, **chosen}
        if given["filters"]:
            label, operation, value = given["filters"]
            kinds = [(str(one.name), str(one.operation())) for one in view._filters]  # noqa: SLF001
            at = kinds.index((label, operation)) if (label, operation) in kinds else -1
            assert at >= 0, f"no filter {label}, {operation} among {kinds}"
            given["filters"] = [(at, label, value)]
        count, rows = view.get_list(0, **given)
        seen.append((count, [row.name for row in rows]))
        return ""

    world.work(work, endpoint)
    return seen[0]


def test_related_columns_are_filtered_searched_and_sorted(
    world: World, evidence: Callable[..., None]
) -> None:
    """Filters, search and orders by columns of a related row choose, count and order rightly."""
    attributes = {
        "column_list": ("name", "author", "editor", "tags"),
        "column_filters": ("author.name", "editor.name", "author.born"),
        "column_searchable_list": ("name", "author.name"),
        "column_sortable_list": ("name", ("author", "author.name"), ("editor", "editor.name")),
        "column_labels": {
            "author.name": "By",
            "editor.name": "Edited by",
            "author.born": "Born",
        },
    }
    own = world.build(books, Book=attributes)
    stock(world, own)

    seen = {
        "author is zoe": found(world, "book", filters=("By", "equals", "zoe")),
        "editor is zoe": found(world, "book", filters=("Edited by", "equals", "zoe")),
        "author born after 1960": found(world, "book", filters=("Born", "greater than", "1960")),
        "search for abe": found(world, "book", search="abe"),
        "by author": found(world, "book", sort_column="author"),
        "by editor": found(world, "book", sort_column="editor"),
    }

    counts = {what: (count, len(rows)) for what, (count, rows) in seen.items()}
    uneven = sorted(what for what, (count, rows) in counts.items() if count != rows)
    evidence(seen=seen)
    wanted = {
        "author is zoe": ["atlas", "notes"],
        "editor is zoe": ["poems"],
        "author born after 1960": ["poems"],
        "search for abe": ["poems"],
    }
    wrong = [
        f"{what} finds {seen[what][1]}" for what in wanted if sorted(seen[what][1]) != wanted[what]
    ]
    assert not wrong, f"otherwise than in the database: {', '.join(wrong)}"
    wrong = [f"{what} {counts[what]}" for what in uneven]
    assert not wrong, f"other counts than rows: {', '.join(wrong)}"
    lost = [what for what in ("by author", "by editor") if counts[what][1] != 3]
    assert not lost, f"sorted {', '.join(lost)}, the list lacks rows"
    assert seen["by author"][1][0] == "poems", "by author, the first is not abe's"
    assert seen["by editor"][1][-1] == "poems", "sorted by editor, the last is not zoe's"


def test_rows_are_found_by_many_related_rows(world: World, evidence: Callable[..., None]) -> None:
    """A filter and a search by columns of many related rows find each row they should once."""
    seen = found_by_tags(world)

    names = {what: rows for what, (_, rows) in seen.items()}
    evidence(names=names)
    wanted = {"tag contains rare": ["notes"], "search for rare": ["notes"]}
    assert names == wanted, f"otherwise than in the database: {names}"


def test_rows_are_counted_by_many_related_rows(world: World, evidence: Callable[..., None]) -> None:
    """A filter and a search by columns of many related rows count each row that they find once."""
    seen = found_by_tags(world)

    counts = {what: count for what, (count, _) in seen.items()}
    evidence(seen=seen)
    wrong = [f"{what} counts {count}" for what, count in counts.items() if count != 1]
    assert not wrong, f"one row is counted several times: {', '.join(wrong)}"


def found_by_tags(world: World) -> dict[str, tuple[int, list[str]]]:
    """Return what a filter and a search find for a book of two tags."""
    attributes = {
        "column_list": ("name", "tags"),
        "column_filters": ("tags.name",),
        "column_searchable_list": ("name", "tags.name"),
        "column_labels": {"tags.name": "Tag"},
    }
    own = world.build(books, Book=attributes)
    stock(world, own)
    return {
        "tag contains rare": found(world, "book", filters=("Tag", "contains", "rare")),
        "search for rare": found(world, "book", search="rare"),
    }


def test_what_is_computed_is_filtered_searched_and_sorted(
    world: World, evidence: Callable[..., None]
) -> None:
    """Hybrids and counted columns are found and ordered as what is stored, and never in a form."""
    own = world.build(
        books,
        Book={
            "column_list": ("name", "loud"),
            "column_filters": ("loud",),
            "column_searchable_list": ("loud",),
            "column_sortable_list": ("loud",),
        },
        Author={"column_list": ("name", "written"), "column_sortable_list": ("written",)},
    )
    stock(world, own)

    seen = {
        "loud is poems!": found(world, "book", filters=("Loud", "equals", "poems!")),
        "search for s!": found(world, "book", search="ems!"),
        "by loud": found(world, "book", sort_column="loud"),
        "by count": found(world, "author", sort_column="written"),
        "by count, descending": found(world, "author", sort_column="written", sort_desc=True),
    }
    shown = [row.get("written") for row in list_rows(world.get("/admin/author/"))]
    fields = sorted(form(world.get("/admin/author/edit/?id=1")))

    evidence(seen=seen, shown=shown, fields=fields)
    wanted = {
        "loud is poems!": ["poems"],
        "search for s!": ["poems"],
        "by loud": ["atlas", "notes", "poems"],
        "by count": ["abe", "zoe"],
        "by count, descending": ["zoe", "abe"],
    }
    wrong = [
        f"{what} gives {seen[what][1]} and counts {seen[what][0]}"
        for what, rows in wanted.items()
        if seen[what] != (len(rows), rows)
    ]
    assert not wrong, f"otherwise than in the database: {', '.join(wrong)}"
    assert sorted(shown) == ["1", "2"], f"the list counts {shown} books, the database 2 and 1"
    assert "written" not in fields, "the form has a field for a count"


def test_a_required_relation_is_required(world: World, evidence: Callable[..., None]) -> None:
    """A form without a related row that the database requires is refused at its field."""
    own = world.build(books, Book={"form_columns": ("name", "author", "editor")})
    stock(world, own)
    page = world.get("/admin/book/new/")
    zoe = choices(page, "author").get("zoe", "no such choice")
    values = {**form(page), "name": "essay"}

    refused = world.client().post("/admin/book/new/", data={**values, "author": "__None"})
    after = len(world.database.rows("book"))
    stored = world.client().post("/admin/book/new/", data={**values, "author": zoe})

    told = messages(refused.get_data(as_text=True))
    rows = world.database.run("SELECT author_id, editor_id FROM book WHERE name = 'essay'")
    evidence(statuses=[refused.status_code, stored.status_code], told=told, rows=rows)
    world.expect(refused, 200)
    assert told, "nobody is told that the author is missing"
    assert after == 3, f"after a refusal there are {after} books, before 3"
    world.expect(stored, 302)
    assert rows == [(1, None)], f"stored with author zoe and no editor is {rows}"


def test_rows_are_related_to_rows_of_a_composite_key(
    world: World, evidence: Callable[..., None]
) -> None:
    """A row whose key has two columns is chosen in a form, and several are deleted at once."""

    def define(base: Any) -> SimpleNamespace:
        class Seat(base):
            __tablename__ = "seat"
            hall = Column(String(20), primary_key=True)
            number = Column(Integer, primary_key=True, autoincrement=False)

            def __str__(self) -> str:
                return f"{self.hall} {self.number}"

        class Ticket(Named, base):
            __tablename__ = "ticket"
            hall = Column(String(20))
            number = Column(Integer)
            seat = relationship(Seat)
            __table_args__ = (
                ForeignKeyConstraint(["hall", "number"], ["seat.hall", "seat.number"]),
            )

        return SimpleNamespace(Seat=Seat, Ticket=Ticket)

    own = world.build(define, Seat={"column_display_pk": True}, Ticket={})
    seats = [{"hall": hall, "number": at} for hall in ("a", "b") for at in (1, 2)]
    world.database.store(own.Seat, *seats)
    world.database.store(own.Ticket, {"name": "one", "hall": "a", "number": 1})
    page = world.get("/admin/ticket/edit/?id=1")
    offered = choices(page, "seat")
    kept = form(page).get("seat") == offered.get("a 1", "no such choice")
    chosen = offered.get("b 2", "no such choice")
    answer = world.client().post("/admin/ticket/edit/?id=1", data={**form(page), "seat": chosen})
    keys: list[str] = []

    def work(view: Any) -> str:
        keys.extend(view.get_pk_value(row) for row in view.get_list(0, None, None, None, None)[1])
        return ""

    world.work(work, "seat")
    ids = [key for key in keys if not key.startswith("b") or not key.endswith("2")]
    deletion = {"action": "delete", "rowid": ids[1:]}
    deleted = world.client().post("/admin/seat/action/", data=deletion)

    ticket = world.database.run("SELECT hall, number FROM ticket")
    left = sorted(world.database.run("SELECT hall, number FROM seat"))
    shown = [row.get("seat") for row in list_rows(world.get("/admin/ticket/"))]
    evidence(offered=sorted(offered), kept=kept, ticket=ticket, keys=sorted(keys), left=left)
    assert sorted(offered) == ["a 1", "a 2", "b 1", "b 2"], f"the form offers {sorted(offered)}"
    assert kept, "the form does not show the stored seat as chosen"
    world.expect(answer, 302)
    assert ticket == [("b", 2)], f"stored for the seat b 2 is {ticket}"
    assert shown == ["b 2"], f"the list shows {shown}"
    world.expect(deleted, 302)
    assert left == [("a", 1), ("b", 2)], f"the seats left are {left}, not a 1 and b 2"


def test_rows_of_one_table_are_related_to_several_of_it(
    world: World, evidence: Callable[..., None]
) -> None:
    """Friends of the same table are shown, chosen and stored in their one direction."""

    def define(base: Any) -> SimpleNamespace:
        friendship = models.table(
            base,
            "friendship",
            Column("one_id", ForeignKey("friend.id"), primary_key=True),
            Column("other_id", ForeignKey("friend.id"), primary_key=True),
        )

        class Friend(Named, base):
            __tablename__ = "friend"
            friends = relationship(
                "Friend",
                secondary=friendship,
                primaryjoin="Friend.id == friendship.c.one_id",
                secondaryjoin="Friend.id == friendship.c.other_id",
                backref=backref("friend_of"),
            )

        return SimpleNamespace(Friend=Friend)

    own = world.build(define, Friend={"column_list": ("name", "friends", "friend_of")})
    world.database.store(own.Friend, {"name": "ann"}, {"name": "ben"}, {"name": "cat"})
    page = world.get("/admin/friend/edit/?id=1")
    offered = choices(page, "friends")
    chosen = [offered.get("ben", "no such choice"), offered.get("cat", "no such choice")]

    answer = world.client().post("/admin/friend/edit/?id=1", data={**form(page), "friends": chosen})

    stored = sorted(world.database.run("SELECT one_id, other_id FROM friendship"))
    rows = {row.get("name", ""): row for row in list_rows(world.get("/admin/friend/"))}
    shown = {
        name: {kind: sorted(row.get(kind, "").split(", ")) for kind in ("friends", "friend_of")}
        for name, row in rows.items()
    }
    evidence(stored=stored, shown=shown, told=messages(answer.get_data(as_text=True)))
    world.expect(answer, 302)
    assert stored == [(1, 2), (1, 3)], f"the friendships stored are {stored}"
    assert shown.get("ann", {}).get("friends") == ["ben", "cat"], f"the list shows {shown}"
    assert shown.get("ben", {}).get("friend_of") == ["ann"], f"the list shows {shown}"


def test_an_association_proxy_is_chosen_and_stored(
    world: World, evidence: Callable[..., None]
) -> None:
    """Rows behind an association object are chosen through its proxy, stored, and filtered by."""

    def define(base: Any) -> SimpleNamespace:
        class Keyword(Named, base):
            __tablename__ = "keyword"

        class Link(base):
            __tablename__ = "link"
            page_id = Column(ForeignKey("page.id"), primary_key=True)
            keyword_id = Column(ForeignKey("keyword.id"), primary_key=True)
            keyword = relationship(Keyword)

        class Page(Named, base):
            __tablename__ = "page"
            links = relationship(Link, cascade="all, delete-orphan")
            keywords = association_proxy(
                "links", "keyword", creator=lambda keyword: Link(keyword=keyword)
            )

        return SimpleNamespace(Keyword=Keyword, Link=Link, Page=Page)

    attributes = {
        "column_list": ("name", "keywords"),
        "form_columns": ("name", "keywords"),
        "column_filters": ("keywords.name",),
        "column_labels": {"keywords.name": "Word"},
    }
    own = world.build(define, Page=attributes)
    world.database.store(own.Keyword, {"name": "old"}, {"name": "rare"}, {"name": "new"})
    world.database.store(own.Page, {"name": "home"}, {"name": "other"})
    world.database.store(own.Link, {"page_id": 1, "keyword_id": 1}, {"page_id": 1, "keyword_id": 2})
    page = world.get("/admin/page/edit/?id=1")
    offered = choices(page, "keywords")
    kept = sorted(str(one) for one in form(page).get("keywords", []))
    chosen = [offered.get("rare", "no such choice"), offered.get("new", "no such choice")]

    answer = world.client().post("/admin/page/edit/?id=1", data={**form(page), "keywords": chosen})

    stored = sorted(world.database.run("SELECT page_id, keyword_id FROM link"))
    rows = {
        row.get("name", ""): row.get("keywords", "") for row in list_rows(world.get("/admin/page/"))
    }
    filtered = found(world, "page", filters=("Word", "equals", "new"))
    evidence(offered=sorted(offered), kept=kept, stored=stored, shown=rows, filtered=filtered)
    assert sorted(offered) == ["new", "old", "rare"], f"the form offers {sorted(offered)}"
    assert kept == ["1", "2"], f"the form shows {kept} as chosen, the database has 1 and 2"
    world.expect(answer, 302)
    assert stored == [(1, 2), (1, 3)], f"the links stored are {stored}"
    shown = sorted(rows.get("home", "").split(", "))
    assert shown == ["new", "rare"], f"the list shows {rows.get('home')!r} for new and rare"
    assert filtered == (1, ["home"]), f"the filter for new finds and counts {filtered}"


def test_rows_of_a_subclass_are_filtered_edited_and_deleted(
    world: World, evidence: Callable[..., None]
) -> None:
    """A row of two tables is found by columns of both, edited in both, and deleted from both."""

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

        return SimpleNamespace(Worker=Worker, Manager=Manager)

    attributes = {
        "form_excluded_columns": ("kind",),
        "column_filters": ("name", "budget"),
        "column_searchable_list": ("name",),
    }
    own = world.build(define, Manager=attributes)
    people = [{"name": "will", "kind": "worker"}]
    people += [{"name": name, "kind": "manager"} for name in ("mary", "max")]
    world.database.store(own.Worker, *people)
    world.database.store(own.Manager, {"id": 2, "budget": 7}, {"id": 3, "budget": 9})
    seen = {
        "all": found(world, "manager"),
        "budget is 9": found(world, "manager", filters=("Budget", "equals", "9")),
        "name is mary": found(world, "manager", filters=("Name", "equals", "mary")),
        "search for m": found(world, "manager", search="m"),
        "by budget": found(world, "manager", sort_column="budget", sort_desc=True),
    }
    values = form(world.get("/admin/manager/edit/?id=2"))
    edited = world.client().post(
        "/admin/manager/edit/?id=2", data={**values, "name": "mia", "budget": "8"}
    )
    between = [
        world.database.run("SELECT name FROM worker ORDER BY id"),
        world.database.run("SELECT id, budget FROM manager ORDER BY id"),
    ]
    deleted = world.client().post("/admin/manager/delete/", data={"id": "3"})

    left = [
        world.database.run("SELECT name FROM worker ORDER BY id"),
        world.database.run("SELECT id FROM manager"),
    ]
    evidence(seen=seen, form=values, between=between, left=left)
    wanted = {
        "all": ["mary", "max"],
        "budget is 9": ["max"],
        "name is mary": ["mary"],
        "search for m": ["mary", "max"],
        "by budget": ["max", "mary"],
    }
    wrong = [
        f"{what} gives {names} and counts {count}"
        for what, (count, names) in seen.items()
        if (count, names if what == "by budget" else sorted(names))
        != (len(wanted[what]), wanted[what])
    ]
    assert not wrong, f"otherwise than in the database: {', '.join(wrong)}"
    world.expect(edited, 302)
    assert between == [[("will",), ("mia",), ("max",)], [(2, 8), (3, 9)]], f"stored is {between}"
    world.expect(deleted, 302)
    assert left == [[("will",), ("mia",)], [(2,)]], f"left are {left}"
