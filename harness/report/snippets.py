"""The code to copy for a library and a pattern: a whole application with one view; pure.

It is the code that was measured, written out: what the library's adapter sets up, then what the
pattern hands over. So it cannot say anything else than what the verdict is about, and an adapter or
a pattern that is added has its code without a word added here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from harness import patterns
from harness.model import PatternName
from harness.report.inline import (
    SELF,
    CannotInline,
    Names,
    Written,
    body,
    expression,
    filled,
    is_simple,
    truth,
)
from harness.report.listing import imports, listing, names_in

_URL = "sqlite:///app.db"
_HANDLE = "admin_session"
"""What a session is called that the pattern makes."""
_ALWAYS = ast.parse(
    "from flask import Flask\n"
    "from flask_admin import Admin\n"
    "from flask_admin.contrib.sqla import ModelView\n"
    "from sqlalchemy import Column, Integer, String\n"
).body
_MODEL = """
class User(BASE):
    __tablename__ = "user"
    id = Column(Integer, primary_key=True)
    name = Column(String(40), nullable=False)
"""
_APP = ast.parse("app = Flask(__name__)").body


@dataclass(frozen=True, kw_only=True, slots=True)
class Snippets:
    """The text of each adapter by its name, and of `scenarios/patterns.py`."""

    adapters: Mapping[str, str] = field(default_factory=dict)
    patterns: str = ""


def snippet(snippets: Snippets, adapter: str, pattern: PatternName) -> str:
    """Give a whole application that hands the session over in this way; empty where none is known.

    The model is an example: an application puts its own in its place.
    """
    source = snippets.adapters.get(adapter)
    if source is None or not snippets.patterns or patterns.is_control(pattern):
        return ""
    try:
        return _snippet(source, snippets.patterns, pattern)
    except (CannotInline, SyntaxError):
        return ""


@lru_cache(maxsize=512)
def _snippet(adapter: str, source: str, pattern: PatternName) -> str:
    modules = _Module(adapter), _Module(source)
    library = _library(modules[0])
    handed = _handed(modules[1], pattern, library)
    view = ast.parse("admin.add_view(ModelView(User, HANDLE))").body[0]
    views: list[ast.stmt] = [_statement(view, {"HANDLE": handed.handle})]
    if patterns.is_in_context(pattern):
        inside = ast.parse("with app.app_context():\n    pass").body[0]
        assert isinstance(inside, ast.With)  # noqa: S101 - it was just parsed
        inside.body = views
        views = [inside]
    setup, start = library.setup, library.start
    if not library.has_extension:
        # Nobody but the application itself would use a session that the view is not given.
        setup, start = _needed(setup, start, [*handed.statements, *views])
    parts = [
        setup,
        library.model,
        [*_APP, *start],
        [*ast.parse("admin = Admin(app)").body],
        [*handed.helpers, *handed.statements, *views],
    ]
    lines = imports([*_ALWAYS, *modules[0].imports, *modules[1].imports, *handed.imports], parts)
    return listing(["\n".join(lines)], *([ast.unparse(one) for one in part] for part in parts))


class _Module:
    """A module's definitions by name, and its imports."""

    def __init__(self, source: str) -> None:
        tree = ast.parse(source)
        self.functions = {one.name: one for one in tree.body if isinstance(one, ast.FunctionDef)}
        self.classes = {one.name: one for one in tree.body if isinstance(one, ast.ClassDef)}
        self.imports = [one for one in tree.body if isinstance(one, ast.Import | ast.ImportFrom)]
        self.makers = dict(_makers(tree.body))


def _makers(statements: Iterable[ast.stmt]) -> Iterator[tuple[str, str]]:
    for one in statements:
        if isinstance(one, ast.AnnAssign) and ast.unparse(one.target) == "MAKERS":
            assert isinstance(one.value, ast.Dict)  # noqa: S101 - the contract of that file
            for key, value in zip(one.value.keys, one.value.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(value, ast.Name):
                    yield str(key.value), value.id


@dataclass(frozen=True, kw_only=True, slots=True)
class _Library:
    """A library set up: at import, for the application, and what its parts are called."""

    setup: Sequence[ast.stmt]
    model: Sequence[ast.stmt]
    start: Sequence[ast.stmt]
    names: Names
    has_extension: bool


def _library(module: _Module) -> _Library:
    try:
        owner = module.classes["Library"]
        if "models" in module.functions:
            raise CannotInline("models in a form of the library's own")
        methods = {one.name: one for one in owner.body if isinstance(one, ast.FunctionDef)}
        of_class = {
            f"{SELF}.{target.id}": one.value
            for one in owner.body
            if isinstance(one, ast.Assign)
            for target in one.targets
            if isinstance(target, ast.Name)
        }
        made = body(methods["__init__"], {**of_class, "url": ast.Constant(_URL)})
        start = body(methods["init_app"], made.names)
        session, engine = (_returned(methods[name], made) for name in ("session", "engine"))
        extension, base = made.names[f"{SELF}.db"], made.names[f"{SELF}.Base"]
    except KeyError as missing:
        raise CannotInline(str(missing)) from missing
    names = {"library.db": extension, "library.session()": session, "library.engine()": engine}
    return _Library(
        setup=made.statements,
        model=[_statement(ast.parse(_MODEL).body[0], {"BASE": base})],
        start=start.statements,
        names=names,
        has_extension=truth(extension) is not False,
    )


def _returned(method: ast.FunctionDef, made: Written) -> ast.expr:
    match method.body:
        case [*_, ast.Return(value=ast.expr() as value)]:
            return expression(value, made.names)
        case _:
            raise CannotInline(method.name)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Handed:
    """What a pattern adds: definitions, statements, and what the view gets."""

    helpers: Sequence[ast.stmt]
    statements: Sequence[ast.stmt]
    imports: Sequence[ast.stmt]
    handle: ast.expr


def _handed(module: _Module, pattern: PatternName, library: _Library) -> _Handed:
    maker = module.functions.get(module.makers.get(patterns.base_of(pattern), ""))
    if maker is None:
        raise CannotInline(pattern)
    writer = _Writer(module, library.names)
    own = {name for one in (*library.setup, *library.start) for name in _bound(one)}
    handle = writer.call(maker, {})
    used = names_in([*writer.statements, ast.Expr(value=handle)])
    known: dict[str, ast.stmt] = {**module.classes, **module.functions}
    helpers = [_statement(one, {}) for name, one in known.items() if name in used - own]
    return _Handed(
        helpers=helpers, statements=writer.statements, imports=writer.imports, handle=handle
    )


class _Writer:
    """Writes out a function of `scenarios/patterns.py`, with the functions that it calls."""

    def __init__(self, module: _Module, library: Names) -> None:
        self.module = module
        self.library = library
        self.statements: list[ast.stmt] = []
        self.imports: list[ast.stmt] = []

    def call(self, function: ast.FunctionDef, given: Names) -> ast.expr:
        """Give what the function returns; what it does before is among the statements."""
        later = {"library.session": _later(self.library["library.session()"])}
        names = {**self.library, **later, **given}
        return self._run(function.body, names) or ast.Constant(None)

    def _run(self, statements: Iterable[ast.stmt], names: dict[str, ast.expr]) -> ast.expr | None:
        for one in statements:
            if isinstance(one, ast.Return) and one.value is not None:
                return self._value(one.value, names)
            match one:
                case ast.If(test=test, body=[ast.Return(value=ast.expr() as value)]):
                    if truth(expression(test, names)):
                        return self._value(value, names)
                case _:
                    self._step(one, names)
        return None

    def _step(self, one: ast.stmt, names: dict[str, ast.expr]) -> None:
        match one:
            case ast.Import() | ast.ImportFrom():
                self.imports.append(one)
            case ast.Try():
                self._run(one.body, names)
            case ast.If(test=test, body=[ast.Raise()]):
                if truth(expression(test, names)):
                    raise CannotInline("the library has not what the pattern needs")
            case ast.Assign(targets=[ast.Name(id=name)]):
                names[name] = self._value(one.value, names)
            case ast.Expr(value=value):
                if not isinstance(value, ast.Constant):
                    self._value(value, names)
            case ast.FunctionDef() | ast.Assign(targets=[ast.Attribute()]):
                self.statements.append(_statement(one, names))
            case _:
                raise CannotInline(type(one).__name__)

    def _value(self, node: ast.expr, names: Names) -> ast.expr:
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in self.module.functions:
                function = self.module.functions[name]
                given = {
                    parameter.arg: self._argument(value, names)
                    for parameter, value in zip(function.args.args, node.args, strict=True)
                    if parameter.arg not in {"library", "app"}
                }
                return self.call(function, given)
            case _:
                return expression(node, names)

    def _argument(self, node: ast.expr, names: Names) -> ast.expr:
        value = self._value(node, names)
        if is_simple(value):
            return value
        target = ast.Name(id=_HANDLE, ctx=ast.Store())
        self.statements.append(ast.fix_missing_locations(ast.Assign(targets=[target], value=value)))
        return ast.Name(id=_HANDLE, ctx=ast.Load())


def _later(value: ast.expr) -> ast.expr:
    nothing = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
    return ast.Lambda(args=nothing, body=value)


def _statement(node: ast.stmt, names: Names) -> ast.stmt:
    done = filled(node, names)
    assert isinstance(done, ast.stmt)  # noqa: S101 - a statement stays one
    return done


def _bound(node: ast.AST) -> set[str]:
    return {
        part.id
        for part in ast.walk(node)
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
    }


def _needed(
    setup: Sequence[ast.stmt], start: Sequence[ast.stmt], used: Sequence[ast.stmt]
) -> tuple[list[ast.stmt], list[ast.stmt]]:
    """Give what the rest asks for; an optional part of the set-up is one with a name of its own."""
    live = names_in(used)
    for one in reversed(setup):
        if _bound(one) & live:
            live |= names_in([one])
    unused = {name for one in setup for name in _bound(one)} - live - {"Base"}
    kept = [one for one in setup if not _bound(one) & unused]
    return kept, [one for one in start if not names_in([one]) & unused]
