"""Read what a page of Flask-Admin shows, by the marks that all its releases share."""

from __future__ import annotations

import functools
from html.parser import HTMLParser
from typing import Any

_VOID = {
    "area",
    "base",
    "br",
    "col",
    "embed",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "source",
    "wbr",
}


class Element:
    """One element of a page: its tag, attributes, children and text."""

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.children: list[Any] = []

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """Return the elements below with this tag, and these words among their attributes'."""
        found = []
        for child in self.children:
            if isinstance(child, Element):
                if child.tag == tag and child.has(attributes):
                    found.append(child)
                found += child.all(tag, **attributes)
        return found

    def has(self, attributes: dict[str, str]) -> bool:
        """Tell whether each attribute contains its word, as a class name does."""
        return all(
            word in self.attributes.get(name.rstrip("_"), "").split()
            for name, word in attributes.items()
        )

    @property
    def text(self) -> str:
        """The text within, white space folded."""
        parts = (child.text if isinstance(child, Element) else child for child in self.children)
        return " ".join(" ".join(parts).split())

    @property
    def written(self) -> str:
        """The text within as it was written, but for the line break that HTML lets stand first."""
        text = "".join(child for child in self.children if isinstance(child, str))
        return text[2:] if text.startswith("\r\n") else text[text.startswith("\n") :]


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        for depth in range(len(self._open) - 1, 0, -1):
            if self._open[depth].tag == tag:
                del self._open[depth:]
                return

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


@functools.lru_cache(maxsize=2)
def parse(html: str) -> Element:
    """Return the page as a tree; most pages are asked for several things."""
    builder = _Builder()
    builder.feed(html[max(html.find("<body"), 0) :])
    return builder.root


def list_rows(html: str) -> list[dict[str, str]]:
    """Return the rows of a list page, each by column name: cells are marked `col-<name>`."""
    rows = []
    for table in parse(html).all("table", class_="model-list"):
        for row in table.all("tr"):
            cells = {}
            for cell in row.all("td"):
                for word in cell.attributes.get("class", "").split():
                    if word.startswith("col-"):
                        cells[word[4:]] = cell.text
            if cells:
                rows.append(cells)
    return rows


def cells(html: str, name: str) -> list[Element]:
    """Return the cells of a column of a list page, from top to bottom."""
    tables = parse(html).all("table", class_="model-list")
    return [cell for table in tables for cell in table.all("td", class_=f"col-{name}")]


def details(html: str) -> dict[str, str]:
    """Return what a details page shows, by label."""
    shown = {}
    for table in parse(html).all("table", class_="searchable"):
        for row in table.all("tr"):
            cells = row.all("td")
            if len(cells) == 2:
                shown[cells[0].text] = cells[1].text
    return shown


def form(html: str) -> dict[str, Any]:
    """Return the fields of the page's model form, and what each would submit as it is."""
    values: dict[str, Any] = {}
    for element in parse(html).all("form", class_="admin-form"):
        for field in element.all("input"):
            if field.attributes.get("name") and not _is_left_out(field):
                values[field.attributes["name"]] = field.attributes.get("value", "")
        for field in element.all("textarea"):
            values[field.attributes["name"]] = field.written
        for field in element.all("select"):
            chosen = [
                option.attributes.get("value", "")
                for option in field.all("option")
                if "selected" in option.attributes
            ]
            several = "multiple" in field.attributes
            values[field.attributes["name"]] = chosen if several else "".join(chosen[:1])
    return values


def _is_left_out(field: Element) -> bool:
    """Tell whether a browser submits nothing for the field: a button, a box that is not ticked."""
    kind = field.attributes.get("type", "")
    ticks = kind in ("checkbox", "radio") and "checked" not in field.attributes
    return ticks or kind in ("submit", "button", "file")


def choices(html: str, name: str) -> dict[str, str]:
    """Return the choices that the form offers for a field: label to value."""
    return {
        option.text: option.attributes.get("value", "")
        for field in parse(html).all("select")
        if field.attributes.get("name") == name
        for option in field.all("option")
        if option.attributes.get("value", "") not in ("", "__None")
    }


def messages(html: str) -> list[str]:
    """Return what the page tells the user: flashed messages and errors of fields."""
    page = parse(html)
    return [
        element.text.lstrip("\u00d7x ").strip()
        for element in page.all("div", class_="alert") + page.all("ul", class_="input-errors")
    ] + [element.text for element in page.all("div", class_="invalid-feedback")]
