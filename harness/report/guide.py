"""What the scenarios and patterns are, in the words and the code of those who wrote them; pure.

Titles are the first lines of docstrings. The code of a pattern is what was run, cut out of
`scenarios/patterns.py`, so that a pattern that is added there is told without a word added here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from harness.errors import BadInput
from harness.model import ScenarioId
from harness.report.snippets import Snippets

_TABLE = "MAKERS"
"""The name in `scenarios/patterns.py` of the table from a pattern's name to its function."""

_Definition = ast.FunctionDef | ast.ClassDef


@dataclass(frozen=True, kw_only=True, slots=True)
class Pattern:
    """One pattern: what it is in a sentence, and the code that makes what the view gets."""

    title: str
    code: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Guide:
    """The titles of the scenarios, the patterns, and the code to copy."""

    titles: Mapping[ScenarioId, str] = field(default_factory=dict)
    patterns: Mapping[str, Pattern] = field(default_factory=dict)
    snippets: Snippets = field(default_factory=Snippets)


def patterns_from(source: str) -> Mapping[str, Pattern]:
    """Give the patterns that the text of `scenarios/patterns.py` makes, by name."""
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise BadInput(f"scenarios/patterns.py cannot be read: {error}") from error
    known = {node.name: node for node in tree.body if isinstance(node, _Definition)}
    return {
        name: _pattern(known[function], known, source)
        for name, function in _makers(tree.body)
        if function in known
    }


def _makers(body: Sequence[ast.stmt]) -> Iterator[tuple[str, str]]:
    """Give the name and the function of each pattern, as the table has them."""
    for node in body:
        if isinstance(node, ast.AnnAssign | ast.Assign) and isinstance(node.value, ast.Dict):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(one, ast.Name) and one.id == _TABLE for one in targets):
                for key, value in zip(node.value.keys, node.value.values, strict=True):
                    if isinstance(key, ast.Constant) and isinstance(value, ast.Name):
                        yield str(key.value), value.id


def _pattern(node: _Definition, known: Mapping[str, _Definition], source: str) -> Pattern:
    parts = [*_used(node, known, {node.name}), node]
    told = "\n\n\n".join(_source(part, source) for part in parts)
    return Pattern(title=(ast.get_docstring(node) or "").partition("\n")[0], code=told)


def _used(
    node: _Definition, known: Mapping[str, _Definition], seen: set[str]
) -> Iterable[_Definition]:
    """Give the definitions of the same file that this one needs, the innermost first."""
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and part.id in known and part.id not in seen:
            seen.add(part.id)
            yield from _used(known[part.id], known, seen)
            yield known[part.id]


def _source(node: _Definition, source: str) -> str:
    return ast.get_source_segment(source, node) or ""
