"""The answer to "which releases work with which": for the terminal, as Markdown and JSON; pure."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from packaging.version import Version
from tabulate import tabulate

from harness.inquiries import intervals, ranges
from harness.inquiries.intervals import Group, Span
from harness.inquiries.ranges import Basis, Found, Grid, Kind, Line, Place, Showing
from harness.model import Json
from harness.report.markdown import bullets, clean, code, escaped, table

SCHEMA = 1
_NAMED = 3
"""So many patterns are named in a row of a table."""
_SHORT = {
    Kind.WORKS: "yes",
    Kind.IN_ITS_TIME: "then",
    Kind.WITHOUT_ADMIN: "pair",
    Kind.BROKEN: "no",
    Kind.NOT_ALLOWED: "-",
    Kind.NOT_BUILT: "x",
    Kind.UNKNOWN: "?",
}
LEGEND = (
    "yes: works; then: breaks today, works with the other packages of its time; pair: the two work,"
    " Flask-Admin breaks; no: breaks; -: the metadata forbid it; x: cannot be installed;"
    " ?: not known; in parentheses: inferred, not run"
)
ASSUMPTION = (
    "Inferred means: not run, and the nearest releases of the same minor series before and after it"
    " were run (or inferred from such a pair of the other package), with the same other packages"
    " beside them, and show the same."
    f" First and last of every minor series are run, no more than {ranges.STEP} in a row are left"
    f" out, a release that another of its series replaced within {ranges.HASTY.days} days is run,"
    " and where two neighbours differ everything between them is run. What stands out from both its"
    " neighbours is run twice, and not known where that does not show the same."
)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What was found, and how it was measured."""

    grid: Grid
    found: Mapping[Place, Found]
    python: str
    library: str
    others: tuple[str, ...]
    patterns: tuple[str, ...]
    scenarios: tuple[str, ...]
    planned: int
    """How many scenarios there are."""
    generated: str
    tool: Mapping[str, Json]
    command: str = ""

    @property
    def groups(self) -> tuple[Group, ...]:
        """The answer as intervals."""
        return intervals.groups(self.grid, self.found)

    @property
    def counts(self) -> dict[str, int]:
        """How many combinations rest on what."""
        bases = [one.basis for one in self.found.values()]
        return {"combinations": len(bases), **{str(one): bases.count(one) for one in Basis}}


# Sentences ----------------------------------------------------------------------------------------


def told(answer: Answer) -> str:
    """Return on what the answer rests, in a line."""
    counts = answer.counts
    left = f", {counts['nothing']} not known" if counts["nothing"] else ""
    return (
        f"{counts['combinations']} combinations: {counts['run']} run, {counts['inferred']}"
        f" inferred, {counts['metadata']} forbidden by metadata or not to be had{left}"
    )


def measured(answer: Answer) -> str:
    """Return how it was measured, in a line."""
    patterns = ", ".join(answer.patterns) or "all patterns"
    scenarios = len(answer.scenarios) or answer.planned
    others = f", {', '.join(answer.others)}" if answer.others else ""
    return (
        f"Python {answer.python}, {answer.library}{others}, everything else the newest that is"
        f" allowed; {patterns}; {scenarios} of {answer.planned} scenarios"
    )


def sentences(answer: Answer) -> Iterator[str]:
    """Yield the answer in words, a sentence for each group of releases."""
    for group in answer.groups:
        spans = [one for one in group.spans if one.showing.kind is not Kind.NOT_ALLOWED]
        told_of = [*said(spans, answer.grid.b.name), *_forbidden(group, len(spans))]
        yield f"{answer.grid.a.name} {_through(group.first, group.last)}: {'; '.join(told_of)}."


def said(spans: Sequence[Span], name: str) -> Iterator[str]:
    """Yield what intervals of a package show: what works first, each showing once."""
    before: Kind | None = None
    for showing, alike in _by_showing(spans):
        where = " and ".join(_interval(one) for one in alike)
        why = f": {showing.cause}" if showing.cause else ""
        other = " in another way" if showing.kind is before and showing.cause else ""
        yield f"{showing.kind}{other} with {name} {where}{why}"
        before = showing.kind


def _by_showing(spans: Sequence[Span]) -> Iterator[tuple[Showing, list[Span]]]:
    """Yield each showing once, what works first, with all its spans."""
    alike: dict[Hashable, list[Span]] = {}
    for one in spans:
        alike.setdefault(one.showing.same, []).append(one)
    order = list(Kind)
    for found in sorted(alike.values(), key=lambda one: order.index(one[0].showing.kind)):
        yield found[0].showing, found


def _forbidden(group: Group, others: int) -> Iterator[str]:
    spans = [one for one in group.spans if one.showing.kind is Kind.NOT_ALLOWED]
    if spans:
        where = " and ".join(_interval(one) for one in spans)
        yield f"is not allowed with {'the rest: ' if others else ''}{where}"


def _interval(span: Span) -> str:
    of = f" ({span.inferred} of {span.run + span.inferred} inferred)" if span.inferred else ""
    return f"{_through(span.first, span.last)}{of}"


def _through(first: Version, last: Version) -> str:
    return str(first) if first == last else f"{first} to {last}"


def indifferent(answer: Answer) -> Iterator[str]:
    """Yield what to ask next where a release fails alike with every release of the other."""
    for group in answer.groups:
        kinds = {one.showing.same for one in group.spans if one.showing.kind in _TRIED}
        broken = [one.showing for one in group.spans if one.showing.kind is Kind.BROKEN]
        if broken and len(kinds) == 1:
            yield (
                f"{answer.grid.a.name} {_through(group.first, group.last)} breaks in one way with"
                f" every release of {answer.grid.b.name} that was tried, so that package decides"
                " nothing here: require another one differently to ask about these two"
            )


_TRIED = frozenset(Kind) - {Kind.NOT_ALLOWED, Kind.NOT_BUILT}


# Terminal -----------------------------------------------------------------------------------------


def to_terminal(answer: Answer, width: int) -> str:
    """Return the answer as a table of intervals and the lines that tell its worth."""
    rows = list(_rows(answer))
    head = _head(answer)
    room = max(width - sum(max(len(row[at]) for row in [head, *rows]) + 2 for at in range(5)), 24)
    shown = tabulate(
        rows,
        headers=head,
        tablefmt="simple",
        disable_numparse=True,
        maxcolwidths=[None, None, None, None, None, room],
    )
    return clean("\n".join([shown, "", measured(answer), told(answer), *indifferent(answer)]))


def _rows(answer: Answer) -> Iterator[list[str]]:
    for group in answer.groups:
        name = _through(group.first, group.last)
        for span in group.spans:
            ran, inferred = str(span.run or ""), str(span.inferred or "")
            yield [
                name,
                _through(span.first, span.last),
                span.showing.kind,
                ran,
                inferred,
                _why(span.showing),
            ]
            name = ""


def _why(showing: Showing) -> str:
    if showing.kind is Kind.WORKS:
        more = len(showing.patterns) - _NAMED
        named = ", ".join(showing.patterns[:_NAMED])
        return f"with {named} and {more} more" if more > 0 else f"with {named}"
    return showing.cause


# Markdown -----------------------------------------------------------------------------------------


def to_markdown(answer: Answer) -> str:
    """Return the answer with every combination, as a file to commit."""
    a, b = answer.grid.a.name, answer.grid.b.name
    made = "<!-- made by `nox -s ranges`; do not edit -->"
    how = f"Measured {answer.generated}: {escaped(measured(answer))}."
    parts = [
        f"# {escaped(a)} with {escaped(b)}",
        f"{made}\n\n{how}\n\n{escaped(told(answer))}.",
        bullets(map(escaped, sentences(answer))),
        "\n".join(f"{escaped(one)}." for one in indifferent(answer)),
        f"## Intervals\n\n{_intervals(answer)}",
        f"## Every combination\n\n{escaped(LEGEND)}.\n\n{_every(answer)}",
        f"## How it is known\n\n{escaped(ASSUMPTION)}\n\n{code(answer.command)}",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _intervals(answer: Answer) -> str:
    rows = [list(map(escaped, row)) for row in _rows(answer)]
    return table(list(map(escaped, _head(answer))), rows)


def _head(answer: Answer) -> list[str]:
    return [answer.grid.a.name, answer.grid.b.name, "", "run", "inferred", "because"]


def _every(answer: Answer) -> str:
    """Return a row for each release of the second package, the newest first."""
    a, b = answer.grid.a, answer.grid.b
    rows = [
        [str(version), *(_mark(answer.found[i, j]) for i in range(len(a.releases)))]
        for j, version in reversed(list(enumerate(b.releases)))
    ]
    return table([f"{b.name} with {a.name}", *map(str, a.releases)], rows)


def _mark(found: Found) -> str:
    short = _SHORT[found.showing.kind]
    return f"({short})" if found.basis is Basis.INFERRED else short


# JSON ---------------------------------------------------------------------------------------------


def to_json(answer: Answer) -> str:
    """Return the whole answer: intervals, and on what each single combination rests."""
    content: dict[str, Json] = {
        "schema": SCHEMA,
        "generated": answer.generated,
        "tool": answer.tool,
        "packages": [answer.grid.a.name, answer.grid.b.name],
        "python": answer.python,
        "library": answer.library,
        "requirements": list(answer.others),
        "patterns": list(answer.patterns),
        "scenarios": list(answer.scenarios),
        "counts": answer.counts,
        "assumption": ASSUMPTION,
        "releases": {line.name: _releases(line) for line in (answer.grid.a, answer.grid.b)},
        "answers": [_group(group) for group in answer.groups],
        "beside": _beside(answer),
        "basis": {str(v): _basis(answer, i) for i, v in enumerate(answer.grid.a.releases)},
    }
    return json.dumps(content, indent=1) + "\n"


def _releases(line: Line) -> list[Json]:
    return [str(version) for version in line.releases]


def _group(group: Group) -> dict[str, Json]:
    return {
        "from": str(group.first),
        "to": str(group.last),
        "with": [_span(one) for one in group.spans],
    }


def _span(span: Span) -> dict[str, Json]:
    showing = span.showing
    return {
        "from": str(span.first),
        "to": str(span.last),
        "standing": showing.kind,
        "cause": showing.cause,
        "site": showing.site,
        "patterns": list(showing.patterns),
        "run": span.run,
        "inferred": span.inferred,
    }


def _beside(answer: Answer) -> list[Json]:
    """Return each set of other packages, with the combinations beside which it was chosen."""
    a, b = answer.grid.a.releases, answer.grid.b.releases
    found: dict[str, dict[str, list[str]]] = {}
    for (i, j), company in sorted(answer.grid.company.items()):
        found.setdefault(str(company), {}).setdefault(str(a[i]), []).append(str(b[j]))
    return [{"packages": json.loads(one), "with": found[one]} for one in found]


def _basis(answer: Answer, i: int) -> dict[str, Json]:
    """Return the releases of the other package by what is known of them, and how."""
    named: dict[str, list[str]] = {one: [] for one in Basis}
    for j, version in enumerate(answer.grid.b.releases):
        named[answer.found[i, j].basis].append(str(version))
    return {basis: list(versions) for basis, versions in named.items()}
