"""A shorter script that shows the same: what it can do without is left out; pure.

Whether a shorter text still shows the same is asked of the caller, who runs it. Nothing is taken
for superfluous because it looks so.
"""

from __future__ import annotations

import ast
import builtins
import pickle
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress

from harness.scripts.plainer import folded
from harness.scripts.simpler import edits, same_meaning
from harness.scripts.tidied import tidied

Shows = Callable[[str], bool]
"""Whether a text still shows the same failure, and passes where it is to pass; or OutOfTime."""

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_BLOCKS = ("body", "orelse", "finalbody")
_MEMBERS = ("args", "keywords", "elts", "decorator_list", "bases", "items", "ifs")
"""Lists of expressions of which one member may be left out."""
_ROUNDS = 6
"""How deep calls may be told in full, one within the other."""
_IMPLIED = frozenset(dir(builtins)) | {"__file__", "__name__"}


class OutOfTime(Exception):
    """No more is to be tried."""


def shrunk(
    text: str,
    shows: Shows,
    *,
    called: str,
    kept: Collection[str] = (),
    unreached: Collection[int] = (),
) -> str:
    """Give a text of which nothing more can be left out, or which was the shortest in time.

    The function `called` is what the text is for; the definitions whose names are `kept` stay as
    they are. `unreached` are the lines that a run of the text did not come to: they go first.
    """
    short = _Short(ast.parse(text), shows, called, frozenset(kept))
    size = 0
    with suppress(OutOfTime):
        short.leave_out_lines(frozenset(unreached))
        while size != (size := len(short.text)):
            short.replace_many()
            short.leave_out(_statements)
            short.replace()
            short.leave_out(_members)
    return short.text


def reached(text: str, shows: Shows, *, called: str, unreached: Collection[int]) -> str:
    """Give the text without the lines that a run of it did not come to."""
    short = _Short(ast.parse(text), shows, called, frozenset())
    with suppress(OutOfTime):
        short.leave_out_lines(frozenset(unreached))
    return short.text


class _Short:
    """The shortest text so far, as a tree."""

    def __init__(self, tree: ast.Module, shows: Shows, called: str, kept: frozenset[str]) -> None:
        self.text = ast.unparse(tree)
        self._tree = tree
        self._shows = shows
        self._called = called
        self._kept = kept
        self._tried = {self.text}

    def leave_out_lines(self, lines: frozenset[int]) -> None:
        """Leave out the statements that stand on these lines."""

        def gone(node: ast.AST) -> Iterator[ast.AST]:
            every = ((one, _own_lines(one)) for one in _statements(node))
            yield from (one for one, own in every if own and lines.issuperset(own))

        self.leave_out(gone)

    def leave_out(self, of: Callable[[ast.AST], Iterator[ast.AST]]) -> None:
        """Leave out what `of` gives, many at a time at first and one at a time in the end."""
        size = max(len(self._nodes(of)) // 2, 1)
        while size:
            nodes = self._nodes(of)
            end = len(nodes)
            while end > 0:
                gone = [number for number, _ in nodes[max(end - size, 0) : end]]
                if self._is_taken(_without(self._tree, gone, self._kept)):
                    nodes = self._nodes(of)
                end = min(end - size, len(nodes))
            size //= 2

    def replace_many(self, names: Sequence[str] | None = None) -> None:
        """Put what functions do in the place of their calls: of all at once, or of as many."""
        if names is None:
            every = ast.walk(self._tree)
            names = sorted({one.name for one in every if isinstance(one, _Function | ast.ClassDef)})
        tree = self._with_same_meaning(frozenset(names))
        if len(names) > 1 and not self._is_taken(tree):
            self.replace_many(names[: len(names) // 2])
            self.replace_many(names[len(names) // 2 :])

    def _with_same_meaning(self, names: frozenset[str]) -> ast.Module:
        tree = _copy(self._tree)
        for _ in range(_ROUNDS):
            every = list(_walk(tree, self._kept))
            changed = [node for node in every[::-1] if _is_changed(tree, node, names)]
            tree = ast.fix_missing_locations(folded(tree))
            tree = tidied(tree, {self._called, *self._kept})
            if not changed:
                break
        return tree

    def replace(self) -> None:
        """Put a simpler thing in the place of one that holds it, the last ones first."""
        number = len(list(_walk(self._tree, self._kept)))
        while number := number - 1:
            every = list(_walk(self._tree, self._kept))
            number = min(number, len(every) - 1)
            for edit in edits(every[number]):
                tree = _copy(self._tree)
                edited = edit(tree, list(_walk(tree, self._kept))[number])
                if edited and self._is_taken(ast.fix_missing_locations(tree)):
                    break

    def _nodes(self, of: Callable[[ast.AST], Iterator[ast.AST]]) -> list[tuple[int, ast.AST]]:
        every = list(_walk(self._tree, self._kept))
        found = {id(part) for node in every for part in of(node)}
        return [(number, node) for number, node in enumerate(every) if id(node) in found]

    def _is_taken(self, tree: ast.Module) -> bool:
        if not self._is_right(tree):
            return False
        self._take(tree)
        tidy = tidied(_copy(tree), {self._called, *self._kept})
        if self._is_right(tidy):
            self._take(tidy)
        return True

    def _take(self, tree: ast.Module) -> None:
        self._tree, self.text = tree, ast.unparse(tree)

    def _is_right(self, tree: ast.Module) -> bool:
        if not _is_whole(tree):
            return False
        text = ast.unparse(tree)
        if text in self._tried:
            return False
        self._tried.add(text)
        return self._shows(text)


def _is_changed(tree: ast.Module, node: ast.AST, names: frozenset[str]) -> bool:
    return any(edit(tree, node) for edit in same_meaning(node, names))


def _copy(tree: ast.Module) -> ast.Module:
    """Give the same tree anew: what `deepcopy` does, twenty times as fast."""
    again = pickle.loads(pickle.dumps(tree))  # noqa: S301 - our own
    assert isinstance(again, ast.Module)  # noqa: S101 - as above
    return again


def _walk(node: ast.AST, kept: frozenset[str]) -> Iterator[ast.AST]:
    """Give a tree's nodes, each before those below it."""
    if isinstance(node, _Function | ast.ClassDef) and node.name in kept:
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _walk(child, kept)


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    for block in _BLOCKS:
        inner = getattr(node, block, None)
        if isinstance(inner, list):
            yield from (one for one in inner if not isinstance(one, ast.Pass))
    if isinstance(node, ast.Try):
        yield from node.handlers


def _members(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(getattr(node, "ctx", None), ast.Store) or isinstance(node, ast.arguments):
        return
    for field in _MEMBERS:
        inner = getattr(node, field, None)
        if isinstance(inner, list):
            yield from inner
    if isinstance(node, ast.Dict | ast.BoolOp):
        yield from node.values


def _own_lines(node: ast.AST) -> Sequence[int]:
    """Give the lines by which a run that came to a statement is known."""
    inner = node.body if isinstance(node, _Function) else ()
    if inner:
        return [line for one in inner for line in _own_lines(one)]
    if isinstance(node, ast.ExceptHandler):
        return [line for one in node.body for line in _own_lines(one)]
    if isinstance(node, ast.Try):
        return [line for one in node.body for line in _own_lines(one)]
    if isinstance(node, ast.Global | ast.Nonlocal) or not isinstance(node, ast.stmt):
        return []
    return [node.lineno]


def _without(tree: ast.Module, gone: Collection[int], kept: frozenset[str]) -> ast.Module:
    tree = _copy(tree)
    every = list(_walk(tree, kept))
    _Dropped({id(every[one]) for one in gone}).visit(tree)
    return ast.fix_missing_locations(tree)


class _Dropped(ast.NodeTransformer):
    """Takes nodes out of the lists that hold them, and mends what cannot stand without."""

    def __init__(self, gone: set[int]) -> None:
        self._gone = gone

    def visit(self, node: ast.AST) -> ast.AST | list[ast.stmt] | None:
        if id(node) in self._gone:
            return None
        if isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            left = [(key, value) for key, value in pairs if id(value) not in self._gone]
            node.keys, node.values = [key for key, _ in left], [value for _, value in left]
        self.generic_visit(node)
        return _mended(node)


def _mended(node: ast.AST) -> ast.AST | list[ast.stmt] | None:
    match node:
        case ast.BoolOp(values=[]):
            return ast.Constant(value=True)
        case ast.BoolOp(values=[only]):
            return only
        case ast.With(items=[]) | ast.Try(handlers=[], finalbody=[]):
            return node.body or None
        case ast.Try() if not node.body:
            return None
        case (
            ast.FunctionDef()
            | ast.AsyncFunctionDef()
            | ast.ClassDef()
            | ast.With()
            | ast.For()
            | ast.While()
            | ast.If()
            | ast.ExceptHandler()
            | ast.AsyncFor()
            | ast.AsyncWith()
        ):
            node.body = node.body or [ast.Pass()]
        case _:
            pass
    return node


def _is_whole(tree: ast.Module) -> bool:
    """Whether all names that are used are defined somewhere: what lacks one need not be run."""
    bound, used = set(_IMPLIED), set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                used.add(name)
            case ast.Name(id=name) | ast.arg(arg=name):
                bound.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                bound.add(name)
            case ast.ClassDef(name=name) | ast.ExceptHandler(name=str(name)):
                bound.add(name)
            case ast.alias(name=name, asname=other):
                bound.add((other or name).partition(".")[0])
            case _:
                pass
    return used <= bound
