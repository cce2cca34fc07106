"""Every scenario keeps to the contract; read as text, since the harness imports none of them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from harness import catalog, patterns
from tests.conftest import ROOT

FOLDER = ROOT / "scenarios"
FILES = sorted(FOLDER.glob("test_*.py"))


def functions() -> list[ast.FunctionDef]:
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in FILES)
    return [
        node
        for tree in trees
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]


@pytest.mark.parametrize("node", functions(), ids=lambda node: node.name)
def test_a_scenario_has_a_title_and_records_before_it_asserts(node: ast.FunctionDef) -> None:
    title = (ast.get_docstring(node) or "").partition("\n")[0]
    assert title.endswith("."), "the first line of the docstring is the title, one sentence"
    assert {"world", "evidence"} <= {argument.arg for argument in node.args.args}
    recorded = False
    for statement in node.body:
        words = ast.unparse(statement)
        recorded = recorded or "evidence(" in words or "run(world, evidence" in words
        assert recorded or not isinstance(statement, ast.Assert), "it asserts before it records"
    assert recorded, "it records no evidence"


def test_every_title_is_there_once() -> None:
    titles = [one.title for one in catalog.read(FOLDER)]
    assert len(set(titles)) >= len(titles) - 1, "two scenarios claim the same"
    assert len(titles) == len(functions())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_scenario_names_no_library_and_expects_nothing(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"xfail|skipif|pytest\.skip|time\.sleep|__version__|version_info", text)
    assert not re.search(r"import (harness|flask_sqlalchemy)|from (harness|flask_sqlalchemy)", text)


def test_the_patterns_are_the_same_on_both_sides() -> None:
    tree = ast.parse((FOLDER / "patterns.py").read_text(encoding="utf-8"))
    [value] = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "PATTERNS"
    ]
    assert ast.literal_eval(value) == patterns.PATTERNS


def test_a_scenario_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "test_x.py").write_text("def (:\n")
    with pytest.raises(Exception, match=r"scenarios/test_x\.py cannot be read"):
        catalog.read(tmp_path)
