"""What may be tried in the place of a part of a script: its inside, its result, its doing; pure."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from copy import deepcopy

from harness.scripts.plainer import (
    base_in_place,
    base_merged,
    names_in_place,
    value_in_place,
)

Edit = Callable[[ast.Module, ast.AST], bool]
"""Changes the tree at the node; False where it cannot."""

_BLOCKS = ("body", "orelse", "finalbody")
_Called = ast.FunctionDef
_MOST = 12
"""Statements of a function that is told in full where it is called more than once."""


def edits(node: ast.AST) -> Iterator[Edit]:
    """Give what may be tried with one node."""
    yield from same_meaning(node)
    if isinstance(node, ast.Assign):
        yield names_in_place
        yield value_in_place
    match node:
        case ast.With() | ast.If() | ast.For() | ast.Try():
            yield lambda tree, node: _put(tree, node, node.body)  # type: ignore[attr-defined]
        case ast.IfExp():
            yield lambda tree, node: _swap(tree, node, node.body)  # type: ignore[attr-defined]
            yield lambda tree, node: _swap(tree, node, node.orelse)  # type: ignore[attr-defined]
        case ast.FunctionDef():
            for number in range(len(_parameters(node))):
                yield lambda tree, node, number=number: _without_parameter(tree, node, number)  # type: ignore[misc]
        case ast.ClassDef():
            yield base_in_place
        case ast.Attribute(value=ast.Call(func=ast.Name(id="SimpleNamespace"), keywords=keywords)):
            for word in keywords:
                if word.arg == node.attr:
                    yield lambda tree, node, word=word: _swap(tree, node, deepcopy(word.value))  # type: ignore[misc]
        case _:
            pass


def same_meaning(node: ast.AST, names: Collection[str] | None = None) -> Iterator[Edit]:
    """Give what may be tried with one node that ought to change nothing.

    It is about the functions and classes of these names only, where there are any.
    """
    match node:
        case (
            ast.Expr(value=ast.Call() as call)
            | ast.Assign(value=ast.Call() as call)
            | ast.Return(value=ast.Call() as call)
        ) if names is None or _called_by(call) in names:
            yield _told_in_full
            yield _made_in_full
        case ast.Call() if names is None or _called_by(node) in names:
            yield _result_in_place
        case ast.ClassDef() if names is None or node.name in names:
            yield base_merged
        case ast.FunctionDef() if names is None or node.name in names:
            used = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
            for number, one in enumerate(_parameters(node)):
                if one.arg not in used:
                    yield lambda tree, node, number=number: _without_parameter(tree, node, number)  # type: ignore[misc]
                    return
        case _:
            pass


def _put(tree: ast.Module, node: ast.AST, instead: list[ast.stmt]) -> bool:
    """Put statements in the place of one."""
    for holder in ast.walk(tree):
        for block in _BLOCKS:
            inner = getattr(holder, block, None)
            if isinstance(inner, list) and any(one is node for one in inner):
                at = next(number for number, one in enumerate(inner) if one is node)
                inner[at : at + 1] = instead
                return True
    return False


def _swap(tree: ast.AST, node: ast.AST, instead: ast.expr) -> bool:
    """Put an expression in the place of another."""

    class Swap(ast.NodeTransformer):
        def visit(self, part: ast.AST) -> ast.AST:
            return instead if part is node else self.generic_visit(part)

    Swap().visit(tree)
    return True


def _parameters(node: _Called) -> list[ast.arg]:
    given = node.args
    return [
        *given.posonlyargs,
        *given.args,
        *given.kwonlyargs,
        *(one for one in (given.vararg, given.kwarg) if one),
    ]


def _without_parameter(tree: ast.Module, node: ast.AST, number: int) -> bool:
    """Leave out a parameter, and what is given for it wherever something of that name is called."""
    assert isinstance(node, _Called)  # noqa: S101 - `edits` gives it for nothing else
    one = _parameters(node)[number]
    owner = _class_of(tree, node)
    if owner and number == 0:
        return False
    given = node.args
    if one in given.args:
        at = given.args.index(one)
        default = at - (len(given.args) - len(given.defaults))
        del given.args[at]
        if default >= 0:
            del given.defaults[default]
        names = {node.name, owner.name} if owner and node.name == "__init__" else {node.name}
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and _called_by(call) in names:
                place = at - bool(owner)
                if place < len(call.args):
                    del call.args[place]
                call.keywords = [word for word in call.keywords if word.arg != one.arg]
    elif one in given.kwonlyargs:
        at = given.kwonlyargs.index(one)
        del given.kwonlyargs[at], given.kw_defaults[at]
    elif one is given.vararg:
        given.vararg = None
    else:
        given.kwarg = None
    return True


def _called_by(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _class_of(tree: ast.Module, node: ast.AST) -> ast.ClassDef | None:
    every = (one for one in ast.walk(tree) if isinstance(one, ast.ClassDef))
    return next((one for one in every if any(inner is node for inner in one.body)), None)


def _definition(tree: ast.Module, call: ast.Call) -> tuple[_Called, dict[str, ast.expr]] | None:
    """Give the only definition of what is called, and what its parameters stand for there."""
    name = _called_by(call)
    found = [one for one in ast.walk(tree) if isinstance(one, _Called) and one.name == name]
    if len(found) != 1 or found[0].decorator_list or found[0] in _around(tree, call):
        return None
    owner = _class_of(tree, found[0])
    match call.func:
        case ast.Attribute(value=ast.Name() | ast.Attribute() as value) if owner:
            given = _given(found[0], call, value)
        case ast.Name() if not owner:
            given = _given(found[0], call, None)
        case _:
            return None
    return (found[0], given) if given is not None else None


def _around(tree: ast.Module, node: ast.AST) -> list[ast.AST]:
    every = (one for one in ast.walk(tree) if isinstance(one, _Called))
    return [one for one in every if any(part is node for part in ast.walk(one))]


def _given(called: _Called, call: ast.Call, owner: ast.expr | None) -> dict[str, ast.expr] | None:
    spec = called.args
    if any(isinstance(one, ast.Starred) for one in call.args):
        return None
    names = [one.arg for one in (*spec.posonlyargs, *spec.args)]
    defaults = dict(zip(names[len(names) - len(spec.defaults) :], spec.defaults, strict=True))
    for one, default in zip(spec.kwonlyargs, spec.kw_defaults, strict=True):
        names.append(one.arg)
        if default is not None:
            defaults[one.arg] = default
    values = [owner, *call.args] if owner is not None else call.args
    given = dict(zip(names, values, strict=False))
    rest: dict[str, ast.expr] = {}
    for word in call.keywords:
        if word.arg is None:
            return None
        (given if word.arg in names else rest)[word.arg] = word.value
    more = values[len(names) :]
    if (rest and not spec.kwarg) or (more and not spec.vararg):
        return None
    if spec.kwarg:
        keys: list[ast.expr | None] = [ast.Constant(value=name) for name in rest]
        given[spec.kwarg.arg] = ast.Dict(keys=keys, values=list(rest.values()))
    if spec.vararg:
        given[spec.vararg.arg] = ast.Tuple(elts=more, ctx=ast.Load())
    return {**defaults, **given} if not set(names) - given.keys() - defaults.keys() else None


class _Filled(ast.NodeTransformer):
    """Puts what parameters stand for in their place."""

    def __init__(self, given: Mapping[str, ast.expr]) -> None:
        self._given = given

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id in self._given and isinstance(node.ctx, ast.Load):
            return deepcopy(self._given[node.id])
        return node


def _done_more_than_once(body: Iterable[ast.AST], given: Mapping[str, ast.expr]) -> list[str]:
    """Give the parameters that stand for something done, and are used more than once."""
    used = [part.id for one in body for part in ast.walk(one) if isinstance(part, ast.Name)]
    return [
        name
        for name, value in given.items()
        if used.count(name) > 1 and any(isinstance(part, ast.Call) for part in ast.walk(value))
    ]


def _result_in_place(tree: ast.Module, node: ast.AST) -> bool:
    """Put what a function returns in the place of its call."""
    assert isinstance(node, ast.Call)  # noqa: S101 - `edits` gives it for nothing else
    found = _definition(tree, node)
    match found:
        case ast.FunctionDef(body=[ast.Return(value=ast.expr() as value)]), given:
            if _done_more_than_once([value], given):
                return False
            return _swap(tree, node, _Filled(given).visit(deepcopy(value)))
        case _:
            return False


def _told_in_full(tree: ast.Module, node: ast.AST) -> bool:
    """Put what a function does in the place of the statement that calls it."""
    assert isinstance(node, ast.Expr | ast.Assign | ast.Return)  # noqa: S101 - as above
    assert isinstance(node.value, ast.Call)  # noqa: S101
    found = _definition(tree, node.value)
    if found is None:
        return False
    return _in_full(tree, node, *found, before=[])


def _in_full(
    tree: ast.Module,
    node: ast.Expr | ast.Assign | ast.Return,
    called: _Called,
    given: Mapping[str, ast.expr],
    before: list[ast.stmt],
) -> bool:
    calls = [one for one in ast.walk(tree) if isinstance(one, ast.Call)]
    times = sum(_called_by(one) == called.name for one in calls)
    inner = [part for one in called.body for part in ast.walk(one)]
    *_, last = called.body
    returned = [part for part in inner if isinstance(part, ast.Return) and part is not last]
    if returned or any(isinstance(part, ast.Yield | ast.YieldFrom) for part in inner):
        return False
    if times > 1 and len(called.body) > _MOST:
        return False
    if isinstance(last, ast.Pass) and isinstance(node, ast.Expr):
        values = [one for one in given.values() if isinstance(one, ast.Call)]
        return _put(tree, node, [*before, *(ast.Expr(value=deepcopy(one)) for one in values)])
    named = _done_more_than_once(called.body, given)
    plain = {name: value for name, value in given.items() if name not in named}
    before += [ast.Assign(targets=[ast.Name(one, ast.Store())], value=given[one]) for one in named]
    again = [_Filled(plain).visit(deepcopy(one)) for one in called.body]
    if isinstance(node, ast.Expr):
        if isinstance(again[-1], ast.Return):
            value = again.pop().value
            again += [ast.Expr(value=value)] if isinstance(value, ast.Call) else []
    elif not isinstance(again[-1], ast.Return) or again[-1].value is None:
        return False
    elif isinstance(node, ast.Assign):
        again[-1] = ast.Assign(targets=node.targets, value=again[-1].value)
    return _put(tree, node, [*before, *again])


def _made_in_full(tree: ast.Module, node: ast.AST) -> bool:
    """Put a plain object and what its class does to it in the place of `name = Class(...)`."""
    match node:
        case ast.Assign(
            targets=[ast.Name() as target], value=ast.Call(func=ast.Name(id=name)) as call
        ):
            pass
        case _:
            return False
    classes = [one for one in tree.body if isinstance(one, ast.ClassDef) and one.name == name]
    match classes:
        case [ast.ClassDef(bases=[], body=[ast.FunctionDef(name="__init__") as called])]:
            pass
        case _:
            return False
    owner = ast.Name(id=target.id, ctx=ast.Load())
    given = _given(called, call, owner)
    if given is None:
        return False
    plain = ast.Assign(
        targets=[target],
        value=ast.Call(func=ast.Name("SimpleNamespace", ast.Load()), args=[], keywords=[]),
    )
    done = ast.Expr(value=call)
    if not _put(tree, node, [plain, done]):
        return False
    if _in_full(tree, done, called, given, before=[]):
        late = isinstance(tree.body[0], ast.ImportFrom) and tree.body[0].module == "__future__"
        tree.body.insert(int(late), ast.parse("from types import SimpleNamespace").body[0])
        return True
    _put(tree, done, [])
    _put(tree, plain, [node])
    return False
