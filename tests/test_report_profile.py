"""Each library's section: status, evidence and picture say what the observations say."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from harness.model import Matrix, PatternName
from harness.report.page import make_page
from harness.report.picture import drawing, sentence
from harness.report.profile import FACTS, Picture, Profile, profiles
from harness.report.tally import Standing
from tests.committed import cells_of, committed
from tests.sample import sample
from tests.test_report_html import guide


@pytest.fixture(scope="module", params=["committed", "sample"])
def shown(request: pytest.FixtureRequest) -> Matrix:
    return committed() if request.param == "committed" else sample()


@pytest.fixture(scope="module")
def found(shown: Matrix) -> tuple[Profile, ...]:
    page = make_page(shown)
    return profiles(shown, page.answers, page.causes, guide())


def cells_with(shown: Matrix, library: str) -> list[dict[str, Any]]:
    return [one for one in cells_of(shown) if one["combination"]["library"] == library]


def test_the_status_counts_the_patterns_that_work_with_the_newest(
    shown: Matrix, found: tuple[Profile, ...]
) -> None:
    for one in found:
        cells = cells_with(shown, one.library)
        newest = max((c["levels"]["flask-admin"] for c in cells), key=lambda r: r.split("."))
        there = [c for c in cells if c["levels"]["flask-admin"] == newest]
        told = re.search(r"(\d+) of (\d+) patterns? work", one.status)
        assert f"Flask-Admin {newest}" in one.status
        names = {n for c in there for n in c["verdicts"] if not n.startswith("bare-")}
        works = [
            name
            for name in names
            if {c["verdicts"][name]["verdict"] for c in there if name in c["verdicts"]}
            <= {"compatible", "unsupported", "impossible"}
            and any(c["verdicts"].get(name, {}).get("verdict") == "compatible" for c in there)
        ]
        if told:
            assert (int(told[1]), int(told[2])) == (len(works), len(names))
        else:
            assert not works


def test_the_evidence_counts_every_cell_once(shown: Matrix, found: tuple[Profile, ...]) -> None:
    for one in found:
        cells = cells_with(shown, one.library)
        assert sorted(n for row in one.evidence for n in row.patterns) == sorted(
            {n for c in cells for n in c["verdicts"]}
        )
        for row in one.evidence:
            for seen in row.fields:
                assert sum(number for _, number in seen) == len(cells)


def test_what_is_told_of_sessions_is_the_evidence(
    shown: Matrix, found: tuple[Profile, ...]
) -> None:
    """The second column, counted again from the JSON."""
    fact = FACTS[1]
    for one in found:
        for row in one.evidence:
            wanted: Counter[str] = Counter()
            for c in cells_with(shown, one.library):
                for o in c["observations"]:
                    if (o["pattern"], o["scenario"]) == (row.patterns[0], fact.scenario):
                        e = o["evidence"]
                        if {"sessions", "requests"} <= set(e):
                            plural = "" if e["sessions"] == 1 else "s"
                            wanted[
                                f"{e['sessions']} Session{plural} in {e['requests']} requests"
                            ] += 1
            told = {text: number for text, number in row.fields[1] if "Session" in text}
            assert told == wanted


def test_each_picture_is_what_its_cell_showed(shown: Matrix, found: tuple[Profile, ...]) -> None:
    for profile in found:
        for one in profile.pictures:
            (c,) = (c for c in cells_with(shown, profile.library) if c["id"] == one.cell)
            works = c["verdicts"][one.pattern]["verdict"] == "compatible"
            assert works == (one.pattern == profile.answer.use)
            seen = {
                o["scenario"]: o["evidence"]
                for o in c["observations"]
                if o["pattern"] == one.pattern
            }
            held, in_turn, at_once, after = (seen[fact.scenario] for fact in FACTS)
            assert one.holds == held["holds"]
            assert (one.requests, one.sessions) == (in_turn["requests"], in_turn["sessions"])
            assert (one.threads, one.thread_sessions) == (at_once["threads"], at_once["sessions"])
            assert one.left == after["transactions"]


def test_every_library_that_was_measured_is_drawn() -> None:
    shown = committed()
    page = make_page(shown)
    for one in profiles(shown, page.answers, page.causes, guide()):
        assert one.pictures, one.library
        assert one.standing is not Standing.WORKS or one.workaround


def test_what_goes_wrong_is_drawn_beside_what_works() -> None:
    shown = committed()
    page = make_page(shown)
    drawn = {one.library: one.pictures for one in profiles(shown, page.answers, (), guide())}
    good, bad = drawn["flask-sqlalchemy-lite==0.2.1"]
    assert (good.pattern, bad.pattern) == ("scoped-factory", "db-session@context")
    assert (good.sessions, bad.sessions) == (3, 1)


def picture(**changed: Any) -> Picture:
    seen: dict[str, Any] = {
        "cell": "a-cell",
        "pattern": PatternName("db"),
        "holds": "SQLAlchemy",
        "objects": 1,
        "requests": 3,
        "sessions": 3,
        "threads": 6,
        "thread_sessions": 6,
        "left": 0,
    }
    return Picture(**{**seen, **changed})


def test_a_session_for_each_request_is_drawn_as_such() -> None:
    texts = [box.text for box in drawing(picture()).boxes if box.kind == "session"]
    assert texts == [f"Session {one}" for one in "ABC"] + [f"Session {one}" for one in "ABCDEF"]


def test_a_shared_session_is_drawn_as_one() -> None:
    drawn = drawing(picture(sessions=1, thread_sessions=1))
    shared = [box.text for box in drawn.boxes if box.kind == "shared"]
    assert shared == ["1 Session for 3 requests", "1 Session for 6 threads"]
    assert not [box for box in drawn.boxes if box.kind == "session"]


def test_what_stays_open_is_drawn_and_told() -> None:
    seen = picture(left=1)
    drawn = drawing(seen)
    assert any("1 transaction left open" in box.text for box in drawn.boxes)
    assert "After a request 1 transaction stayed open" in sentence(seen)


def test_what_works_with_the_newest_has_code_to_copy(found: tuple[Profile, ...]) -> None:
    for one in found:
        if one.standing is Standing.WORKS:
            compile(one.workaround, "snippet", "exec")
            assert "ModelView(User, " in one.workaround


def test_the_code_of_a_pattern_is_cut_out_with_what_it_needs() -> None:
    patterns = guide().patterns
    source = (Path(__file__).parent.parent / "scenarios" / "patterns.py").read_text("utf-8")
    assert patterns["lazy-session"].code.count("class LazySessionWrapper:") == 1
    assert patterns["db"].title == "`ModelView(User, db)`."
    for one in patterns.values():
        compile(one.code, "pattern", "exec")
        assert all(part in source for part in one.code.split("\n\n\n"))
