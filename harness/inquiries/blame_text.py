"""Who is to blame, as JSON and as Markdown; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.inquiries.blame import PYTHON, Blame, Change, Member, Whose
from harness.model import Json
from harness.report.markdown import bullets, code, escaped


def blame_data(found: Blame) -> dict[str, Json]:
    """Return what was found about a failure, for JSON."""
    elsewhere = found.elsewhere
    return {
        "whose": found.whose,
        "why": found.why,
        "cell": found.cell,
        "python": found.pins[PYTHON],
        "failures": [{"where": one.place, "error": one.text} for one in found.symptoms],
        "members": [
            {"package": one.package, "version": one.version, "mended_by": list(one.mended_by)}
            for one in found.members
        ],
        "together": found.together,
        "changes_nothing": [one.told for one in found.harmless],
        "brought_into": {"cell": elsewhere[0], "showed": elsewhere[1]} if elsewhere else None,
    }


def blame_lines(found: Blame) -> Iterable[str]:
    """Give what was found about a failure, line by line."""
    first, *more = found.symptoms
    others = f", and {len(more)} more failures" if more else ""
    yield f"{code(first.text)} ({escaped(first.place)}){others}"
    yield f"It is {found.whose}: {found.why}."
    if found.members:
        told = "; ".join(f"{one.told} (mended by {_versions(one)})" for one in found.members)
        how = ", each of which mends it only together with the others" if found.together else ""
        yield f"Smallest set{how}: {escaped(told)}"
    if found.harmless:
        yield f"Changes nothing: {escaped(_changes(found.harmless))}"
    if found.elsewhere:
        cell, shown = found.elsewhere
        yield f"Brought into {code(cell)}, which works, the set shows: {shown}"
    yield f"Investigated in {code(found.cell)}"


def _versions(one: Member) -> str:
    return ", ".join(version or "leaving it out" for version in one.mended_by)


def _changes(changes: Sequence[Change]) -> str:
    return ", ".join(one.told for one in changes)


def blame_to_markdown(found: Sequence[Blame]) -> str:
    """Return what was found about the failures of one cell, as a page."""
    parts = [
        f"## {number}. {_title(one)}\n\n{bullets(blame_lines(one))}"
        for number, one in enumerate(found, start=1)
    ]
    return "\n\n".join(parts) + "\n"


def _title(found: Blame) -> str:
    if found.whose is Whose.UNKNOWN or not found.members:
        return str(found.whose)
    return f"{found.whose}: {escaped(', '.join(one.told for one in found.members))}"
