"""The page as `reports/compatibility.md`: what to use first, then the proof; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from harness.model import Beside, Coverage, Kind, LeftOut, Problem
from harness.report.answer import Answer, Said
from harness.report.causes import Cause
from harness.report.markdown import block, bullets, code, escaped, folded, table
from harness.report.named import Named, silent_limits
from harness.report.page import Page
from harness.report.tally import MEANINGS, SYMBOLS, VERDICTS, Standing

_TOLD = 2
"""How many causes the quick answer tells in words; the others it only points to."""

_FEW = 4
"""How many cells or scenarios are named before the rest is folded away."""

_MANY = 30
"""How many rows of an inquiry are shown before they are folded away."""

_PATTERNS = (
    "`db-session` is `ModelView(User, db.session)`, `db` is `ModelView(User, db)`, `lazy-session` "
    "a wrapper that asks for the session when it is used, `scoped-session` a `scoped_session` of "
    "the application's own, `local-proxy` a Werkzeug `LocalProxy`. `@context`: the views are added "
    "inside an application context; without it outside of any, as most applications do."
)


def to_markdown(page: Page) -> str:
    """Give the text of `compatibility.md`, ending with a newline."""
    return "\n\n".join(part for part in _parts(page) if part) + "\n"


def _parts(page: Page) -> Iterator[str]:
    yield "# Flask-Admin and session libraries: what works together"
    yield "<!-- made by `nox`; do not edit -->"
    yield bullets(map(escaped, page.news))
    yield _generated(page)
    yield from _quick_answer(page)
    yield from _changes(page)
    yield from _claims(page)
    yield from _forms(page)
    yield from _problems(page)
    yield from _beside(page.beside)
    yield from _table(page)
    yield from _cells(page)
    yield from _causes(page)
    yield from _controls(page)
    yield from _not_measured(page)
    yield from _coverage(page.coverage)
    yield from _how(page)


def _generated(page: Page) -> str:
    counts = ", ".join(f"{number} {name}" for name, number in page.counts)
    return f"Measured, not declared: {counts}. Generated {escaped(page.generated)}."


def _changes(page: Page) -> Iterator[str]:
    if not page.changes:
        return
    counts = ", ".join(f"{number} {change}" for change, number in page.change_counts if number)
    yield "## Changes"
    yield f"Patterns of cells: {counts}."
    yield bullets(escaped(line) for line in page.changes)


def _quick_answer(page: Page) -> Iterator[str]:
    yield "## Quick answer"
    yield quick_answer(page)
    yield _PATTERNS
    for answer in page.answers:
        yield f"### {code(answer.library)}"
        yield bullets(_said(said) for said in answer.said)


def quick_answer(page: Page, folder: str = "") -> str:
    """Give what to use with each library, and the exceptions; `folder` is where reports/ is."""
    rows = [(code(one.library), _use(one), _claim(one.why)) for one in page.answers]
    return "\n\n".join(
        part
        for part in (
            table(("library", "what to use", "with Flask-Admin"), rows),
            bullets(_exceptions(page, folder)),
            _silently(page, folder),
        )
        if part
    )


def _exceptions(page: Page, folder: str) -> Iterator[str]:
    """Yield each exception and condition that the table names, with the way out."""
    for one in page.named:
        problem = one.problem
        if problem.kind in (Kind.PROBLEM, Kind.CONDITION) and problem.needs:
            yield (
                f"Except for {_claim(problem.needs)}: {_claim(problem.title)}{_way_out(problem)}"
                f" ([more]({_at(folder, problem)}))."
            )


def _silently(page: Page, folder: str) -> str:
    """Give the limits that lose data in every release: no pattern and no pin is free of them."""
    told = [f"[{_claim(one.title)}]({_at(folder, one)})" for one in silent_limits(page.named)]
    return f"In every release: {'; '.join(told)}." if told else ""


def _at(folder: str, problem: Problem) -> str:
    return f"{folder}compatibility.md#{problem.slug}" if folder else f"#{problem.slug}"


def _way_out(problem: Problem) -> str:
    return f". Way out: {_claim(problem.way_out)}" if problem.way_out else ""


def _use(answer: Answer) -> str:
    return "none" if answer.use == "none" else f"**{code(answer.use)}**"


def _said(said: Said) -> str:
    return f"{', '.join(map(_pattern, said.patterns))}: {_claim(said.text)}{_see(said.causes)}"


def _pattern(label: str) -> str:
    name, space, place = label.partition(" ")
    return f"{code(name)}{space}{escaped(place)}"


def _see(causes: Sequence[Cause]) -> str:
    if not causes:
        return ""
    told = [f"{escaped(cause.text)} ({_link(cause)})" for cause in causes[:_TOLD]]
    rest = [_link(cause) for cause in causes[_TOLD:]]
    return f". Why: {'; '.join([*told, *([', '.join(rest)] if rest else [])])}"


def _link(cause: Cause) -> str:
    return f"[C{cause.number}](#c{cause.number})"


def _claims(page: Page) -> Iterator[str]:
    yield "## The seeds' claims, measured"
    yield (
        "The investigation that this began with looked at one set of packages. What the cells "
        "say about its claims, for each Flask-Admin release:"
    )
    rows = [
        (_claim(one.text), *(escaped(told) for _, told in one.by_release)) for one in page.claims
    ]
    yield table(("claim", *map(escaped, page.releases)), rows)


def _forms(page: Page) -> Iterator[str]:
    if not page.forms:
        return
    yield "## Workarounds: which forms are safe"
    yield (
        "What people hand to `ModelView` instead of `db` or `db.session`, over all libraries. "
        "*Safe* is what passes every session check; what *only looks safe* is set up, shows and "
        "stores rows rightly, and fails in what nobody sees at once: what stays open, leaks or is "
        "shared."
    )
    rows = [
        (code(one.pattern), _claim(one.code), *(escaped(told) for _, told in one.by_release))
        for one in page.forms
    ]
    yield table(("form", "code", *map(escaped, page.releases)), rows)


def _problems(page: Page) -> Iterator[str]:
    for title, kinds in _KINDS.items():
        found = [one for one in page.named if one.problem.kind in kinds]
        if found:
            yield f"## {title}"
            yield "\n\n".join(map(_problem, found))


_KINDS = {
    "Known problems": (Kind.PROBLEM,),
    "Conditions: what a handle asks of your own code": (Kind.CONDITION,),
    "Limits: in every release": (Kind.LIMIT,),
    "Notes: only malformed input brings it out": (Kind.NOTE,),
}


def _problem(one: Named) -> str:
    problem = one.problem
    told = (
        f"met in {_number(one.cells, 'cell')}",
        f"whose: {escaped(problem.whose)}",
        f"since: {escaped(problem.since)}" if problem.since else "",
        f"until: {escaped(problem.until)}" if problem.until else "",
        f"what meets it: {_claim(problem.needs)}"
        if problem.needs
        else "every application meets it",
        f"way out: {_claim(problem.way_out)}" if problem.way_out else "",
        f"upstream: {escaped(problem.upstream)}",
        f"a script that shows it: {_script(problem.script)}" if problem.script else "",
    )
    head = f'<a id="{problem.slug}"></a>\n\n### {_claim(problem.title)}'
    return f"{head}\n\n{bullets(part for part in told if part)}"


def _script(path: str) -> str:
    """Give a link to a script, which an entry names from the root of the project."""
    return f"[{escaped(path)}]({path.removeprefix('reports/')})"


def _beside(found: Sequence[Beside]) -> Iterator[str]:
    for one in found:
        yield f"## {escaped(one.title)}"
        yield escaped(one.told)
        body = table(tuple(map(escaped, one.head)), [tuple(map(escaped, x)) for x in one.rows])
        yield folded(f"{len(one.rows)} rows", body) if len(one.rows) > _MANY else body
        yield f"All of it: [{one.source}]({one.source})"


def _claim(text: str) -> str:
    """Give a claim, whose own backticks mark code."""
    parts = text.split("`")
    return "".join(code(part) if odd % 2 else _escaped_part(part) for odd, part in enumerate(parts))


def _escaped_part(text: str) -> str:
    """Give a part of a sentence, with the spaces at its ends."""
    before = " " if text.startswith(" ") else ""
    after = " " if text.endswith(" ") and text.strip() else ""
    return f"{before}{escaped(text)}{after}"


def _table(page: Page) -> Iterator[str]:
    yield "## Table"
    yield "Each field sums up its cells: the compatible ones of those that were measured."
    rows = [(code(row.library), code(row.pattern), *map(escaped, row.fields)) for row in page.rows]
    yield table(("library", "pattern", *map(escaped, page.releases)), rows)
    yield bullets(f"{SYMBOLS[one]} {one}: {meaning}" for one, meaning in MEANINGS.items())


def _cells(page: Page) -> Iterator[str]:
    yield "## All cells"
    excepted = f"{SYMBOLS[Standing.EXCEPT]} yes, except for a named problem"
    words = ", ".join([*VERDICTS.values(), excepted])
    yield f'Verdicts: {words}; w: with warnings. Run one again by `nox -s "matrix(<cell>)"`.'
    rows = [
        (code(row.cell), row.environment, row.ending, row.answer, *map(escaped, row.fields))
        for row in page.cells
    ]
    yield table(("cell", "environment", "ending", "metadata", *map(code, page.patterns)), rows)


def _causes(page: Page) -> Iterator[str]:
    yield "## Causes of failure"
    if not page.causes:
        yield "None was seen."
    for cause in page.causes:
        yield f'<a id="c{cause.number}"></a>\n\n### C{cause.number}: {escaped(cause.text)}'
        yield bullets(_told(cause, page))
        yield from _details(cause)


def _told(cause: Cause, page: Page) -> Iterator[str]:
    yield f"{cause.kind}, {_number(cause.times, 'time')} in {_number(len(cause.cells), 'cell')}"
    if cause.parties:
        yield f"party: {', '.join(cause.parties)}"
    if cause.text in page.who:
        yield f"brought about by: {escaped(page.who[cause.text])}"
    if cause.text in page.scripts:
        file = page.scripts[cause.text]
        yield f"a script that shows it: [{escaped(file)}]({file})"
    if cause.patterns:
        yield f"patterns: {', '.join(map(code, cause.patterns))}"
    if cause.scenarios:
        yield f"scenarios: {_named(cause.scenarios)}"
    yield f"cells: {_named(cause.cells)}"
    if cause.common:
        yield f"all of these cells have: {', '.join(map(escaped, cause.common))}"
    yield f"run one again: {code(cause.command)}"


def _details(cause: Cause) -> Iterator[str]:
    if cause.example:
        yield folded("the end of one traceback", block(cause.example, "text"))
    if len(cause.cells) > _FEW:
        yield folded("all its cells", bullets(map(code, cause.cells)))
    if len(cause.scenarios) > _FEW:
        yield folded("all its scenarios", bullets(map(code, cause.scenarios)))


def _named(names: Sequence[str]) -> str:
    rest = len(names) - _FEW
    named = ", ".join(map(code, names[:_FEW]))
    return f"{named} and {rest} more" if rest > 0 else named


def _number(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _controls(page: Page) -> Iterator[str]:
    yield "## Controls"
    yield (
        "A pattern that is broken on purpose (one Session for the whole application) must be "
        "caught in every cell; where it is not, nothing that passed there counts."
    )
    yield bullets(map(escaped, page.controls)) or "No control ran."
    if page.control_causes:
        rows = [
            (escaped(cause.text), str(cause.times), str(len(cause.cells)), _named(cause.scenarios))
            for cause in page.control_causes
        ]
        body = table(("what gave it away", "times", "cells", "scenarios"), rows)
        yield folded("what the controls were caught by", body)


def _not_measured(page: Page) -> Iterator[str]:
    yield "## Not measured"
    rows = [
        (code(one.cell), ", ".join(map(code, one.patterns)), escaped("; ".join(one.because)))
        for one in page.unknown
    ]
    yield table(("cell", "patterns", "why"), rows) if rows else "Every cell was measured."
    yield "## Left out of the plan"
    yield _left_out(page.left_out) or "Nothing."


def _left_out(left_out: Iterable[LeftOut]) -> str:
    return bullets(
        f"{escaped(one.what)}: {escaped(one.reason)}"
        + (f" (source: {escaped(one.source)})" if one.source else "")
        for one in left_out
    )


def _coverage(coverage: Coverage | None) -> Iterator[str]:
    yield "## Coverage"
    if coverage is None:
        yield "Not worked out for this run."
        return
    yield (
        f"Strength {escaped(coverage.strength)}: {coverage.exercised} of {coverage.pairs} allowed "
        "pairs of levels were exercised by a scenario that ran."
    )
    if coverage.missing:
        yield folded("the pairs that were not", _left_out(coverage.missing))


def _how(page: Page) -> Iterator[str]:
    yield "## How it was measured"
    yield (
        "Each cell is a virtual environment with real releases. The versions are read inside it; "
        "one that is not what was asked for makes a cell that counts for nothing."
    )
    yield bullets(f"{escaped(name)}: {escaped(value)}" for name, value in page.tool)
    yield from _versions(page)
    yield from _warned(page)


def _versions(page: Page) -> Iterator[str]:
    if page.versions:
        rows = [(code(name), escaped(versions)) for name, versions in page.versions]
        body = table(("package", "versions (cells)"), rows)
        yield folded("the exact versions that were installed", body)


def _warned(page: Page) -> Iterator[str]:
    if page.warned:
        rows = [(escaped(one.text), str(one.cells)) for one in page.warned]
        yield folded("the warnings that were seen", table(("warning", "cells"), rows))
