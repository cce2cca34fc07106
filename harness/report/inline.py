"""Code of classes and functions, written out as the statements that they run; pure.

What is known beforehand is filled in and folded: an argument, a default, an attribute that is set
once. What is not, stays as it stands. Whatever is too involved for that raises `CannotInline`.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

SELF = "self"


class CannotInline(Exception):
    """The code does what this module does not follow, or what the library does not have."""


Names = Mapping[str, ast.expr]
"""What a name or an attribute (`self.db`) stands for."""


@dataclass(slots=True)
class Written:
    """The statements so far, and what each name stands for after them."""

    statements: list[ast.stmt] = field(default_factory=list)
    names: dict[str, ast.expr] = field(default_factory=dict)


def body(function: ast.FunctionDef, given: Names) -> Written:
    """Write out a method with these arguments; what it sets on `self` gets a name of its own."""
    written = Written(names={**_defaults(function), **given})
    _write(function.body, written)
    return written


def filled(node: ast.AST, names: Names) -> ast.AST:
    """Give a copy of code with names filled in, what is known folded, and no annotation left."""
    done = _Fill(names).visit(copy.deepcopy(node))
    assert isinstance(done, ast.AST)  # noqa: S101 - only what stands in a list can vanish
    return ast.fix_missing_locations(done)


def expression(node: ast.expr, names: Names) -> ast.expr:
    """Give an expression with names filled in."""
    done = filled(node, names)
    assert isinstance(done, ast.expr)  # noqa: S101 - an expression stays one
    return done


def is_simple(node: ast.expr) -> bool:
    """Whether writing it twice does nothing twice: a name, an attribute of one, a literal."""
    match node:
        case ast.Name() | ast.Constant() | ast.Lambda():
            return True
        case ast.Attribute(value=value):
            return is_simple(value)
        case ast.Dict(values=values):
            return all(map(is_simple, values))
        case _:
            return False


def truth(node: ast.expr) -> bool | None:
    """Give whether a condition holds; None where that is not known beforehand."""
    match node:
        case ast.Constant(value=value):
            return bool(value)
        case ast.Dict(keys=[]):
            return False
        case ast.Compare(left=left, ops=[ast.Is()], comparators=[ast.Constant(value=None)]):
            return isinstance(left, ast.Constant) and left.value is None
        case _:
            return None


def _defaults(function: ast.FunctionDef) -> dict[str, ast.expr]:
    names = [one.arg for one in function.args.args]
    values = function.args.defaults
    found = dict(zip(names[len(names) - len(values) :], values, strict=True))
    more = function.args.kwarg
    return {**found, **({more.arg: ast.Dict(keys=[], values=[])} if more else {})}


def _write(statements: Iterable[ast.stmt], written: Written) -> None:
    for one in statements:
        match one:
            case ast.Expr(value=ast.Constant()) | ast.Pass() | ast.Return():
                continue
            case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"), attr=attr)]):
                _set(attr, expression(one.value, written.names), written)
            case ast.If(test=test) if (known := truth(expression(test, written.names))) is not None:
                _write(one.body if known else one.orelse, written)
            case ast.If():
                written.statements.append(_branches(one, written))
            case ast.Assign() | ast.Expr() | ast.FunctionDef() | ast.ClassDef():
                done = filled(one, written.names)
                assert isinstance(done, ast.stmt)  # noqa: S101 - a statement stays one
                written.statements.append(done)
            case _:
                raise CannotInline(type(one).__name__)


def _set(attr: str, value: ast.expr, written: Written) -> None:
    name = attr.lstrip("_")
    if is_simple(value):
        written.names[f"{SELF}.{attr}"] = value
        return
    target = ast.Name(id=name, ctx=ast.Store())
    written.statements.append(ast.fix_missing_locations(ast.Assign(targets=[target], value=value)))
    written.names[f"{SELF}.{attr}"] = ast.Name(id=name, ctx=ast.Load())


def _branches(node: ast.If, written: Written) -> ast.If:
    """Give a condition that only the running application can decide: each branch sets by name."""
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store):
            name = ast.Name(id=part.attr.lstrip("_"), ctx=ast.Load())
            written.names[f"{SELF}.{part.attr}"] = name
    done = filled(node, written.names)
    assert isinstance(done, ast.If)  # noqa: S101 - a condition stays one
    return done


class _Fill(ast.NodeTransformer):
    """Fills names in and folds what has become known."""

    def __init__(self, names: Names) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if isinstance(node.ctx, ast.Load) and node.id in self.names:
            return copy.deepcopy(self.names[node.id])
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if isinstance(node.value, ast.Name):
            known = self.names.get(f"{node.value.id}.{node.attr}")
            if (
                known is not None
                and isinstance(node.ctx, ast.Store)
                and isinstance(known, ast.Name)
            ):
                return ast.Name(id=known.id, ctx=ast.Store())
            if known is not None:
                return copy.deepcopy(known)
        self.generic_visit(node)
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.op, ast.Or) and truth(node.values[0]) is False:
            return node.values[-1] if len(node.values) == 2 else node  # noqa: PLR2004 - `a or b`
        return node

    def visit_Dict(self, node: ast.Dict) -> ast.expr:
        self.generic_visit(node)
        pairs = [
            (key, value)
            for key, value in zip(node.keys, node.values, strict=True)
            if key is not None or truth(value) is not False
        ]
        return ast.Dict(keys=[key for key, _ in pairs], values=[value for _, value in pairs])

    def visit_Call(self, node: ast.Call) -> ast.expr:
        known = self.names.get(f"{ast.unparse(node.func)}()")
        if known is not None:
            return copy.deepcopy(known)
        self.generic_visit(node)
        node.keywords = [one for one in node.keywords if not _is_left_out(one)]
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.stmt:
        own = {one.arg for one in node.args.args}
        names = {name: value for name, value in self.names.items() if name not in own}
        inner = _Fill(names)
        node.decorator_list = [inner.visit(one) for one in node.decorator_list]
        node.body = _undocumented([inner.visit(one) for one in node.body])
        node.returns = None
        for one in node.args.args:
            one.annotation = None
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.stmt:
        self.generic_visit(node)
        node.body = _undocumented(node.body)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt:
        self.generic_visit(node)
        if node.value is None:
            return ast.Pass()
        return ast.Assign(targets=[node.target], value=node.value)


def _is_left_out(keyword: ast.keyword) -> bool:
    """Whether it hands over nothing: `binds=None`, `**{}`."""
    if keyword.arg is None:
        return truth(keyword.value) is False
    return isinstance(keyword.value, ast.Constant) and keyword.value.value is None


def _undocumented(statements: Sequence[ast.stmt]) -> list[ast.stmt]:
    kept = [
        one
        for one in statements
        if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))
    ]
    return kept or [ast.Pass()]
