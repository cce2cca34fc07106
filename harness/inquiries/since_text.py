"""What became of pins since their time: sentences, for the terminal, as Markdown and JSON; pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from tabulate import tabulate

from harness.inquiries import intervals, ranges
from harness.inquiries.ranges import Kind
from harness.inquiries.ranges_text import said
from harness.inquiries.since_run import ITS_TIME, LOWEST, TODAY, Culprit, Tried
from harness.model import Json
from harness.report.markdown import bullets, clean, code, escaped, table

SCHEMA = 1
HEAD = ("the others", "", "because", "packages that differ from today's")


@dataclass(frozen=True, kw_only=True)
class Since:
    """What was tried, what breaks it, and how it was measured."""

    requirements: tuple[str, ...]
    pins: Mapping[str, str]
    python: str
    library: str
    patterns: tuple[str, ...]
    scenarios: tuple[str, ...]
    planned: int
    tried: tuple[Tried, ...]
    culprit: Culprit | None
    generated: str
    tool: Mapping[str, Json]
    command: str

    @property
    def what(self) -> str:
        """The pins, in words."""
        return " with ".join(f"{name} {version}" for name, version in self.pins.items())


def sentences(since: Since) -> Iterator[str]:
    """Yield what is concluded."""
    by_name = {one.name: one.showing.kind for one in since.tried}
    if by_name[TODAY] is Kind.WORKS:
        worked = [one for one in (ITS_TIME, LOWEST) if by_name.get(one) is Kind.WORKS]
        yield f"{since.what} works with the other packages of {' and of '.join([TODAY, *worked])}"
    elif since.culprit is None:
        for one in since.tried:
            cause = f": {one.showing.cause}" if one.showing.cause else ""
            yield f"{one.name}: {one.showing.kind}{cause}"
    else:
        yield from _broken(since, since.culprit)


def _broken(since: Since, culprit: Culprit) -> Iterator[str]:
    today = next(one for one in since.tried if one.name == TODAY)
    names = sorted(culprit.smallest.names)
    yield f"{since.what} works with {culprit.reference.name}'s packages and breaks with today's"
    if culprit.exploration is None:
        told = ", ".join(_moved(name, culprit.reference, today) for name in names)
        sure = "no single one does" if culprit.smallest.is_smallest else _UNSURE
        yield f"these break it together, {sure}: {told}"
    else:
        yield from _companion(since, culprit)
    if culprit.along:
        along = ", ".join(_moved(name, culprit.reference, today) for name in sorted(culprit.along))
        yield f"moving along, since the metadata ask for it: {along}"


_UNSURE = "whether a single one does is not known, since not every one can be moved alone"


def _moved(name: str, reference: Tried, today: Tried) -> str:
    then, now = reference.locked.get(name, "none"), today.locked.get(name, "none")
    return f"{name} {then} to {now}"


def _companion(since: Since, culprit: Culprit) -> Iterator[str]:
    """Yield the one sentence: A 1.2 works with B up to ..., breaks from ...; or all of it."""
    explored = culprit.exploration
    if explored is None:
        return
    name = explored.grid.b.name
    (group,) = intervals.groups(explored.grid, explored.found())
    spans = [one for one in group.spans if one.showing.kind is not Kind.NOT_ALLOWED]
    kinds = [one.showing.kind for one in spans]
    first = next((one for one in spans if one.showing.kind is Kind.BROKEN), None)
    if kinds == [Kind.WORKS, Kind.BROKEN] and first:
        yield (
            f"{since.what} works with {name} up to {spans[0].last}, breaks from {first.first}:"
            f" {first.showing.cause}"
        )
        return
    yield f"{since.what} {'; '.join(said(spans, name))}"
    broken = list(takewhile(lambda one: one.showing.kind is Kind.BROKEN, reversed(spans)))
    if first and broken:
        on = f", from {broken[-1].first} on none works" if broken[-1] is not first else ""
        todays = f", today's error is there from {broken[0].first}" if len(broken) > 1 else ""
        yield f"the first release of {name} that breaks it is {first.first}{on}{todays}"


def counts(since: Since) -> str:
    """Return on what the interval rests; "" where there is none."""
    explored = since.culprit.exploration if since.culprit else None
    if explored is None:
        return ""
    bases = [one.basis for one in explored.found().values()]
    told = (f"{bases.count(basis)} {basis}" for basis in ranges.Basis if basis in bases)
    return f"{len(bases)} releases of {explored.grid.b.name}: {', '.join(told)}"


def _rows(since: Since) -> Iterator[tuple[str, str, str, str]]:
    today = next(one for one in since.tried if one.name == TODAY).locked
    for one in since.tried:
        differs = [f"{n} {v}" for n, v in sorted(one.locked.items()) if today.get(n) != v]
        why = one.showing.cause or f"with {', '.join(one.finding.working[:3])}"
        yield one.name, one.showing.kind, why, ", ".join(differs)


def _measured(since: Since) -> str:
    patterns = ", ".join(since.patterns) or "all patterns"
    scenarios = len(since.scenarios) or since.planned
    lines = " ".join(since.requirements)
    return f"Python {since.python}, {lines}; {patterns}; {scenarios} of {since.planned} scenarios"


def to_terminal(since: Since, width: int) -> str:
    """Return what was tried and what is concluded."""
    room = max((width - 30) // 2, 24)
    shown = tabulate(
        list(_rows(since)),
        headers=HEAD,
        tablefmt="simple",
        disable_numparse=True,
        maxcolwidths=[None, None, room, room],
    )
    told = [*sentences(since), counts(since), _measured(since)]
    return clean("\n".join([shown, "", *filter(None, told)]))


def to_markdown(since: Since) -> str:
    """Return the same as a file to commit."""
    rows = [list(map(escaped, row)) for row in _rows(since)]
    parts = [
        f"# {escaped(since.what)}: today against its time",
        "<!-- made by `nox -s since`; do not edit -->",
        f"Measured {since.generated}: {escaped(_measured(since))}.",
        bullets(map(escaped, sentences(since))),
        escaped(counts(since)),
        table(list(map(escaped, HEAD)), rows),
        code(since.command),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


_ALL = (
    "Each release with the newest of the other packages, with those that were the newest a day"
    " after it came out (by the index's upload times), and with the lowest that the metadata allow;"
    " on the newest Python that was out then. Where only today's break it, one package after"
    " another is left as it was then, and the releases of the one that is to blame are run."
)


def all_to_markdown(found: Sequence[Since], command: str) -> str:
    """Return what became of several releases, as a file to commit."""
    rows = []
    for one in found:
        kinds = {tried.name: tried.showing.kind for tried in one.tried}
        ways = (escaped(kinds.get(name, "not known")) for name in (TODAY, ITS_TIME, LOWEST))
        told = "<br>".join(map(escaped, sentences(one)))
        rows.append((escaped(one.what), one.python, *ways, told))
    head = ("release", "Python", TODAY, ITS_TIME, LOWEST, "what became of it")
    parts = [
        "# Today against its time",
        "<!-- made by `nox -s since`; do not edit -->",
        f"Made by {code(command)} on {found[-1].generated[:10]}. {_ALL}",
        table(head, rows),
        *(part for one in found for part in _details(one)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _details(since: Since) -> Iterator[str]:
    rows = [list(map(escaped, row)) for row in _rows(since)]
    yield f"## {escaped(since.what)}"
    yield bullets(map(escaped, sentences(since)))
    yield escaped(". ".join(filter(None, [counts(since), _measured(since)])))
    yield table(list(map(escaped, HEAD)), rows)
    yield code(since.command)


def all_to_json(found: Sequence[Since]) -> str:
    """Return all of them."""
    content: dict[str, Json] = {"schema": SCHEMA, "releases": list(map(_content, found))}
    return json.dumps(content, indent=1) + "\n"


def to_json(since: Since) -> str:
    """Return all of it."""
    return json.dumps({"schema": SCHEMA, **_content(since)}, indent=1) + "\n"


def _content(since: Since) -> dict[str, Json]:
    return {
        "generated": since.generated,
        "tool": since.tool,
        "requirements": list(since.requirements),
        "pinned": len(since.pins),
        "python": since.python,
        "library": since.library,
        "patterns": list(since.patterns),
        "scenarios": list(since.scenarios),
        "told": list(sentences(since)),
        "tried": [_tried(one) for one in since.tried],
        "culprit": _culprit(since.culprit),
    }


def _tried(one: Tried) -> dict[str, Json]:
    return {
        "others": one.name,
        "as_of": one.finding.experiment.resolution.as_of,
        "standing": one.showing.kind,
        "cause": one.showing.cause,
        "packages": dict(one.locked),
    }


def _culprit(culprit: Culprit | None) -> dict[str, Json] | None:
    if culprit is None:
        return None
    spans: list[Json] = []
    if culprit.exploration:
        explored = culprit.exploration
        (group,) = intervals.groups(explored.grid, explored.found())
        spans = [
            {
                "from": str(one.first),
                "to": str(one.last),
                "standing": one.showing.kind,
                "cause": one.showing.cause,
                "run": one.run,
                "inferred": one.inferred,
            }
            for one in group.spans
        ]
    return {
        "works with": culprit.reference.name,
        "packages": sorted(culprit.smallest.names),
        "is_smallest": culprit.smallest.is_smallest,
        "along": sorted(culprit.along),
        "with": spans,
    }
