"""The scenarios, read from their sources as text: the harness never imports them."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.errors import BadInput
from harness.model import Guards, PatternName, ScenarioId
from harness.patterns import NEUTRAL, is_control


@dataclass(frozen=True, kw_only=True, slots=True)
class Scenario:
    """One scenario: its id, its title, which is the first line of its docstring, what it guards.

    One that is parametrised is as many scenarios, each named by its parameter.
    """

    id: ScenarioId
    title: str
    guards: Guards = Guards.SESSIONS
    under: tuple[PatternName, ...] = ()
    """The only patterns that it is run under; all where there is none."""
    is_controlled: bool = False
    """Whether it is run under the control as well, which some scenarios must catch."""

    def patterns(self, names: Iterable[PatternName]) -> tuple[PatternName, ...]:
        """Return those of the patterns that it is run under; the neutral one for applications."""
        if self.guards is Guards.APPLICATIONS:
            return (NEUTRAL,)
        if not self.is_controlled:
            names = (name for name in names if not is_control(name))
        return tuple(name for name in names if not self.under or name in self.under)


def read(folder: Path) -> tuple[Scenario, ...]:
    """Return the scenarios of a folder, in the order of files and lines."""
    paths = sorted(folder.glob("test_*.py"))
    return tuple(found for path in paths for found in _known(path, _state(path)))


def _state(path: Path) -> tuple[int, int]:
    """Return what changes with a file's content, as far as a file system tells."""
    try:
        found = path.stat()
    except OSError as error:
        raise _unreadable(path, error) from error
    return found.st_mtime_ns, found.st_size


@functools.lru_cache(maxsize=1000)
def _known(path: Path, _state: tuple[int, int]) -> tuple[Scenario, ...]:
    """Return the scenarios of a file; each state of it is parsed once in a process."""
    return tuple(_scenarios(path))


def _unreadable(path: Path, error: Exception) -> BadInput:
    return BadInput(f"scenarios/{path.name} cannot be read: {error}")


def _scenarios(path: Path) -> Iterator[Scenario]:
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, SyntaxError) as error:
        raise _unreadable(path, error) from error
    module = path.stem.removeprefix("test_")
    constants = dict(_constants(tree))
    try:
        guards = Guards(str(constants.get("GUARDS", Guards.SESSIONS)))
    except ValueError as error:
        known = " or ".join(Guards)
        raise BadInput(f"scenarios/{path.name}: GUARDS is to be {known}") from error
    under = constants.get("UNDER", ())
    if not isinstance(under, list | tuple):
        raise BadInput(f"scenarios/{path.name}: UNDER is to be a list of patterns")
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            name = f"{module}::{node.name.removeprefix('test_')}"
            title = (ast.get_docstring(node) or "").partition("\n")[0]
            for of in _parameters(path, node, constants):
                told = f"{title.removesuffix('.')}: {of}." if of else title
                identity = ScenarioId(f"{name}[{of}]" if of else name)
                names = tuple(PatternName(str(one)) for one in under)
                yield Scenario(
                    id=identity,
                    title=told,
                    guards=guards,
                    under=names,
                    is_controlled=constants.get("CONTROLLED") is True,
                )


def _constants(tree: ast.Module) -> Iterator[tuple[str, object]]:
    """Yield the names of a module that are given a literal, and the literals.

    Of a mapping whose values are none, the keys.
    """
    for node in tree.body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict(keys=keys))
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.Dict(keys=keys))
            ):
                yield name, [one.value for one in keys if isinstance(one, ast.Constant)]
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, _literal(value)
            case _:
                pass


def _literal(value: ast.expr) -> object:
    try:
        return ast.literal_eval(value)
    except ValueError:
        return None


def _parameters(
    path: Path, node: ast.FunctionDef, constants: Mapping[str, object]
) -> tuple[str, ...]:
    """Return what a scenario is parametrised by; an empty name where it is not.

    The names are written in the decorator, or are a list, tuple or mapping of the same module.
    """
    for decorator in node.decorator_list:
        match decorator:
            case ast.Call(func=ast.Attribute(attr="parametrize"), args=[_, values, *_]):
                found = (
                    constants.get(values.id) if isinstance(values, ast.Name) else _literal(values)
                )
                if not isinstance(found, list | tuple):
                    raise BadInput(
                        f"scenarios/{path.name}: {node.name} is to be parametrised by names"
                        " that are written in the same module"
                    )
                return tuple(str(one) for one in found)
            case _:
                pass
    return ("",)
