"""A script for a failure: the scenario and what it needs, and the same error when it is run."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from harness import catalog
from harness.errors import BadInput
from harness.model import Control, JudgedCell, Observation, Outcome, Party
from harness.patterns import NEUTRAL
from harness.scripts.failures import (
    controls_for_each_cause,
    for_each_cause,
    found,
    found_control,
    witnesses,
)
from harness.scripts.repro import (
    HANDLE,
    control_script,
    is_same,
    runnable,
    script,
    with_pattern,
)
from harness.scripts.shake import shaken
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


def test_a_decorated_class_keeps_its_annotations() -> None:
    source = "from dataclasses import dataclass\n\n@dataclass\nclass Kind:\n    name: str\n"
    _, told, _ = shaken({"a": source}, [("a", "Kind")])
    assert "name: str" in told[0]


def test_a_method_that_only_a_kept_method_calls_is_kept() -> None:
    source = """
class Base:
    def first(self): return self.second()
    def second(self): return self.first

class Own(Base):
    def second(self): return 1

def start(): return Own().first()
"""
    _, told, _ = shaken({"a": source}, [("a", "start")])
    assert "def second(self):\n        return 1" in "\n".join(told)


def test_what_a_neutral_scenario_was_handed_is_in_its_script() -> None:
    one, seen = shared("loading::related_rows_are_shown[dynamic]")
    seen = replace(seen, pattern=NEUTRAL, evidence={"handle": "db"})
    assert "\ndef session_for_view(library, app):\n    extension = library.db" in (
        script(one, seen, sources()).text
    )


def test_a_script_has_its_exact_packages_and_nothing_of_this_project() -> None:
    text = script(*shared(), sources(), "Its title.").text
    assert text.startswith('# /// script\n# requires-python = "==3.12.*"\n# dependencies = [\n')
    assert '#   "flask-admin==2.2.1",\n' in text
    assert "AssertionError: three requests shared 1 Session(s)" in text
    assert not re.search(r"\b(harness|scenarios|pytest)\b", text.partition("from __future__")[2])
    assert text.rpartition("finally:")[0].rstrip().count("world.ledger.judge()") == 1
    assert text.count("\n") < 600
    compile(text, "script", "exec")


@pytest.mark.parametrize("module", sorted(SCENARIOS.glob("test_*.py")), ids=lambda path: path.stem)
def test_every_scenario_can_be_cut_out(module: Path) -> None:
    """Everything that a script uses is defined in it, as far as can be told without running it."""
    held = sources()
    own = module.stem.removeprefix("test_")
    every = [str(one.id) for one in catalog.read(SCENARIOS) if one.id.startswith(f"{own}::")]
    # Of one that is parametrised the first is enough: what is cut out is the same.
    for scenario in {one.partition("[")[0]: one for one in every[::-1]}.values():
        if module.stem == "test_deployed_servers":
            continue  # a script brings no server, and says so
        text = script(*shared(scenario), held).text
        done = subprocess.run(
            ["ruff", "check", "--isolated", "--select", "F821,F811", "--quiet", "-"],
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{scenario}: {done.stdout}"


def test_the_parameter_of_a_scenario_is_bound() -> None:
    text = script(*shared("column_types::a_column_is_shown[Float]"), sources()).text
    assert "    kind = 'Float'\n" in text
    assert "pytest" not in text.partition("\nimport")[2]


def test_what_did_not_fail_has_no_script() -> None:
    seen = observation(scenario=NAME, pattern="db")
    with pytest.raises(BadInput, match="is passed in"):
        script(judged(seen), seen, sources())


def test_a_deployed_server_has_no_script() -> None:
    one, seen = shared("deployed_servers::waitress_keeps_overlapping_requests_apart")
    with pytest.raises(BadInput, match="a deployed server, which a script does not bring"):
        script(one, seen, sources())


def test_models_of_the_adapters_own_are_brought() -> None:
    one, seen = shared()
    text = script(replace_adapter(one, "sqlmodel"), seen, sources()).text
    assert "Library=Library, models=models" in text
    assert "scenarios" not in text.partition("# ///\n\n")[2]
    assert "from __future__" not in text, "SQLModel evaluates the annotations of its models"


def replace_adapter(one: JudgedCell, adapter: str) -> JudgedCell:
    return replace(one, result=replace(one.result, cell=replace(one.result.cell, adapter=adapter)))


def test_another_pattern_takes_the_place_of_the_one_that_fails() -> None:
    body = script(*shared(), sources()).body
    again = with_pattern(body, "bare-session", "scoped-session", sources())
    assert f"def {HANDLE}(library, app):\n    with app.app_context()" in body
    assert "return removed(scoped_session(lambda: Session(library.engine())), app)" in again
    assert "'bare-session'" not in again
    assert with_pattern(body, "any", "any", sources()) == body
    compile(runnable(again), "script", "exec")


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("import flask", "import flask"),
        ("import sqlalchemy", "import sqlalchemy.orm"),
        ("import flask-admin", "import flask_admin.contrib.sqla"),
        ("import library", "from sqlalchemy.orm import declarative_base, scoped_session"),
        ("flask alone", "client_of(app).get('/')"),
        ("library alone", "library_alone(SimpleNamespace(Library=Library))"),
    ],
)
def test_a_control_that_failed_has_a_short_script(name: str, line: str) -> None:
    one, _ = shared()
    wrong = Control(name=name, party=Party.LIBRARY, outcome=Outcome.FAILED, error=error())
    text = control_script(one, wrong, sources()).text
    assert line in text
    assert text.count("\n") < 130
    done = subprocess.run(
        ["ruff", "check", "--isolated", "--select", "F821,F811", "--quiet", "-"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_a_control_is_found_by_its_name_or_as_the_first_that_failed() -> None:
    right = Control(name="import flask", party=Party.ENVIRONMENT, outcome=Outcome.PASSED)
    wrong = Control(
        name="flask alone", party=Party.ENVIRONMENT, outcome=Outcome.FAILED, error=error()
    )
    one, seen = shared()
    one = replace(one, result=replace(one.result, controls=(right, wrong)))
    table = matrix(one)
    assert found_control(table, one.result.cell.id) == (one, wrong)
    assert found_control(table, one.result.cell.id, "import flask") == (one, right)
    assert controls_for_each_cause(table) == [[(one, wrong)]]
    with pytest.raises(BadInput, match="has no control 'x'"):
        found_control(table, one.result.cell.id, "x")
    with pytest.raises(BadInput, match=r"no control of .* failed"):
        found_control(matrix(judged(seen, cell=one.result.cell)), one.result.cell.id)
    with pytest.raises(BadInput, match="'import flask' is passed"):
        control_script(one, right, sources())


def test_where_it_passed_the_nearest_setting_comes_first() -> None:
    one, seen = shared()
    near = observation(scenario=NAME, pattern="scoped-session")
    inside = observation(scenario=NAME, pattern="scoped-session@context")
    table = matrix(judged(seen, inside, near, cell=one.result.cell))
    patterns = [pattern for _, pattern in witnesses(table, table.cells[0], seen)]
    assert patterns == ["scoped-session", "scoped-session@context"]


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
    text = script(*shared(scenario), sources()).text
    assert re.findall(r"^def (with_\w+)", text, re.MULTILINE) == ([hook] if hook else [])
    assert (f"{hook}={hook})" in text) == bool(hook)


def test_names_that_the_table_has_not_are_told() -> None:
    one, seen = shared()
    table = matrix(one)
    assert found(table, one.result.cell.id, "bare-session", NAME) == (one, seen)
    with pytest.raises(BadInput, match="no cell nothing"):
        found(table, "nothing", "db", NAME)
    near = f"{one.result.cell.id[:-1]}x"
    with pytest.raises(BadInput, match=rf"no cell {near} \(did you mean {one.result.cell.id}\?\)"):
        found(table, near, "bare-session", NAME)
    with pytest.raises(BadInput, match=r"no pattern bare-sesion \(did you mean bare-session\?\)"):
        found(table, one.result.cell.id, "bare-sesion", NAME)
    with pytest.raises(BadInput, match="no scenario x::y"):
        found(table, one.result.cell.id, "bare-session", "x::y")
    table = matrix(judged(seen, failed(scenario="x::y", pattern="db"), cell=one.result.cell))
    with pytest.raises(BadInput, match="no observation of x::y with bare-session"):
        found(table, one.result.cell.id, "bare-session", "x::y")


def test_the_same_is_the_same_error_and_exit_status() -> None:
    _, seen = shared()
    told = "...\nshown: AssertionError: three requests shared 1 Session(s)\n"
    assert is_same(1, told, seen.error)
    assert not is_same(0, told, seen.error)
    assert not is_same(1, "...\nshown: AssertionError: something else\n", seen.error)
    assert is_same(
        1, "Traceback ...\ntold.AssertionError: three requests shared 1 Session(s)\n", seen.error
    )
    assert not is_same(1, "", seen.error)
    assert not is_same(1, "AssertionError", seen.error)


def test_each_cause_is_taken_once() -> None:
    one, seen = shared()
    again = failed(scenario="x::y", pattern="db", error=seen.error or error())
    table = matrix(judged(seen, again, cell=one.result.cell))
    groups = [[one.scenario for _, one in group] for group in for_each_cause(table)]
    assert groups == [[NAME, "x::y"]]


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
    file.write_text(script(one, seen, sources()).text, encoding="utf-8")
    done = subprocess.run(
        ["uv", "run", "--no-project", "--quiet", "--python", sys.executable, file],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert is_same(done.returncode, done.stderr, seen.error), done.stdout + done.stderr
