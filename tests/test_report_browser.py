"""The page in a real Chromium: what is opened, filtered, chosen, linked, printed and read aloud."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from harness.model import Matrix, PatternName, Verdict
from harness.report.axes import short_name
from harness.report.page import make_page
from tests.browser import Visit, browser
from tests.committed import cells_of
from tests.committed import committed as table
from tests.sample import sample
from tests.synthetic import large
from tests.test_report_html import HOSTILE, expected, hostile, kind_of, rendered

pytestmark = pytest.mark.browser

LIBRARIES = (
    "flask-sqlalchemy==2.5.1",
    "flask-sqlalchemy==3.1.1",
    "flask-sqlalchemy-lite==0.1.0",
    "flask-sqlalchemy-lite==0.2.1",
    "sqlalchemy",
)
FASTEST_MS = 100
"""How long filtering may take, in the browser, until the page has been painted again."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def committed() -> Matrix:
    """The committed table of a few libraries: few rows, which is when nothing is folded at first.

    What the page says of the whole table is held against the JSON in test_report_html.
    """
    whole = table()
    cells = tuple(one for one in whole.cells if one.result.cell.library in LIBRARIES)
    assert cells
    return replace(whole, cells=cells)


@pytest.fixture(scope="module")
def cells(committed: Matrix) -> list[dict[str, Any]]:
    """The cells as `compatibility.json` has them."""
    return cells_of(committed)


@pytest.fixture(scope="module")
def file(committed: Matrix, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "index.html"
    path.write_text(rendered(committed), encoding="utf-8")
    return path


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


@pytest.fixture
def visit(page: Page, file: Path) -> Visit:
    return Visit(page, file).open()


def fields(page: Page) -> list[str]:
    found: list[str] = page.locator("#table td").all_text_contents()
    return [" ".join(one.split()) for one in found]


def level(cell: Mapping[str, Any], axis: str) -> str:
    return str(cell["combination" if axis == "library" else "levels"][axis])


def sums(cells: list[dict[str, Any]], **chosen: str) -> dict[tuple[str, str, str], str]:
    """Give the text of every field, for the cells that have these levels; from the JSON alone."""
    fit = [
        one
        for one in cells
        if all(level(one, axis.replace("_", "-")) == value for axis, value in chosen.items())
    ]
    count: dict[tuple[str, str, str], Counter[str]] = {}
    for one in fit:
        for pattern, told in one["verdicts"].items():
            key = (level(one, "library"), pattern, level(one, "flask-admin"))
            count.setdefault(key, Counter())[kind_of(told)] += 1
    return {key: expected(found) for key, found in count.items() if not key[1].startswith("bare-")}


def test_the_page_asks_for_nothing_and_complains_of_nothing(visit: Visit) -> None:
    assert visit.requests == ["about:blank", visit.file.as_uri()] or visit.requests == [
        visit.file.as_uri()
    ]
    assert visit.complaints == []


def test_the_script_sums_up_as_the_file_does(visit: Visit, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False)
    still = context.new_page()
    still.goto(visit.file.as_uri())
    try:
        assert fields(visit.page) == fields(still)
    finally:
        context.close()


@pytest.mark.parametrize(
    ("chosen", "chips"),
    [
        ({"python": "3.12"}, [("Python", "3.12")]),
        ({"sqlalchemy": "2.0"}, [("SQLAlchemy", "2.0")]),
        ({"flask": "3.0", "sqlalchemy": "2.1"}, [("Flask", "3.0"), ("SQLAlchemy", "2.1")]),
    ],
)
def test_a_filter_sums_up_the_cells_that_fit(
    visit: Visit, cells: list[dict[str, Any]], chosen: dict[str, str], chips: list[tuple[str, str]]
) -> None:
    for axis, value in chips:
        visit.chip(axis, value)

    wanted = sums(cells, **chosen)
    assert {key: visit.field(*key) for key in wanted} == wanted
    fit = sum(all(level(one, axis) == value for axis, value in chosen.items()) for one in cells)
    assert visit.status().startswith(f"{fit} of {len(cells)} cells, ")


def test_patterns_and_results_are_filtered_too(visit: Visit) -> None:
    visit.chip("pattern", "scoped-session")
    visit.chip("views added", "in a context")
    shown = visit.page.locator("#table tbody tr:not(.lib):visible th").all_text_contents()
    assert shown
    assert {" ".join(one.split()) for one in shown} == {"scoped-session in a context"}

    visit.page.get_by_role("button", name="show all").click()
    visit.chip("fields that say", "∅ impossible")
    every = re.compile(r" 0 of \d+ rows: nothing fits all the filters$")
    assert every.search(visit.status()) or (
        "impossible" in visit.page.locator("#table").inner_text()
    )


def test_a_search_finds_packages_and_errors(visit: Visit, cells: list[dict[str, Any]]) -> None:
    visit.page.keyboard.press("/")
    visit.page.keyboard.type("flask.sansio")
    told = [
        one
        for one in cells
        if any("flask.sansio" in why for v in one["verdicts"].values() for why in v["because"])
    ]
    assert visit.status().startswith(f"{len(told)} of {len(cells)} cells, ")


def test_fields_are_reached_by_keys_and_give_the_focus_back(visit: Visit) -> None:
    page = visit.page
    page.locator("#table tbody tr:not(.lib) button").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    before = page.evaluate("document.activeElement.closest('tr').rowIndex")
    page.keyboard.press("Enter")
    assert page.locator("#detail").is_visible()
    assert page.evaluate("document.activeElement.id") == "detail-title"
    page.keyboard.press("Escape")
    assert not page.locator("#detail").is_visible()
    assert page.evaluate("document.activeElement.closest('tr').rowIndex") == before
    assert page.locator('#table button[tabindex="0"]').count() == 1


def test_many_rows_are_folded_until_they_are_asked_for(
    page: Page, committed: Matrix, tmp_path: Path
) -> None:
    file = tmp_path / "index.html"
    file.write_text(rendered(large(committed, 60)), encoding="utf-8")
    Visit(page, file).open()
    seen = page.locator("#table tbody tr:not(.lib):visible")
    assert seen.count() == 0
    fold = page.locator("#table tr.lib th button").first
    assert fold.get_attribute("aria-expanded") == "false"

    fold.click()
    assert fold.get_attribute("aria-expanded") == "true"
    opened = seen.count()
    assert opened == page.locator("#table tbody").first.locator("tr:not(.lib)").count()
    seen.first.locator("button").first.click()
    assert page.locator("#detail").is_visible()
    page.keyboard.press("Escape")
    fold.click()
    assert seen.count() == 0


def test_a_cell_shows_each_of_its_observations(visit: Visit, cells: list[dict[str, Any]]) -> None:
    page = visit.page
    for one in cells[::7]:
        for pattern in list(one["verdicts"])[:3]:
            visit.go(f"#cell={quote(one['id'])}&pattern={quote(pattern)}")
            seen = [o for o in one["observations"] if o["pattern"] in (pattern, "any")]
            rows = page.locator("#detail section table tbody tr")
            assert rows.count() == len(seen)
            told = page.locator("#detail section").first.text_content() or ""
            assert one["id"] in told
            assert one["verdicts"][pattern]["verdict"] in told
            for why in one["verdicts"][pattern]["because"]:
                assert " ".join(why.split()) in " ".join(told.split())
            for found in seen:
                assert found["scenario"] in told
                assert all(name in told for name in found["evidence"])
                error = found["error"]
                if error:
                    message = " ".join(f"{error['type']}: {error['message']}".split())
                    assert message in " ".join(told.split())


def test_the_traceback_the_packages_and_the_command_are_there(
    visit: Visit, cells: list[dict[str, Any]]
) -> None:
    one = next(one for one in cells if any(o["error"] for o in one["observations"]))
    failed = next(o for o in one["observations"] if o["error"])
    visit.open(f"#cell={quote(one['id'])}&pattern={quote(failed['pattern'])}")
    text = visit.page.locator("#detail").text_content() or ""

    assert failed["error"]["traceback"] in text
    assert f'nox -s "matrix({one["id"]})"' in text
    assert all(f"{k}=={v}" in text for k, v in one["environment"]["packages"].items())


# Quick answer -------------------------------------------------------------------------------------


def good(count: Counter[str]) -> int:
    return count["compatible"] + count["works-except"]


def test_the_quick_answer_says_what_the_verdicts_say(
    visit: Visit, cells: list[dict[str, Any]]
) -> None:
    """For each library and release: the head of the answer, worked out from the JSON."""
    pairs = sorted({(level(one, "library"), level(one, "flask-admin")) for one in cells})
    for library, release in pairs:
        visit.go(f"#library={quote(library)}&flask-admin={quote(release)}")
        head = visit.page.locator("#verdict .head").inner_text()
        counts = [
            Counter(kind_of(one["verdicts"][name]) for one in fit if name in one["verdicts"])
            for fit in [
                [
                    one
                    for one in cells
                    if (level(one, "library"), level(one, "flask-admin")) == (library, release)
                ]
            ]
            for name in {name for one in fit for name in one["verdicts"]}
            if not name.startswith("bare-")
            # A rare form is measured in some of the cells only.
            if all(name in one["verdicts"] for one in fit)
        ]
        runs = [one for one in counts if good(one)]
        works = [one for one in runs if not one["incompatible"] and not one["inconclusive"]]
        if any(not one["works-except"] for one in works):
            assert head.startswith("✓ Works:")
        elif works:
            assert head.startswith("⚠ Works, except:")
        elif runs:
            most = max(map(good, runs))
            assert f"Works in part: {most} of " in head
        else:
            assert "No pattern works" in head or "Not known" in head
        assert head.endswith(f": {short_name(library)}, Flask-Admin {release}")


def test_the_quick_answer_says_the_exception_and_the_way_out(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "index.html"
    file.write_text(rendered(sample()), encoding="utf-8")
    visit = Visit(page, file).open()
    visit.go("#library=flask-sqlalchemy%3D%3D3.1.1&flask-admin=2.2.1&sqlalchemy=2.1")

    told = visit.page.locator("#verdict").inner_text()
    assert told.startswith("⚠ Works, except: ")
    assert "for a Float column: Float columns have no form field, without an error" in told
    assert "Way out: sqlalchemy<2.1" in told
    assert "In every release: Intervals have no form field, without an error" in told
    page.get_by_role("link", name="more").first.click()
    assert page.locator("#floats-are-lost").is_visible()
    assert visit.complaints == []


def test_the_quick_answer_recommends_what_the_table_does(visit: Visit, committed: Matrix) -> None:
    """Where the pattern that is recommended for the library works in all of these cells."""
    told = 0
    for one in make_page(committed).answers:
        cells = [cell for cell in committed.cells if cell.result.cell.library == one.library]
        for release in sorted({cell.result.cell.combination["flask-admin"] for cell in cells}):
            fit = [c for c in cells if c.result.cell.combination["flask-admin"] == release]
            verdicts = {c.verdicts[PatternName(one.use)].verdict for c in fit}
            if verdicts == {Verdict.COMPATIBLE}:
                visit.go(f"#library={quote(one.library)}&flask-admin={quote(release)}")
                assert f"Hand ModelView {one.use}" in visit.page.locator("#verdict").inner_text()
                told += 1
    assert told


def test_what_was_not_run_is_not_told_as_if_it_was(
    visit: Visit, cells: list[dict[str, Any]]
) -> None:
    axes = ("library", "flask-admin", "python", "flask", "sqlalchemy")
    ran = {tuple(level(one, axis) for axis in axes) for one in cells}
    missing = next(
        (library, release, python, flask, sqlalchemy)
        for library, release, _, flask, sqlalchemy in sorted(ran)
        for python in ("3.13", "3.9")
        if (library, release, python, flask, sqlalchemy) not in ran
    )
    told = "&".join(f"{a}={quote(v)}" for a, v in zip(axes, missing, strict=True))
    visit.open(f"#{told}")
    head = visit.page.locator("#verdict .head").inner_text()
    assert head.startswith("? Not tested as such")


def test_what_is_chosen_filtered_and_open_can_be_linked(visit: Visit, chromium: Browser) -> None:
    choose = visit.page.locator("#choose")
    choose.get_by_label("session library").select_option(label="flask-sqlalchemy-lite 0.2.1")
    choose.get_by_label("Flask-Admin").select_option(label="2.2.0")
    visit.chip("Python", "3.12")
    visit.page.locator("#table tbody tr:not(.lib):visible button").first.click()
    context = chromium.new_context()
    other = Visit(context.new_page(), visit.file)
    other.open("#" + visit.page.url.partition("#")[2])
    try:
        assert other.page.url == visit.page.url
        for part in ("#verdict", "#status", "#detail"):
            assert other.page.locator(part).text_content() == (
                visit.page.locator(part).text_content()
            )
    finally:
        context.close()


# Foreign text, accessibility, sizes ---------------------------------------------------------------


def test_foreign_text_is_never_run(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "index.html"
    file.write_text(rendered(hostile()), encoding="utf-8")
    visit = Visit(page, file).open()
    page.locator("#table tbody tr:not(.lib) button").first.click()
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    page.wait_for_timeout(50)

    assert visit.complaints == []
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 2
    assert " ".join(HOSTILE.split()) in " ".join(
        (page.locator("#detail").text_content() or "").split()
    )


@pytest.fixture(scope="module")
def small(committed: Matrix, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of one library: all that a page has, in a tenth of the nodes to look at."""
    path = tmp_path_factory.mktemp("small") / "index.html"
    cells = [one for one in committed.cells if one.result.cell.library == LIBRARIES[2]]
    path.write_text(rendered(replace(committed, cells=tuple(cells))), encoding="utf-8")
    return path


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_axe_finds_nothing(chromium: Browser, small: Path, scheme: Any, width: int) -> None:
    context = chromium.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce"
    )
    visit = Visit(context.new_page(), small).open()
    page = visit.page
    try:
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        assert violations(page) == []
        page.locator("#table tbody tr:not(.lib) button").first.click()
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        assert violations(page, "#detail") == []
    finally:
        context.close()


def violations(page: Page, part: str | None = None) -> list[str]:
    found = Axe().run(page, context=part).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]


@pytest.mark.parametrize("width", [320, 390, 768])
def test_a_narrow_window_never_scrolls_sideways(chromium: Browser, file: Path, width: int) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 800})
    visit = Visit(context.new_page(), file).open()
    visit.page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    try:
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
    finally:
        context.close()


def test_print_opens_what_is_folded_and_leaves_out_what_is_pressed(visit: Visit) -> None:
    page = visit.page
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")

    assert page.locator("#libraries details:not([open])").count() == 0
    assert not page.locator("#filters").is_visible()
    assert not page.locator("button.copy").first.is_visible()
    assert page.locator("#table").is_visible()
    assert page.locator("#table tbody tr[hidden]").count() == 0

    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("#libraries details:not([open])").count() > 0


FILTER = """(at) => {
  const boxes = document.querySelectorAll("#axes input");
  if (at < boxes.length) boxes[at].click();
  else {
    const search = document.getElementById("q");
    search.value = ["f", "fl", "flask==3", "flask==3.1.3 session", ""][at - boxes.length];
    search.dispatchEvent(new Event("input"));
  }
  document.body.offsetHeight;
}"""
"""Choose a level of an axis, or give it up again, or search; until it is laid out again."""
PAINTED = "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"


def took_ms(page: Page, *, unfold: bool) -> list[float]:
    """Give the milliseconds of the page's own thread that each filter takes, busy machine or not.

    Each level is chosen by itself and given up again, with the matrix in sight, until it is
    painted. Then there are five searches.
    """
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})

    def spent() -> float:
        found = devtools.send("Performance.getMetrics")["metrics"]
        return 1000 * next(float(one["value"]) for one in found if one["name"] == "TaskDuration")

    page.evaluate("() => { document.getElementById('axes').open = true; }")
    if unfold:
        page.evaluate("[...document.querySelectorAll('#filters button')].at(-1).click()")
    page.evaluate("document.getElementById('table').scrollIntoView({ behavior: 'instant' })")
    page.evaluate(PAINTED)
    boxes = page.locator("#axes input").count()
    took = []
    for at in [place for box in range(boxes) for place in (box, box)] + list(
        range(boxes, boxes + 5)
    ):
        before = spent()
        page.evaluate(FILTER, at)
        page.evaluate(PAINTED)
        took.append(spent() - before)
    return sorted(took)


@pytest.fixture(scope="module")
def big(committed: Matrix, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("big") / "index.html"
    file.write_text(rendered(large(committed, 5000)), encoding="utf-8")
    return file


@pytest.mark.parametrize("unfold", [False, True])
def test_a_filter_over_5000_cells_is_smooth(
    page: Page, big: Path, capsys: pytest.CaptureFixture[str], *, unfold: bool
) -> None:
    Visit(page, big).open()
    took = took_ms(page, unfold=unfold)
    median, most, slowest = took[len(took) // 2], took[len(took) * 9 // 10], took[-1]
    with capsys.disabled():
        size, how = big.stat().st_size / 1e6, "unfolded" if unfold else "as it opens"
        told = f"median {median:.0f} ms, 9 of 10 below {most:.0f} ms, slowest {slowest:.0f} ms"
        print(f"\n5000 cells in a page of {size:.1f} MB, {how}: {told}")  # noqa: T201 - the figure
    assert page.locator("#status").inner_text().startswith("5000 of 5000 cells")
    assert most < FASTEST_MS


def test_a_link_to_a_cause_opens_what_it_is_folded_into(visit: Visit) -> None:
    page = visit.page
    folded = page.locator("#why details section[id]").first
    assert not folded.is_visible()
    page.evaluate("to => { location.hash = to; }", f"#{folded.get_attribute('id')}")
    folded.wait_for(state="visible")
    assert folded.locator("h4").is_visible()
