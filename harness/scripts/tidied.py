"""A script without what nothing in it refers to; pure."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def tidied(tree: ast.Module, kept: Collection[str]) -> ast.Module:
    """Take away the definitions and imports that nothing refers to; `kept` are referred to."""
    used: frozenset[str] = frozenset()
    while used != (used := frozenset(kept) | frozenset(_referred_to(tree))):
        tree.body = [one for one in tree.body if _is_used(one, used)]
        ours = {one.name for one in tree.body if isinstance(one, ast.ClassDef)}
        for node in ast.walk(tree):
            body = getattr(node, "body", None)
            if isinstance(body, list) and any(not isinstance(one, ast.Pass) for one in body):
                body[:] = [one for one in body if not isinstance(one, ast.Pass)]
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and _is_ours(node, ours):
                body = [one for one in node.body if _is_special(one) or _is_used(one, used)]
                node.body = body or [ast.Pass()]
            if (
                isinstance(node, ast.Import | ast.ImportFrom)
                and node.names[0].name != "annotations"
            ):
                node.names = [one for one in node.names if _bound_by(one) in used]
    return tree


def _referred_to(tree: ast.Module) -> Iterator[str]:
    """Give every name that is used, but for a definition's own within itself."""
    for node in tree.body:
        inner = node.body if isinstance(node, ast.ClassDef) else []
        heads = [node] if not inner else [*node.bases, *node.decorator_list]  # type: ignore[attr-defined]
        for one in [*heads, *inner]:
            names = {two.name for two in (node, one) if isinstance(two, _Definition)}
            yield from _names(one) - names


def _names(node: ast.AST) -> set[str]:
    found: set[str] = set()
    for part in ast.walk(node):
        match part:
            case ast.Name(id=name, ctx=ast.Load()):
                found.add(name)
            case ast.Attribute(attr=name):
                found.add(name)
            case ast.Constant(value=str(name)) if name.isidentifier():
                found.add(name)
            case ast.keyword(arg=str(name)):
                found.add(name)
            case _:
                pass
    return found


def _is_used(node: ast.stmt, used: frozenset[str]) -> bool:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return node.name in used
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name in used
        case ast.ImportFrom(module="__future__"):
            return True
        case ast.Import() | ast.ImportFrom():
            return any(_bound_by(one) in used for one in node.names)
        case _:
            return True


def _bound_by(one: ast.alias) -> str:
    return (one.asname or one.name).partition(".")[0]


def _is_special(node: ast.stmt) -> bool:
    """Whether the language may use it without a name."""
    return not isinstance(node, _Definition) or node.name.startswith("__")


def _is_ours(node: ast.ClassDef, ours: Collection[str]) -> bool:
    return all(isinstance(base, ast.Name) and base.id in ours for base in node.bases)
