"""A script for a failure: the scenario and what it needs, and the same error when it is run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness.errors import BadInput
from harness.model import JudgedCell, Observation
from harness.report.repro import found, is_same, one_for_each_cause, script
from harness.report.shake import shaken
from tests.builders import cell, error, failed, judged, matrix, observation
from tests.committed import committed

ROOT = Path(__file__).parent.parent
SCENARIOS = ROOT / "scenarios"
NAME = "request_identity::each_request_gets_its_own_session"
MODULES = {
    "shapes": """
import math as numbers
from typing import TYPE_CHECKING
from .words import said, unused
from . import words
if TYPE_CHECKING:
    from nowhere import Kind

TABLE = {"one": said, "two": unused}

class Shape:
    \"\"\"A docstring.\"\"\"

    size: int
    words = words.COUNT

    def area(self) -> Kind:
        return numbers.pi + self.helper() + words.COUNT

    def helper(self) -> int:
        return len(TABLE["one"]())

    def never(self) -> int:
        return 0

def start() -> float:
    return Shape().area()
""",
    "words": """
COUNT: int = 2

def said(words: str = "x") -> str:
    return words

def unused() -> None:
    raise LookupError
""",
}


def sources() -> dict[str, str]:
    return {
        ".".join(file.relative_to(SCENARIOS).with_suffix("").parts): file.read_text("utf-8")
        for file in SCENARIOS.rglob("*.py")
    }


def shared(scenario: str = NAME) -> tuple[JudgedCell, Observation]:
    wrong = error("AssertionError", "three requests shared 1 Session(s)")
    seen = failed(scenario=scenario, pattern="bare-session", error=wrong)
    return judged(seen, cell=cell(library="plain")), seen


def test_only_what_is_needed_is_taken_and_it_runs() -> None:
    imports, told, called = shaken(MODULES, [("shapes", "start")], keys={"TABLE": "one"})
    text = "\n".join([*imports, *told])
    names: dict[str, object] = {}
    exec(text, names)  # noqa: S102 - the text is of this test

    assert imports == ["import math as numbers"]
    assert not re.search("never|unused|docstring|Kind|TYPE_CHECKING", text)
    start = names[called["shapes", "start"]]
    assert start() == pytest.approx(3.141592 + 1 + 2, abs=1e-5)  # type: ignore[operator]


def test_two_things_of_one_name_get_two() -> None:
    modules = {
        "a": "from . import b\n\ndef name():\n    return b.name() + 1\n",
        "b": "def name():\n    return 1\n",
    }
    _, told, called = shaken(modules, [("a", "name")])
    names: dict[str, object] = {}
    exec("\n".join(told), names)  # noqa: S102 - the text is of this test
    assert names[called["a", "name"]]() == 2  # type: ignore[operator]


def test_a_script_has_its_exact_packages_and_nothing_of_this_project() -> None:
    text = script(*shared(), sources(), "Its title.")
    assert text.startswith('# /// script\n# requires-python = "==3.12.*"\n# dependencies = [\n')
    assert '#   "flask-admin==2.2.1",\n' in text
    assert "AssertionError: three requests shared 1 Session(s)" in text
    assert not re.search(r"\b(harness|scenarios|pytest)\b", text.partition("from __future__")[2])
    assert text.count("\n") < 400
    compile(text, "script", "exec")


@pytest.mark.parametrize("module", sorted(SCENARIOS.glob("test_*.py")), ids=lambda path: path.stem)
def test_every_scenario_can_be_cut_out(module: Path) -> None:
    """Everything that a script uses is defined in it, as far as can be told without running it."""
    held = sources()
    for name in re.findall(r"^def test_(\w+)\(world", module.read_text("utf-8"), re.MULTILINE):
        scenario = f"{module.stem.removeprefix('test_')}::{name}"
        text = script(*shared(scenario), held)
        done = subprocess.run(
            ["ruff", "check", "--isolated", "--select", "F821,F811", "--quiet", "-"],
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{scenario}: {done.stdout}"


def test_what_did_not_fail_has_no_script() -> None:
    seen = observation(scenario=NAME, pattern="db")
    with pytest.raises(BadInput, match="is passed in"):
        script(judged(seen), seen, sources())


def test_models_of_the_adapters_own_have_no_script() -> None:
    one, seen = shared()
    own = {"adapters.plain_sqlalchemy": "\n\ndef models(library):\n    return library\n"}
    with pytest.raises(BadInput, match="plain_sqlalchemy writes its models itself"):
        script(one, seen, {**sources(), **own})


@pytest.mark.parametrize(
    ("scenario", "hook"),
    [
        ("contexts::each_model_is_stored_in_its_own_database", "with_second_engine"),
        ("request_identity::each_request_gets_its_own_session", ""),
    ],
)
def test_what_else_the_adapter_offers_is_brought_where_it_is_asked_for(
    scenario: str, hook: str
) -> None:
    text = script(*shared(scenario), sources())
    assert re.findall(r"^def (with_\w+)", text, re.MULTILINE) == ([hook] if hook else [])
    assert (f"{hook}={hook})" in text) == bool(hook)


def test_names_that_the_table_has_not_are_told() -> None:
    one, seen = shared()
    table = matrix(one)
    assert found(table, one.result.cell.id, "bare-session", NAME) == (one, seen)
    with pytest.raises(BadInput, match="no cell nothing"):
        found(table, "nothing", "db", NAME)
    with pytest.raises(BadInput, match="no observation of x::y with db"):
        found(table, one.result.cell.id, "db", "x::y")


def test_the_same_is_the_same_error_and_exit_status() -> None:
    _, seen = shared()
    told = "...\nshown: AssertionError: three requests shared 1 Session(s)\n"
    assert is_same(1, told, seen)
    assert not is_same(0, told, seen)
    assert not is_same(1, "...\nshown: AssertionError: something else\n", seen)
    assert not is_same(1, "AssertionError: three requests shared 1 Session(s)", seen)


def test_each_cause_is_taken_once() -> None:
    one, seen = shared()
    again = failed(scenario="x::y", pattern="db", error=seen.error or error())
    table = matrix(judged(seen, again, cell=one.result.cell))
    assert [found_seen for _, found_seen in one_for_each_cause(table)] == [seen]


@pytest.mark.network
def test_a_script_shows_what_was_observed(tmp_path: Path) -> None:
    table = committed()
    running = f"{sys.version_info.major}.{sys.version_info.minor}"
    one, seen = next(
        (one, seen)
        for one in table.cells
        if one.result.cell.combination["python"] == running
        for seen in one.result.observations
        if seen.pattern == "bare-session" and seen.scenario == NAME and seen.error
    )
    file = tmp_path / "repro.py"
    file.write_text(script(one, seen, sources()), encoding="utf-8")
    done = subprocess.run(
        ["uv", "run", "--no-project", "--quiet", "--python", sys.executable, file],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert is_same(done.returncode, done.stdout, seen), done.stdout + done.stderr
