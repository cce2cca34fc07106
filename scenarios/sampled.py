"""One application with a column of every type, worked with once in a process and judged by type.

Each part of the work is done by itself: what one page or one type breaks is told of it alone.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, Callable

from . import kinds
from .kinds import Kind, column_of
from .pages import cells, choices, details, form, list_rows, messages

if TYPE_CHECKING:
    from .world import UserView, World

RULES: dict[str, Callable[[Any, Any], bool]] = {
    "equals": lambda stored, asked: stored == asked,
    "not equal": lambda stored, asked: stored is not None and stored != asked,
    "contains": lambda stored, asked: stored is not None and str(asked) in str(stored),
    "not contains": lambda stored, asked: stored is not None and str(asked) not in str(stored),
    "greater than": lambda stored, asked: stored is not None and stored > asked,
    "smaller than": lambda stored, asked: stored is not None and stored < asked,
    "between": lambda stored, asked: stored == asked,
    "not between": lambda stored, asked: stored is not None and stored != asked,
    "empty": lambda stored, asked: stored is None,
    "in list": lambda stored, asked: stored == asked,
    "not in list": lambda stored, asked: stored != asked,
}
"""What each operation finds: as SQL compares, but Flask-Admin lets `not in list` find NULL."""

MALFORMED = ("nothing", "99:99:99 to 1", "9" * 40)
"""What a hand-written address may ask a filter for."""
STALE = "no member any more"
"""What a bookmark may ask an enum's filter for."""

PROVOKED = ("set_up", "found", "misled", "lost_pages")
"""Parts in which a type's own error is expected; it is told with the type."""

ROWS = ("first", "second", "empty")

_seen: dict[str, Sampled] = {}


def sampled(world: World) -> Sampled:
    """Return what was seen with this pattern in this process; the first who asks does the work."""
    if world.pattern not in _seen:
        _seen[world.pattern] = Sampled(world)
    return _seen[world.pattern]


class Sampled:
    """What each page and each operation did with a column of each type, by the column's name."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._told: dict[str, Any] = {}
        self._errors: dict[str, Exception] = {}
        self.filter_errors: dict[str, Exception] = {}
        self._columns = {column_of(name): kind for name, kind in kinds.there().items()}
        for name in ("set_up", "listed", "detailed", "exported", "fields", "found", "ordered"):
            self._do(name)
        self._do("misled")
        for name in ("page_to_edit", "lost_pages", "sent_back", "edited", "created", "emptied"):
            self._do(name)

    def _do(self, name: str) -> None:
        try:
            self._told[name] = getattr(self, name)()
            if name not in PROVOKED:
                self._world.ledger.judge()
        except Exception as error:  # noqa: BLE001 - it is raised again where it is judged
            self._errors[name] = error
        finally:
            self._world.ledger.take()

    def seen(self, name: str) -> Any:
        """Return what a part of the work showed, or fail as it failed."""
        for one in ("set_up", name):
            if one in self._errors:
                told = f"with a column of each type: {self._errors[one]}"
                raise AssertionError(told) from self._errors[one]
        return self._told[name]

    def set_up(self) -> None:
        """Build the admin: a plain view, one with filters and editors, one for each lost field."""
        own = self._world.build(kinds.define, Sample={"can_export": True})
        self._world.database.store(own.Sample, *map(kinds.row, ROWS))
        self._plain = self._world.views["sample"]
        form_class = self._plain._edit_form_class  # noqa: SLF001 - what a form of it will have
        listed = [name for name, kind in self._columns.items() if kind.is_listed]
        filters = [name for name in listed if self._has_filter(own, name)]
        editable = [name for name in listed if hasattr(form_class, name)]
        lost = [name for name in listed if name not in editable]
        self._editable = editable
        self._add("found", own, column_filters=filters, column_editable_list=editable)
        for name in lost:
            self._add(f"lost_{name}", own, column_editable_list=[name])

    def _add(self, endpoint: str, own: Any, **attributes: Any) -> None:
        world = self._world
        with world.place():
            kind = type("FoundView", (world.view_class(),), attributes)
            world.views[endpoint] = kind(own.Sample, world.handle, endpoint=endpoint)
            world.admin.add_view(world.views[endpoint])

    def _has_filter(self, own: Any, name: str) -> bool:
        """Tell whether a view can be made with a filter by a column."""
        if self._plain.scaffold_filters(name):
            return True
        try:
            with self._world.place():
                kind = type("FoundView", (self._world.view_class(),), {"column_filters": [name]})
                kind(own.Sample, self._world.handle, endpoint="filtered")
        except Exception as error:  # noqa: BLE001 - as above
            self.filter_errors[name] = error
        return False

    def listed(self) -> list[dict[str, str]]:
        """Return what the list shows of each row."""
        page = self._world.get("/admin/sample/")
        rows = list_rows(page)
        for name, kind in self._columns.items():
            if isinstance(kind.first, bool):
                for row, cell in zip(rows, cells(page, name)):
                    ticked = cell.all("span", class_="fa-check-circle")
                    ticked += cell.all("span", class_="glyphicon-ok-circle")
                    row[name] = str(bool(ticked)) if ticked else ""
        return rows

    def detailed(self) -> list[dict[str, str]]:
        """Return what the details show of the first row and of the empty one."""
        pages = (self._world.get(f"/admin/sample/details/?id={at}") for at in (1, 3))
        return [self._by_column(details(page)) for page in pages]

    def exported(self) -> list[dict[str, str]]:
        """Return what an export holds of each row."""
        page = self._world.get("/admin/sample/export/csv/")
        return [self._by_column(row) for row in csv.DictReader(io.StringIO(page))]

    def _by_column(self, labelled: dict[str, str]) -> dict[str, str]:
        labels = {name: self._plain.get_column_name(name) for name in self._columns}
        return {
            name: " ".join(labelled[label].split())
            for name, label in labels.items()
            if label in labelled
        }

    def fields(self) -> list[str]:
        """Return the columns that the form has a field for."""
        page = self._world.get("/admin/sample/new/")
        fields = self._form(page)
        self._entered = {
            name: self._chosen(page, name, kind) for name, kind in self._columns.items()
        }
        return [name for name in self._columns if name in fields]

    def _form(self, page: str) -> dict[str, Any]:
        """Return the fields; a box that is not ticked is there all the same."""
        unticked = {name: "" for name in self._columns if f'name="{name}"' in page}
        return {**unticked, **form(page)}

    def _chosen(self, page: str, name: str, kind: Kind) -> str:
        """Return what a browser sends for the second value; of a box that is not ticked nothing."""
        if isinstance(kind.second, bool):
            return ""
        if kind.choices:
            return choices(page, name).get(kind.choices[1], "no such choice")
        return kind.written(kind.second)

    def sent_back(self) -> dict[str, str]:
        """Return what became otherwise when the form was sent back as it was."""
        before = self._world.database.rows("sample")[0]
        return self._stored("edit/?id=1", self._sendable("edit/?id=1"), before)

    def created(self) -> dict[str, str]:
        """Return what of a new row is otherwise than it was entered."""
        wanted = self._world.database.rows("sample")[1]
        entered = {
            name: value for name, value in self._entered.items() if name in self.seen("fields")
        }
        return self._stored("new/", entered, wanted)

    def emptied(self) -> dict[str, str]:
        """Return what is still stored of what was emptied in the form."""
        empty = {
            name: "__None" if self._columns[name].choices else ""
            for name in self._sendable("edit/?id=1")
            if name in self._columns
        }
        # A box that is not ticked says no, where another field says nothing.
        boxes = {name: False for name, kind in self._columns.items() if kind.second is False}
        return self._stored("edit/?id=1", empty, {**dict.fromkeys(self._columns), **boxes})

    def _sendable(self, address: str) -> dict[str, Any]:
        values = form(self._world.get(f"/admin/sample/{address}"))
        return {name: value for name, value in values.items() if name in self._columns}

    def _stored(
        self, address: str, values: dict[str, Any], wanted: dict[str, Any]
    ) -> dict[str, str]:
        """Send a form, and say of each column in what its stored value differs from the wanted.

        What is refused as a whole is sent again for each field, to find out whose fault it is.
        """
        told, row = self._send(address, values)
        if not told:
            return self._differing(row, wanted, self._columns)
        found = {}
        for name, value in values.items():
            told, row = self._send(address, {name: value})
            found.update({name: told} if told else self._differing(row, wanted, [name]))
        self._world.ledger.take()
        return found

    def _send(self, address: str, values: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Return what a form is answered with if it is not stored, and the row it was about."""
        data = {"label": "sent", **{name: one for name, one in values.items() if one != ""}}
        data.update({name: "" for name, one in values.items() if one == "" and self._is_text(name)})
        answer = self._world.client().post(f"/admin/sample/{address}", data=data)
        rows = self._world.database.rows("sample")
        row = rows[-1] if address == "new/" else rows[0]
        if answer.status_code == 302:
            return "", row
        return f"is refused: {messages(answer.get_data(as_text=True))}", row

    def _is_text(self, name: str) -> bool:
        return not isinstance(self._columns[name].first, bool)

    def _differing(self, row: dict[str, Any], wanted: dict[str, Any], names: Any) -> dict[str, str]:
        return {
            name: f"is stored as {row[name]!r}, not {wanted[name]!r}"
            for name in names
            if not _is_same(row[name], wanted[name])
        }

    def found(self) -> dict[str, dict[str, str]]:
        """Return what each filter of each column found otherwise; nothing where it was right."""
        found: dict[str, dict[str, str]] = {}

        def work(view: UserView) -> str:
            for at, one in enumerate(view._filters):  # noqa: SLF001 - its place is its name in URLs
                operation = str(one.operation())
                kind = self._columns[one.column.name]
                if operation in RULES and (operation == "equals" or not kind.is_variant):
                    found.setdefault(one.column.name, {})[operation] = self._filtered(view, at, one)
            return ""

        self._world.work(work, "found")
        return found

    def _filtered(self, view: UserView, at: int, one: Any) -> str:
        name, operation = one.column.name, str(one.operation())
        value = self._asked(view, one)
        rule, about = RULES[operation], self._columns[name].first
        wanted = {which for which in ROWS if rule(kinds.row(which)[name], about)}
        self._world.require_room()
        try:
            rows = names(view, filters=[(at, one.name, value)]) if one.validate(value) else None
        except Exception as error:  # noqa: BLE001 - as above
            view.get_query().session.rollback()
            self.filter_errors.setdefault(name, error)
            return f"raises {type(error).__name__}"
        if rows is None:
            return "is not valid"
        return "" if rows == (len(wanted), wanted) else f"counts {rows[0]} and finds {rows[1]}"

    def misled(self) -> dict[str, dict[str, BaseException]]:
        """Return what each filter raises that is asked for what no page of today offers."""
        raised: dict[str, dict[str, BaseException]] = {}

        def work(view: UserView) -> str:
            for at, one in enumerate(view._filters):  # noqa: SLF001 - as above
                name = one.column.name
                if self._columns[name].is_misled:
                    is_stale = bool(self._columns[name].choices)
                    found = self._asked_for(view, at, (STALE,) if is_stale else MALFORMED)
                    raised.setdefault(name, {}).update(found)
            return ""

        self._world.work(work, "found")
        return raised

    def _asked_for(
        self, view: UserView, at: int, values: tuple[str, ...]
    ) -> dict[str, BaseException]:
        one = view._filters[at]  # noqa: SLF001 - as above
        raised: dict[str, BaseException] = {}
        for value in values:
            self._world.require_room()
            try:
                if one.validate(value):
                    names(view, filters=[(at, one.name, value)])
            except Exception as error:  # noqa: BLE001 - as above
                view.get_query().session.rollback()
                raised[str(one.operation())] = error
        return raised

    def _asked(self, view: UserView, one: Any) -> str:
        """Return what a page sends to compare a column with its first value."""
        kind, operation = self._columns[one.column.name], str(one.operation())
        if operation == "empty":
            return "1"
        offered = {str(label): str(value) for value, label in one.get_options(view) or ()}
        value = str(kind.first)
        if kind.choices:
            value = offered.get(kind.choices[0], kind.choices[0])
        return f"{value} to {value}" if operation.endswith("between") else value

    def ordered(self) -> dict[str, bool]:
        """Return of each column whether the list is in the database's order, up and down."""
        run = self._world.database.run
        # The others have no order in every database: PostgreSQL has none for JSON.
        listed = [name for name, kind in self._columns.items() if kind.is_listed]
        wanted = {
            name: [one for (one,) in run(f"SELECT label FROM sample ORDER BY {name}")]
            for name in listed
        }
        right: dict[str, bool] = {}

        def work(view: UserView) -> str:
            for name in listed:
                self._world.require_room()
                ways = (False,) if self._columns[name].is_variant else (False, True)
                found = [
                    [one.label for one in view.get_list(0, name, desc, None, None)[1]]
                    for desc in ways
                ]
                right[name] = found == [wanted[name], wanted[name][::-1]][: len(ways)]
            return ""

        self._world.work(work, "found")
        return right

    def page_to_edit(self) -> None:
        """Get the list that has a field for each column."""
        self._world.get("/admin/found/")

    def lost_pages(self) -> dict[str, BaseException | None]:
        """Return what the list raises where it is to have a field that the form lacks."""
        raised: dict[str, BaseException | None] = {}
        for endpoint in [one for one in self._world.views if one.startswith("lost_")]:
            answer = self._world.client().get(f"/admin/{endpoint}/")
            raised[endpoint[len("lost_") :]] = self._world.raised(answer.status_code)
        return raised

    def edited(self) -> dict[str, str]:
        """Return what became otherwise of the values that were entered in the list."""
        wanted = self._world.database.rows("sample")[1]
        found = {}
        for name in self._editable:
            data = {"list_form_pk": "1", name: self._entered[name]}
            answer = self._world.client().post("/admin/found/ajax/update/", data=data)
            if answer.status_code == 200:
                row = self._world.database.rows("sample")[0]
                found.update(self._differing(row, wanted, [name]))
            else:
                found[name] = f"is refused: {answer.get_data(as_text=True)[:80]}"
                self._world.ledger.take()
        return found


def names(view: UserView, **chosen: Any) -> tuple[int | None, set[str]]:
    """Return what a list counts, and the labels of its rows."""
    given = {"sort_column": None, "sort_desc": None, "search": None, "filters": None, **chosen}
    count, rows = view.get_list(0, **given)
    return count, {row.label for row in rows}


def _is_same(one: Any, other: Any) -> bool:
    """Compare stored values: an empty text says nothing as well, and so does `null` in JSON."""
    nothing = (None, "", "null")
    return one == other or (one in nothing and other in nothing)
