"""One file out of several modules: what a function needs of them, and nothing else; pure.

The modules are those of `scenarios/`, told as text. Annotations, docstrings and the methods that
nobody calls are left out, so that the file is short enough to read.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import lru_cache

Name = tuple[str, str]
"""A module and a name that it defines."""

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_OURS = "scenarios."
"""How a module that says where it is names another of them."""


@dataclass(frozen=True, slots=True)
class _Module:
    defined: Mapping[str, ast.stmt]
    inner: Mapping[str, Name]
    """Names that come from another module of these; an empty name stands for the module itself."""
    outer: Mapping[str, str]
    """Names that come from elsewhere, and the line that imports them."""


_Known = dict[tuple[Name, frozenset[str]], tuple[ast.stmt, tuple[Name | str, ...]]]
"""Definitions that were looked through already, by their names and the methods called of them."""


@dataclass(slots=True)
class _Needed:
    """What was found to be needed, in the order in which it has to stand."""

    nodes: dict[Name, ast.stmt] = field(default_factory=dict)
    imports: set[str] = field(default_factory=set)
    begun: set[Name] = field(default_factory=set)
    known: _Known = field(default_factory=dict)


def shaken(
    sources: Mapping[str, str], wanted: Iterable[Name], keys: Mapping[str, str] | None = None
) -> tuple[list[str], list[str], Mapping[Name, str]]:
    """Give the lines of import, the definitions in order, and what each name is called there.

    Of a table that `keys` names only the one entry is kept.
    """
    modules = {name: _module(name, source, keys or {}) for name, source in sources.items()}
    wanted = list(wanted)
    known: _Known = {}
    needed = _collected(modules, wanted, frozenset(), known)
    while True:  # a method that is kept may call methods that nobody else does
        used = frozenset(_attributes(needed.nodes.values()))
        before, needed = needed, _collected(modules, wanted, used, known)
        if needed.nodes.keys() == before.nodes.keys() and used == frozenset(
            _attributes(needed.nodes.values())
        ):
            break
    called = _called(needed.nodes)
    told = [
        ast.unparse(ast.fix_missing_locations(_Renamed(modules, name[0], called).visit(node)))
        for name, node in needed.nodes.items()
    ]
    return sorted(needed.imports, key=_import_order), told, called


def _module(  # noqa: C901, PLR0912 - one case for each kind of statement
    name: str, source: str, keys: Mapping[str, str]
) -> _Module:
    defined: dict[str, ast.stmt] = {}
    inner: dict[str, Name] = {}
    outer: dict[str, str] = {}
    package = name.rpartition(".")[0]
    for node in _statements(source):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                defined[node.name] = node
            case ast.Assign(targets=[ast.Name(id=target)]):
                defined[target] = _narrowed(node, keys.get(target))
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                defined |= {
                    one.id: ast.Assign(targets=[one], value=value, lineno=node.lineno)
                    for one, value in zip(names, values, strict=True)
                    if isinstance(one, ast.Name)
                }
            case ast.AnnAssign(target=ast.Name(id=target), value=ast.expr()):
                defined[target] = _narrowed(node, keys.get(target))
            case ast.ImportFrom(level=0, module=str(where)) if where.startswith(_OURS):
                for one in node.names:
                    inner[one.asname or one.name] = where.removeprefix(_OURS), one.name
            case ast.ImportFrom(level=0, module=str(where)) if where != "__future__":
                for one in node.names:
                    outer[one.asname or one.name] = f"from {where} import {_alias(one)}"
            case ast.ImportFrom(level=level) if level:
                above = package if level == 1 else package.rpartition(".")[0]
                for one in node.names:
                    inner[one.asname or one.name] = _inner(above, node.module, one.name)
            case ast.Import():
                for one in node.names:
                    outer[one.asname or one.name.partition(".")[0]] = f"import {_alias(one)}"
            case _:
                pass
    return _Module(defined=defined, inner=inner, outer=outer)


@lru_cache(maxsize=256)
def _statements(source: str) -> tuple[ast.stmt, ...]:
    """Return what a module states; nobody changes it."""
    return tuple(ast.parse(source).body)


@lru_cache(maxsize=4096)
def _text(node: ast.stmt) -> str:
    return ast.unparse(node)


def _inner(above: str, module: str | None, name: str) -> Name:
    parts = [part for part in (above, module) if part]
    if module:
        return ".".join(parts), name
    return ".".join([*parts, name]), ""


def _alias(one: ast.alias) -> str:
    return f"{one.name} as {one.asname}" if one.asname else one.name


def _narrowed(node: ast.Assign | ast.AnnAssign, key: str | None) -> ast.stmt:
    """Give the assignment with one entry of its table, where a key is given."""
    if key is None or not isinstance(node.value, ast.Dict):
        return node
    node = deepcopy(node)
    table = node.value
    assert isinstance(table, ast.Dict)  # noqa: S101 - as above
    kept = [
        (name, value)
        for name, value in zip(table.keys, table.values, strict=True)
        if isinstance(name, ast.Constant) and name.value == key
    ]
    table.keys, table.values = [name for name, _ in kept], [value for _, value in kept]
    return node


def _collected(
    modules: Mapping[str, _Module], wanted: Iterable[Name], used: frozenset[str], known: _Known
) -> _Needed:
    needed = _Needed(known=known)
    for name in wanted:
        _collect(modules, name, used, needed)
    return needed


def _collect(
    modules: Mapping[str, _Module],
    name: Name,
    used: frozenset[str],
    needed: _Needed,
) -> None:
    """Add a definition after all that it needs."""
    module, own = name
    if name in needed.begun or own not in modules[module].defined:
        return
    needed.begun.add(name)
    node, references = _bare(modules, name, used, needed.known)
    for found in references:
        if isinstance(found, str):
            needed.imports.add(found)
        else:
            _collect(modules, found, used, needed)
    needed.nodes[name] = node


def _bare(
    modules: Mapping[str, _Module], name: Name, used: frozenset[str], known: _Known
) -> tuple[ast.stmt, tuple[Name | str, ...]]:
    """Give a definition without what it can do without, and what it refers to."""
    module, own = name
    here = modules[module]
    original = here.defined[own]
    # Only of the methods of a class are some left out.
    inner = (one.name for one in getattr(original, "body", ()) if isinstance(one, _Function))
    called = used & frozenset(inner) if isinstance(original, ast.ClassDef) else used
    key = name, called if isinstance(original, ast.ClassDef) else frozenset[str]()
    if key not in known or _has_class(original):
        ours = frozenset(here.defined) | frozenset(here.inner)
        node = _Bare(used, ours).visit(ast.parse(_text(original)).body[0])
        known[key] = node, tuple(_references(node, modules, module))
    return known[key]


def _has_class(node: ast.stmt) -> bool:
    """Whether it holds a class of whose methods some may be left out."""
    return any(isinstance(one, ast.ClassDef) and one is not node for one in ast.walk(node))


def _references(node: ast.AST, modules: Mapping[str, _Module], module: str) -> Iterator[Name | str]:
    """Give the definitions and the lines of import that a definition needs."""
    free = _free(node)
    for part in ast.walk(node):
        if isinstance(part, ast.ImportFrom) and part.level:
            continue
        found = _resolved(part, modules, module, free)
        if found is not None:
            yield found


def _resolved(  # noqa: PLR0911 - one answer for each kind of name
    part: ast.AST, modules: Mapping[str, _Module], module: str, free: Mapping[int, ast.Name]
) -> Name | str | None:
    here = modules[module]
    match part:
        case ast.Attribute(value=ast.Name(id=owner) as value, attr=attribute) if id(value) in free:
            target, name = here.inner.get(owner, ("", owner))
            return (target, attribute) if target and not name else None
        case ast.Name(id=owner, ctx=ast.Load()) if id(part) in free:
            if owner in here.defined:
                return module, owner
            if owner in here.inner:
                target, name = here.inner[owner]
                if not name:
                    return None
                # What a module only passes on is looked up where it comes from.
                if name in modules[target].defined:
                    return target, name
                passed_on = ast.Name(id=name, ctx=ast.Load())
                return _resolved(passed_on, modules, target, {id(passed_on): passed_on})
            return here.outer.get(owner)
        case _:
            return None


def _free(node: ast.AST) -> Mapping[int, ast.Name]:
    """Give the names that no function around them binds, by what tells one node from another."""
    return {id(name): name for name in _unbound(node, frozenset())}


def _unbound(node: ast.AST, bound: frozenset[str]) -> Iterator[ast.Name]:
    if isinstance(node, _Function | ast.Lambda):
        bound |= _bound(node)
    if isinstance(node, ast.Name) and node.id not in bound:
        yield node
    for child in ast.iter_child_nodes(node):
        yield from _unbound(child, bound)


def _bound(function: ast.AST) -> frozenset[str]:
    """Give the names that a function binds itself, and not the functions within it."""
    found: set[str] = set()
    outside: set[str] = set()
    left = [*ast.iter_child_nodes(function)]
    while left:
        part = left.pop()
        match part:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.add(name)
                continue
            case ast.ClassDef(name=name):
                found.add(name)
                left += [*part.bases, *part.decorator_list]
                continue
            case ast.Lambda():
                continue
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()):
                found.add(name)
            case ast.Global(names=names):
                outside |= set(names)
            case _:
                pass
        left += ast.iter_child_nodes(part)
    return frozenset(found - outside)


class _Bare(ast.NodeTransformer):
    """Takes away annotations, docstrings, and the methods of our own that nobody calls."""

    def __init__(self, used: frozenset[str], ours: frozenset[str]) -> None:
        self._used = used
        self._ours = ours
        self._foreign = False

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def _function(self, node: _Function) -> ast.AST:
        node.returns = None
        node.body = _without_docstring(node.body)
        before, self._foreign = self._foreign, False
        self.generic_visit(node)
        self._foreign = before
        node.body = node.body or [ast.Pass()]
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        self.generic_visit(node)
        if self._foreign:
            return node  # a model's annotations say what its columns are
        if node.value is None:
            return None
        return ast.Assign(targets=[node.target], value=node.value, lineno=node.lineno)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.body = _without_docstring(node.body)
        # What decorates a class may read its annotations, as `dataclass` does.
        foreign = bool(node.decorator_list) or not all(map(self._is_ours, node.bases))
        before = self._foreign
        if not foreign:
            node.body = [one for one in node.body if self._is_called(one)]
        self._foreign = foreign
        self.generic_visit(node)
        self._foreign = before
        node.body = node.body or [ast.Pass()]
        return node

    def _is_ours(self, base: ast.expr) -> bool:
        return isinstance(base, ast.Name) and base.id in self._ours

    def _is_called(self, node: ast.stmt) -> bool:
        """Whether a method may be called; what a foreign base calls is not known, and stays."""
        if not isinstance(node, _Function):
            return True
        match _without_docstring(node.body):
            case [ast.Raise(exc=ast.Name(id="NotImplementedError"))]:
                return False
            case _:
                pass
        return node.name.startswith("__") or node.name in self._used


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    return [
        one
        for one in body
        if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))
    ]


def _attributes(nodes: Iterable[ast.stmt]) -> Iterator[str]:
    """Give every name by which something may be called: attributes, and words that are names."""
    for node in nodes:
        for part in ast.walk(node):
            if isinstance(part, ast.Attribute):
                yield part.attr
            elif isinstance(part, ast.Constant) and str(part.value).isidentifier():
                yield str(part.value)


def _called(nodes: Iterable[Name]) -> Mapping[Name, str]:
    """Give each definition a name of its own: that which it has, where no other has it."""
    taken: set[str] = set(dir(builtins)) - {"print", "world"}
    called: dict[Name, str] = {}
    for module, own in nodes:
        name = own if own not in taken else f"{module.rpartition('.')[2]}_{own.lstrip('_')}"
        taken.add(name)
        called[module, own] = name
    return called


class _Renamed(ast.NodeTransformer):
    """Turns names of other modules into those of the one file."""

    def __init__(
        self, modules: Mapping[str, _Module], module: str, called: Mapping[Name, str]
    ) -> None:
        self._modules = modules
        self._module = module
        self._called = called
        self._free: Mapping[int, ast.Name] | None = None

    def visit(self, node: ast.AST) -> ast.AST:
        if self._free is None:
            self._free = _free(node)
            if isinstance(node, _Function | ast.ClassDef):
                node.name = self._called.get((self._module, node.name), node.name)
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                own = node.targets[0].id
                node.targets[0].id = self._called.get((self._module, own), own)
        found = _resolved(node, self._modules, self._module, self._free)
        if isinstance(found, tuple) and found in self._called:
            context = getattr(node, "ctx", ast.Load())
            return ast.Name(id=self._called[found], ctx=context)
        self.generic_visit(node)
        return node


def _import_order(line: str) -> tuple[bool, str]:
    return line.startswith("from"), line
