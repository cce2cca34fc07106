from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from harness.inquiries import intervals, ranges
from harness.inquiries.ranges import Basis, Found, Grid, Kind, Line, Place, Showing
from tests.matrix_strategies import law

WORKS = Showing(kind=Kind.WORKS, patterns=("db",))
BROKEN = Showing(kind=Kind.BROKEN, cause="TypeError: no")
OTHER = Showing(kind=Kind.BROKEN, cause="ImportError: gone")
UNKNOWN = Showing(kind=Kind.UNKNOWN, cause="it crashed")


def line(name: str, *sizes: int) -> Line:
    """A package with a minor series of each size: 0.0, 0.1, ..., 1.0, ..."""
    releases = tuple(Version(f"0.{s}.{p}") for s, size in enumerate(sizes) for p in range(size))
    return Line(name=name, releases=releases)


def grid(a: Line, b: Line) -> Grid:
    whole = Grid(a=a, b=b)
    return replace(whole, company=dict.fromkeys(whole.places, "the same"))


def explored(
    asked: Grid, truth: Mapping[Place, Showing], *, every: bool = False
) -> dict[Place, Showing]:
    """Everything that was run, and what is not allowed."""
    seen = {place: truth[place] for place in asked.places if place not in asked.company}
    while todo := ranges.next_places(asked, seen, every=every):
        assert not set(todo) & seen.keys()
        assert set(todo) <= asked.company.keys()
        seen |= {place: truth[place] for place in todo}
    return seen


def row(*showings: Showing) -> dict[Place, Showing]:
    return {(0, j): showing for j, showing in enumerate(showings)}


def shown(found: Mapping[Place, Found]) -> dict[Place, Showing]:
    return {place: one.showing for place, one in found.items()}


def ran(asked: Grid, truth: Mapping[Place, Showing]) -> list[int]:
    return sorted(j for _, j in explored(asked, truth))


def test_a_series_that_shows_the_same_at_both_ends_is_inferred_and_says_so() -> None:
    asked = grid(line("a", 1), line("b", 5))
    truth = row(*[WORKS] * 5)
    seen = explored(asked, truth)
    assert sorted(seen) == [(0, 0), (0, 4)]
    bases = [one.basis for one in ranges.answer(asked, seen).values()]
    assert bases == [Basis.RUN, *[Basis.INFERRED] * 3, Basis.RUN]


def test_everything_between_two_that_differ_is_run() -> None:
    truth = row(WORKS, BROKEN, WORKS, WORKS, BROKEN)
    assert ran(grid(line("a", 1), line("b", 5)), truth) == [0, 1, 2, 3, 4]


def test_good_bad_good_bad_over_series_is_told_as_it_is() -> None:
    asked = grid(line("a", 1), line("b", 3, 3, 3, 3))
    truth = row(*[WORKS] * 3, *[BROKEN] * 3, *[WORKS] * 3, *[OTHER] * 3)
    (group,) = intervals.groups(asked, ranges.answer(asked, explored(asked, truth)))
    told = [(str(one.first), str(one.last), one.showing) for one in group.spans]
    assert told == [
        ("0.0.0", "0.0.2", WORKS),
        ("0.1.0", "0.1.2", BROKEN),
        ("0.2.0", "0.2.2", WORKS),
        ("0.3.0", "0.3.2", OTHER),
    ]
    assert [(one.run, one.inferred) for one in group.spans] == [(2, 1)] * 4


def test_a_long_series_is_looked_at_on_the_way() -> None:
    found = ran(grid(line("a", 1), line("b", 30)), row(*[WORKS] * 30))
    assert all(later - one <= ranges.STEP + 1 for one, later in pairwise(found))


def test_a_release_that_was_soon_replaced_is_run() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    b = line("b", 6)
    days = [0, 30, 60, 62, 90, 120]
    suspects = ranges.hasty(b.releases, [start + timedelta(days=day) for day in days])
    assert suspects == {2}
    asked = grid(line("a", 1), replace(b, suspects=suspects))
    truth = row(WORKS, WORKS, BROKEN, WORKS, WORKS, WORKS)
    assert ran(asked, truth) == [0, 1, 2, 3, 4, 5]


def test_an_index_without_times_makes_nothing_suspect() -> None:
    assert ranges.hasty(line("b", 3).releases, [None] * 3) == frozenset()


def test_releases_with_other_packages_beside_them_are_not_inferred_from_each_other() -> None:
    asked = grid(line("a", 1), line("b", 6))
    company = {**asked.company, (0, 2): "another", (0, 3): "another"}
    assert ran(replace(asked, company=company), row(*[WORKS] * 6)) == [0, 1, 2, 3, 4, 5]


def test_a_release_that_brings_other_packages_is_not_inferred_from_those_around_it() -> None:
    asked = grid(line("a", 5), line("b", 1))
    asked = replace(asked, company={**asked.company, (2, 0): "another"})
    truth = {**dict.fromkeys(asked.places, WORKS), (2, 0): BROKEN}
    assert shown(ranges.answer(asked, explored(asked, truth))) == truth


def test_what_is_not_known_says_nothing_of_its_neighbours() -> None:
    assert ran(grid(line("a", 1), line("b", 4)), row(*[UNKNOWN] * 4)) == [0, 1, 2, 3]


def test_what_metadata_forbid_is_neither_run_nor_inferred() -> None:
    asked = grid(line("a", 1), line("b", 3))
    asked = replace(asked, company={place: "" for place in asked.company if place != (0, 1)})
    forbidden = Showing(kind=Kind.NOT_ALLOWED, cause="a needs b!=0.0.1")
    truth = row(WORKS, forbidden, WORKS)
    found = ranges.answer(asked, explored(asked, truth))
    assert [one.basis for one in found.values()] == [Basis.RUN, Basis.METADATA, Basis.RUN]
    assert shown(found) == truth


def test_where_one_release_changes_every_other_is_looked_at() -> None:
    asked = grid(line("a", 1, 1), line("b", 7))
    good = dict.fromkeys(asked.places, WORKS)
    truth = {**good, (0, 0): BROKEN, (0, 1): BROKEN, (0, 2): BROKEN, (1, 3): OTHER}
    assert shown(ranges.answer(asked, explored(asked, truth))) == truth


def test_an_interrupted_exploration_claims_nothing_that_was_not_run() -> None:
    asked = grid(line("a", 1), line("b", 4))
    found = ranges.answer(asked, {(0, 0): WORKS})
    assert [one.basis for one in found.values()] == [Basis.RUN, *[Basis.NOTHING] * 3]
    assert all(one.showing.kind is Kind.UNKNOWN for one in list(found.values())[1:])


def test_what_stands_out_from_two_that_agree_is_odd_also_over_a_series() -> None:
    asked = grid(line("a", 1), line("b", 2, 3))
    assert ranges.odd(asked, row(WORKS, WORKS, BROKEN, WORKS, WORKS)) == ((0, 2),)
    assert ranges.odd(asked, row(WORKS, WORKS, BROKEN, BROKEN, WORKS)) == ()
    assert ranges.odd(asked, row(WORKS, UNKNOWN, WORKS, OTHER, BROKEN)) == ((0, 1),)
    assert ranges.odd(asked, {(0, 1): BROKEN, (0, 2): WORKS}) == ()


def test_rows_with_the_same_intervals_are_told_together() -> None:
    asked = grid(line("a", 3, 1), line("b", 2))
    truth = {(i, j): WORKS if i < 3 or j else BROKEN for i, j in asked.places}
    told = intervals.groups(asked, ranges.answer(asked, explored(asked, truth)))
    assert [(str(one.first), str(one.last)) for one in told] == [
        ("0.0.0", "0.0.2"),
        ("0.1.0", "0.1.0"),
    ]
    assert [(one.run, one.inferred) for one in told[0].spans] == [(4, 2)]


def test_no_interval_spans_releases_that_nobody_asked_about() -> None:
    a, b = line("a", 1, 1), line("b", 4)
    asked = grid(replace(a, gaps=frozenset({1})), replace(b, gaps=frozenset({2})))
    truth = dict.fromkeys(asked.places, WORKS)
    told = intervals.groups(asked, ranges.answer(asked, explored(asked, truth)))
    assert [(str(one.first), str(one.last)) for one in told] == [
        ("0.0.0", "0.0.0"),
        ("0.1.0", "0.1.0"),
    ]
    assert [(str(one.first), str(one.last)) for one in told[0].spans] == [
        ("0.0.0", "0.0.1"),
        ("0.0.2", "0.0.3"),
    ]


def test_one_cause_has_one_text_whatever_it_says_at_the_same_place() -> None:
    here = "a/core.py, make: b.connect(self)"
    early = Showing(kind=Kind.BROKEN, cause="TypeError: 1 argument", site=here)
    late = Showing(kind=Kind.BROKEN, cause="TypeError: 2 arguments", site=here)
    elsewhere = Showing(kind=Kind.BROKEN, cause="TypeError: 3 arguments", site="a/other.py, f: g()")
    told = ranges.with_one_cause(row(early, late, late, elsewhere, WORKS))
    assert [one.cause for one in told.values()] == [
        "TypeError: 2 arguments",
        "TypeError: 2 arguments",
        "TypeError: 2 arguments",
        "TypeError: 3 arguments",
        "",
    ]


# Laws --------------------------------------------------------------------------------------------

SHOWINGS = (WORKS, BROKEN, OTHER, UNKNOWN)
sizes = st.lists(st.integers(1, 12), min_size=1, max_size=4)


@st.composite
def anything(draw: st.DrawFn) -> tuple[Grid, dict[Place, Showing]]:
    """A grid with any company, any suspects, and any truth at all."""
    few = st.lists(st.integers(1, 9), min_size=1, max_size=3)
    a, b = line("a", *draw(few)), line("b", *draw(few))
    suspects = draw(st.frozensets(st.integers(0, len(b.releases) - 1), max_size=3))
    asked = Grid(a=a, b=replace(b, suspects=suspects))
    seed = draw(st.randoms(use_true_random=False))
    company = {place: seed.choice("xxxxy") for place in asked.places if seed.random() < 0.9}
    truth = {
        place: seed.choice(SHOWINGS) if place in company else Showing(kind=Kind.NOT_ALLOWED)
        for place in asked.places
    }
    return replace(asked, company=company), truth


@st.composite
def stepwise(draw: st.DrawFn) -> tuple[Grid, dict[Place, Showing]]:
    """A truth that changes at most once within a series, along either line."""
    sizes_a, sizes_b = draw(sizes), draw(sizes)
    asked = grid(line("a", *sizes_a), line("b", *sizes_b))
    truth: dict[Place, Showing] = {}
    known = st.sampled_from((WORKS, BROKEN, OTHER))
    for sa, height in enumerate(sizes_a):
        for sb, width in enumerate(sizes_b):
            inside, outside = draw(known), draw(known)
            from_a, from_b = draw(st.integers(0, height)), draw(st.integers(0, width))
            for p in range(height):
                for q in range(width):
                    place = (sum(sizes_a[:sa]) + p, sum(sizes_b[:sb]) + q)
                    truth[place] = inside if p >= from_a and q >= from_b else outside
    return asked, truth


@law
@given(stepwise())
def test_the_answer_is_right_where_series_change_once_at_most(
    case: tuple[Grid, dict[Place, Showing]],
) -> None:
    asked, truth = case
    assert shown(ranges.answer(asked, explored(asked, truth))) == truth


@law
@given(anything())
def test_what_was_run_is_told_as_seen_and_the_rest_is_marked(
    case: tuple[Grid, dict[Place, Showing]],
) -> None:
    asked, truth = case
    seen = explored(asked, truth)
    found = ranges.answer(asked, seen)
    for place, one in found.items():
        if place in seen:
            assert one.showing == truth[place]
            assert one.basis is (Basis.RUN if place in asked.company else Basis.METADATA)
        else:
            assert one.basis is Basis.INFERRED
            assert one.showing.kind is not Kind.UNKNOWN


@law
@given(anything())
def test_every_runs_all_that_can_be_installed(case: tuple[Grid, dict[Place, Showing]]) -> None:
    asked, truth = case
    seen = explored(asked, truth, every=True)
    assert seen == truth


@law
@given(anything())
def test_intervals_cover_each_row_once_and_neighbours_differ(
    case: tuple[Grid, dict[Place, Showing]],
) -> None:
    asked, truth = case
    found = ranges.answer(asked, explored(asked, truth))
    told = intervals.groups(asked, found)
    assert sum(one.run + one.inferred for group in told for one in group.spans) == len(
        asked.company
    )
    covered = [
        (a, b, span.showing.same)
        for group in told
        for a in asked.a.releases
        if group.first <= a <= group.last
        for span in group.spans
        for b in asked.b.releases
        if span.first <= b <= span.last
    ]
    assert covered == [
        (asked.a.releases[i], asked.b.releases[j], found[i, j].showing.same)
        for i, j in asked.places
    ]
    for group in told:
        same = [one.showing.same for one in group.spans]
        assert all(one != other for one, other in pairwise(same))
