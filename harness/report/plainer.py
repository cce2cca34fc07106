"""Names that a script can do without: of classes that add nothing, of values used once; pure."""

from __future__ import annotations

import ast
import pickle


def base_in_place(tree: ast.Module, node: ast.AST) -> bool:
    """Put the base of a class in the place of the class, where that adds nothing to it."""
    match node:
        case ast.ClassDef(bases=[ast.Name() as base], body=[ast.Pass()], decorator_list=[]):
            pass
        case _:
            return False
    if node not in tree.body:
        return False
    tree.body.remove(node)
    for part in ast.walk(tree):
        if isinstance(part, ast.Name) and part.id == node.name:
            part.id = base.id
    return True


def value_in_place(tree: ast.Module, node: ast.AST) -> bool:
    """Put a value in the place of the name that it has, where that is used once."""
    match node:
        case ast.Assign(targets=[ast.Name() | ast.Attribute() as target], value=value):
            pass
        case _:
            return False
    name = ast.unparse(target)
    swap = _Swap(name, value)
    swap.visit(tree)
    if swap.times != 1 and not (swap.times and isinstance(value, ast.Name)):
        return False
    for holder in ast.walk(tree):
        body = getattr(holder, "body", None)
        if isinstance(body, list) and node in body:
            body.remove(node)
            return True
    return False


def names_in_place(tree: ast.Module, node: ast.AST) -> bool:
    """Make names of the attributes of a plain object that is used for nothing else."""
    match node:
        case ast.Assign(
            targets=[ast.Name(id=owner)],
            value=ast.Call(func=ast.Name(id="SimpleNamespace"), args=[], keywords=[]),
        ):
            pass
        case _:
            return False
    every = list(ast.walk(tree))
    of = [one for one in every if isinstance(one, ast.Attribute) and _is_named(one.value, owner)]
    names = {one.attr for one in of}
    taken = {one.id for one in every if isinstance(one, ast.Name)}
    taken |= {one.arg for one in every if isinstance(one, ast.arg)}
    if len(of) + 1 != sum(_is_named(one, owner) for one in every) or names & taken:
        return False
    _Named(owner).visit(tree)
    for holder in ast.walk(tree):
        body = getattr(holder, "body", None)
        if isinstance(body, list) and node in body:
            body.remove(node)
    return True


def _is_named(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


class _Named(ast.NodeTransformer):
    def __init__(self, owner: str) -> None:
        self._owner = owner

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if _is_named(node.value, self._owner):
            return ast.Name(id=node.attr, ctx=node.ctx)
        return self.generic_visit(node)


class _Swap(ast.NodeTransformer):
    def __init__(self, name: str, value: ast.expr) -> None:
        self._name = name
        self._value = value
        self.times = 0

    def visit(self, node: ast.AST) -> ast.AST:
        read = isinstance(getattr(node, "ctx", None), ast.Load)
        if read and isinstance(node, ast.Name | ast.Attribute) and ast.unparse(node) == self._name:
            self.times += 1
            again: ast.AST = pickle.loads(pickle.dumps(self._value))  # noqa: S301 - our own
            return again
        return self.generic_visit(node)
