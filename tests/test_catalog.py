"""`harness.catalog`: the scenarios as they are read, without running anything."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from harness import catalog
from harness.errors import BadInput
from harness.model import Guards, PatternName
from harness.patterns import NEUTRAL
from tests.conftest import ROOT

SOURCE = '''
"""A module of scenarios."""
import a_package_that_is_nowhere


def helper():
    """No scenario."""


def test_second_of_all(world):
    """It comes first here.

    And says more.
    """


async def test_never(world):
    """Not run by pytest as it stands."""


def test_first(world):
    """It comes second here."""

    def test_inner():
        """Not at the top."""
'''


def scenario(folder: Path, name: str, text: str) -> None:
    (folder / f"test_{name}.py").write_text(text, encoding="utf-8")


def test_scenarios_come_in_the_order_of_files_and_lines(tmp_path: Path) -> None:
    scenario(tmp_path, "zoo", 'def test_a(world):\n    """A."""\n')
    scenario(tmp_path, "acts", SOURCE)
    (tmp_path / "helpers.py").write_text('def test_no(world):\n    """No."""\n')

    found = catalog.read(tmp_path)

    assert [(one.id, one.title) for one in found] == [
        ("acts::second_of_all", "It comes first here."),
        ("acts::first", "It comes second here."),
        ("zoo::a", "A."),
    ]


def test_a_scenario_without_a_docstring_has_no_title(tmp_path: Path) -> None:
    scenario(tmp_path, "a", "def test_a(world): ...\n")
    assert [one.title for one in catalog.read(tmp_path)] == [""]


def test_an_empty_folder_has_no_scenarios(tmp_path: Path) -> None:
    assert catalog.read(tmp_path) == ()


@pytest.mark.parametrize("content", [b"def test_a(:\n", b"\xff\xfe def", b"x = '\x00'\n"])
def test_a_file_that_is_no_python_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "test_a.py").write_bytes(content)
    with pytest.raises(BadInput, match=r"scenarios/test_a\.py cannot be read") as caught:
        catalog.read(tmp_path)
    assert str(tmp_path) not in str(caught.value)


def test_a_folder_in_the_place_of_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").mkdir()
    with pytest.raises(BadInput, match="cannot be read"):
        catalog.read(tmp_path)


def test_the_shipped_scenarios_have_ids_and_titles_of_their_own() -> None:
    found = catalog.read(ROOT / "scenarios")
    assert len(found) >= 20
    assert len({one.id for one in found}) == len(found)
    assert all(one.title for one in found)


PARAMETRISED = '''
GUARDS = "applications"
KINDS = {"Float": make_float, "REAL": make_real}


@pytest.mark.parametrize("kind", KINDS)
def test_is_shown(world, kind):
    """A column of each type is shown."""


@pytest.mark.parametrize("kind", ["Time"])
def test_is_stored(world, kind):
    """A column of each type is stored."""
'''


def test_a_parametrised_scenario_is_one_for_each_parameter(tmp_path: Path) -> None:
    scenario(tmp_path, "a", PARAMETRISED)

    found = catalog.read(tmp_path)

    assert [(one.id, one.title) for one in found] == [
        ("a::is_shown[Float]", "A column of each type is shown: Float."),
        ("a::is_shown[REAL]", "A column of each type is shown: REAL."),
        ("a::is_stored[Time]", "A column of each type is stored: Time."),
    ]
    assert {one.guards for one in found} == {Guards.APPLICATIONS}


def test_parameters_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    scenario(tmp_path, "a", PARAMETRISED.replace('["Time"]', "made()"))

    with pytest.raises(BadInput, match="test_is_stored is to be parametrised by names"):
        catalog.read(tmp_path)


def test_a_module_that_guards_something_else_is_refused(tmp_path: Path) -> None:
    scenario(tmp_path, "a", 'GUARDS = "pages"\n')

    with pytest.raises(BadInput, match="GUARDS is to be sessions or applications"):
        catalog.read(tmp_path)


def test_a_module_may_name_the_patterns_that_it_is_run_under(tmp_path: Path) -> None:
    body = 'def test_a(world):\n    """A."""\n'
    scenario(tmp_path, "few", f'UNDER = ("db",)\n{body}')
    scenario(tmp_path, "many", body)
    scenario(tmp_path, "once", f'GUARDS = "applications"\n{body}')
    scenario(tmp_path, "strict", f"CONTROLLED = True\n{body}")

    few, many, once, strict = catalog.read(tmp_path)

    names = (PatternName("db"), PatternName("db-session"), PatternName("bare-session"))
    assert few.patterns(names) == names[:1]
    assert many.patterns(names) == names[:2]
    assert once.patterns(names) == (NEUTRAL,)
    assert strict.patterns(names) == names


def test_patterns_that_are_no_list_are_refused(tmp_path: Path) -> None:
    scenario(tmp_path, "a", "UNDER = chosen()\n")

    with pytest.raises(BadInput, match="UNDER is to be a list of patterns"):
        catalog.read(tmp_path)


def test_a_file_is_parsed_once_and_again_when_it_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[str] = []
    parse = ast.parse

    def noted(text: str) -> ast.Module:
        parsed.append(text)
        return parse(text)

    monkeypatch.setattr(ast, "parse", noted)
    scenario(tmp_path, "a", 'def test_a(world):\n    """A."""\n')

    assert catalog.read(tmp_path) == catalog.read(tmp_path)
    assert len(parsed) == 1

    scenario(tmp_path, "a", 'def test_a(world):\n    """Another title."""\n')
    assert [one.title for one in catalog.read(tmp_path)] == ["Another title."]
