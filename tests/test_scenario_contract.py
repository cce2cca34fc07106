"""What every scenario keeps to, read from its source: nothing of `scenarios` is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import catalog
from harness.patterns import PATTERNS, USUAL, is_control
from tests.conftest import ROOT

FOLDER = ROOT / "scenarios"
FILES = sorted(FOLDER.glob("test_*.py"))
VERSIONS = {"__version__", "version_info", "VERSION", "metadata", "parse_version", "importlib"}
MARKS = {"xfail", "skip", "skipif", "importorskip"}


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(path: Path) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in tree(path).body if isinstance(node, ast.FunctionDef)}


def scenarios() -> Iterator[tuple[Path, ast.FunctionDef]]:
    for path in FILES:
        for name, node in functions(path).items():
            if name.startswith("test_"):
                yield path, node


SCENARIOS = list(scenarios())
each_scenario = pytest.mark.parametrize(
    ("path", "node"), SCENARIOS, ids=[f"{path.stem}::{node.name}" for path, node in SCENARIOS]
)
each_file = pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])


def names(node: ast.AST) -> set[str]:
    """Return every name and attribute that is used below a node."""
    walked = list(ast.walk(node))
    plain = {one.id for one in walked if isinstance(one, ast.Name)}
    return plain | {one.attr for one in walked if isinstance(one, ast.Attribute)}


def calls(node: ast.AST, name: str) -> bool:
    return any(
        isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id == name
        for one in ast.walk(node)
    )


def parameters(node: ast.FunctionDef) -> list[str]:
    """Return the name of what a scenario is parametrised by; none where it is not."""
    found = []
    for decorator in node.decorator_list:
        match decorator:
            case ast.Call(
                func=ast.Attribute(attr="parametrize"), args=[ast.Constant(value=str(name)), _]
            ):
                found.append(name)
            case _:
                pass
    return found


def handed_on(statement: ast.stmt, local: dict[str, ast.FunctionDef]) -> list[ast.FunctionDef]:
    """Return the helpers of the module that a statement hands `evidence` to."""
    return [
        local[one.func.id]
        for one in ast.walk(statement)
        if isinstance(one, ast.Call)
        and isinstance(one.func, ast.Name)
        and one.func.id in local
        and any(isinstance(given, ast.Name) and given.id == "evidence" for given in one.args)
    ]


def tells_first(node: ast.FunctionDef, local: dict[str, ast.FunctionDef]) -> bool:
    """Tell whether facts are recorded before anything is asserted."""
    for statement in node.body:
        if isinstance(statement, ast.Assert):
            return False
        if isinstance(statement, ast.Expr) and calls(statement, "evidence"):
            return True
        if any(tells_first(helper, local) for helper in handed_on(statement, local)):
            return True
    return False


def imported(node: ast.AST) -> set[str]:
    """Return the modules that are imported below a node, by their first part."""
    found = {
        alias.name for one in ast.walk(node) if isinstance(one, ast.Import) for alias in one.names
    } | {one.module or "" for one in ast.walk(node) if isinstance(one, ast.ImportFrom)}
    return {name.partition(".")[0] for name in found}


def literal(path: Path, name: str) -> object:
    """Return the value of a constant, without running the file."""
    for node in tree(path).body:
        if isinstance(node, ast.Assign) and [getattr(one, "id", "") for one in node.targets] == [
            name
        ]:
            return ast.literal_eval(node.value)
    raise AssertionError(f"{path.name} has no {name}")


def test_there_are_scenarios_to_look_at() -> None:
    named = {str(one.id).partition("[")[0] for one in catalog.read(FOLDER)}
    assert len(SCENARIOS) == len(named) >= 20


@each_scenario
def test_the_title_is_a_sentence(path: Path, node: ast.FunctionDef) -> None:
    title = (ast.get_docstring(node) or "").partition("\n")[0]
    assert title.endswith("."), f"{path.name}::{node.name} says {title!r}"


@each_scenario
def test_it_takes_a_world_evidence_and_what_it_is_parametrised_by(
    path: Path, node: ast.FunctionDef
) -> None:
    taken = [argument.arg for argument in node.args.args]
    of = parameters(node)
    assert set(taken) == {"world", "evidence", *of}, f"{path.name}::{node.name} takes {taken}"
    assert len(node.decorator_list) == len(of) <= 1, "decorated by more than its one parameter"


@each_scenario
def test_it_records_before_it_asserts(path: Path, node: ast.FunctionDef) -> None:
    assert tells_first(node, functions(path)), f"{path.name}::{node.name}"


@each_file
def test_nothing_is_excused_beforehand(path: Path) -> None:
    assert not names(tree(path)) & MARKS


@each_file
def test_what_is_a_limit_is_not_decided_in_a_scenario(path: Path) -> None:
    recorded = {
        keyword.arg
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "evidence"
        for keyword in node.keywords
    }
    assert "limit" not in recorded, "it is the `kind` of an entry of problems.toml"


@each_file
def test_no_version_decides_what_is_expected(path: Path) -> None:
    assert not names(tree(path)) & VERSIONS
    assert "packaging" not in imported(tree(path))
    assert "sys" not in imported(tree(path))


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.py")), ids=lambda path: path.stem)
def test_no_source_of_the_scenarios_imports_the_harness(path: Path) -> None:
    assert "harness" not in imported(tree(path))


@each_file
def test_nothing_waits_for_time_to_pass(path: Path) -> None:
    assert "time" not in imported(tree(path))
    assert "sleep" not in names(tree(path))


@each_file
def test_no_scenario_stands_in_a_class_or_is_asynchronous(path: Path) -> None:
    tops = [node for node in tree(path).body if isinstance(node, ast.ClassDef)]
    held = [inner for top in tops for inner in top.body if isinstance(inner, ast.FunctionDef)]
    assert not [one.name for one in held if one.name.startswith("test")]
    assert not any(isinstance(node, ast.AsyncFunctionDef) for node in tree(path).body)


def test_titles_are_unique() -> None:
    titles = [one.title for one in catalog.read(FOLDER)]
    assert sorted(titles) == sorted(set(titles))


def test_both_sides_name_the_same_patterns_in_the_same_order() -> None:
    assert literal(FOLDER / "patterns.py", "PATTERNS") == PATTERNS
    assert literal(FOLDER / "patterns.py", "USUAL") == USUAL


def test_what_is_recommended_is_usual_and_no_control() -> None:
    recommended = literal(FOLDER / "patterns.py", "RECOMMENDED")
    assert isinstance(recommended, tuple)
    assert set(recommended) <= {name for name in USUAL if not is_control(name)}


def test_modules_are_run_under_patterns_that_there_are() -> None:
    named = {name for one in catalog.read(FOLDER) for name in one.under}
    assert named <= set(PATTERNS)
    assert not any(map(is_control, named))
