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


def base_merged(tree: ast.Module, node: ast.AST) -> bool:
    """Put what a class takes from a base of its own into the class."""
    match node:
        case ast.ClassDef(bases=[ast.Name(id=name)]):
            pass
        case _:
            return False
    classes = [one for one in tree.body if isinstance(one, ast.ClassDef) and one.name == name]
    used = sum(_is_named(one, name) for one in ast.walk(tree))
    if len(classes) != 1 or used != 1 or "super()" in ast.unparse(node):
        return False
    own = {_name_of(one) for one in node.body}
    node.body = [*(one for one in classes[0].body if _name_of(one) not in own), *node.body]
    node.bases = classes[0].bases
    tree.body.remove(classes[0])
    return True


def _name_of(node: ast.stmt) -> str:
    match node:
        case ast.FunctionDef(name=name) | ast.Assign(targets=[ast.Name(id=name)]):
            return name
        case _:
            return ast.unparse(node)


class _Folded(ast.NodeTransformer):
    """Decides what constants decide."""

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        self.generic_visit(node)
        while isinstance(node.op, ast.Or) and len(node.values) > 1 and _is_none(node.values[0]):
            del node.values[0]
        return node if len(node.values) > 1 else node.values[0]

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        self.generic_visit(node)
        known = _known(node.test)
        return node if known is None else node.body if known else node.orelse

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        self.generic_visit(node)
        known = _known(node.test)
        return node if known is None else node.body if known else node.orelse or [ast.Pass()]


def folded(tree: ast.Module) -> ast.Module:
    """Give the tree without what the constants in it decide."""
    _Folded().visit(tree)
    return tree


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _known(test: ast.expr) -> bool | None:
    """Give what a test comes to; None where that is not known."""
    match test:
        case ast.Constant(value=value):
            return bool(value)
        case ast.Compare(left=ast.Constant(value=None), ops=[op], comparators=[other]):
            same = _is_none(other)
            decided = same or isinstance(other, ast.Constant)
            if decided and isinstance(op, ast.Is | ast.IsNot):
                return same is isinstance(op, ast.Is)
        case _:
            pass
    return None


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
