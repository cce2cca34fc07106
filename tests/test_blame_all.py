"""Every failure of a table is asked once, where it stands with most others."""

from __future__ import annotations

import json
from dataclasses import replace

from harness.inquiries import blame_all
from harness.inquiries.blame import Blame, Member, Whose
from harness.model import CellId, JudgedCell, PatternName, ScenarioId
from tests.builders import caught, cell, error, failed, judged, observation


def a_cell(name: str, *messages: str) -> JudgedCell:
    seen = [
        failed(scenario=ScenarioId(f"s::{text}"), error=error("AssertionError", text))
        for text in messages
    ]
    return judged(observation(), *seen, *caught(), cell=replace(cell(), id=CellId(name)))


def test_a_cell_with_most_failures_comes_first_and_nothing_is_asked_twice() -> None:
    table = (a_cell("one", "lost"), a_cell("three", "lost", "open", "stale"), a_cell("none"))
    found = blame_all.places(table)
    assert {one.judged.result.cell.id for one in found} == {"one", "three"}
    first = blame_all.best(found, frozenset(), ())
    assert first is not None
    assert first.judged.result.cell.id == "three"
    told = frozenset(map(blame_all.key, first.symptoms))
    assert len(told) == 3
    assert blame_all.best(found, told, ()) is None


def test_what_is_broken_on_purpose_is_blamed_on_nobody() -> None:
    for place in blame_all.places((a_cell("one", "lost"),)):
        assert place.pattern != PatternName("bare-session")
        assert all(not one.pattern or "bare" not in one.pattern for one in place.symptoms)


def test_the_page_and_the_json_hold_the_smallest_set() -> None:
    (place,) = blame_all.places((a_cell("one", "lost"),))
    member = Member(package="sqlalchemy", version="2.1.9", mended_by=("2.0.58",))
    found = Blame(
        cell=place.judged.result.cell.id,
        pins={"python": "3.12"},
        symptoms=place.symptoms,
        members=(member,),
        harmless=(),
        whose=Whose.PATTERN,
        why="it fails without Flask-Admin as well, and others work there",
    )
    data = json.loads(blame_all.to_json([found], "2026-11-21T10:00:00Z", "2026-11-20T10:00:00Z"))
    assert data["blames"][0]["members"][0]["mended_by"] == ["2.0.58"]
    page = blame_all.to_markdown([found], "2026-11-21T10:00:00Z", "2026-11-20T10:00:00Z")
    assert "1 different failures" in page
    assert "Smallest set: sqlalchemy 2.1.9 (mended by 2.0.58)" in page
