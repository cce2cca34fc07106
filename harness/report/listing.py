"""Statements as the text of a program to copy, and the part of it that people look for; pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence

_EXAMPLE = "# An example: an application has its own models here."
_HANDED = "# What Flask-Admin gets."
"""What the part begins with that differs from pattern to pattern."""


def names_in(nodes: Iterable[ast.AST]) -> set[str]:
    """Give the names that the code looks up."""
    return {
        part.id
        for node in nodes
        for part in ast.walk(node)
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)
    }


def imports(known: Iterable[ast.stmt], parts: Iterable[Sequence[ast.stmt]]) -> list[str]:
    """Give the lines that import what is used, sorted; one for each module."""
    used = names_in(one for part in parts for one in part)
    found: dict[str, set[str]] = {}
    for one in known:
        for alias in one.names if isinstance(one, ast.Import | ast.ImportFrom) else ():
            module = one.module if isinstance(one, ast.ImportFrom) else ""
            if (alias.asname or alias.name) in used and module != "__future__":
                name = f"{alias.name} as {alias.asname}" if alias.asname else alias.name
                found.setdefault(module or "", set()).add(name)
    plain = [f"import {name}" for name in sorted(found.pop("", ()))]
    return [
        *plain,
        *(f"from {one} import {', '.join(sorted(found[one]))}" for one in sorted(found)),
    ]


def essence(code: str) -> str:
    """Give the part of the code that is about the pattern, with its imports; empty without one."""
    before, _, told = code.partition(f"{_HANDED}\n")
    needed = []
    for line in before.splitlines():
        start, _, names = line.partition(" import ")
        used = [one for one in names.split(", ") if re.search(rf"\b{re.escape(one)}\b", told)]
        used = [one for one in used if one != "ModelView"]
        if start.startswith("from ") and used:
            needed.append(f"{start} import {', '.join(used)}")
    told = told.lstrip("\n")
    return "\n".join([*needed, "", told]) if needed and told else told


def listing(*parts: Sequence[str]) -> str:
    """Give the code: parts a line apart, definitions two, strings in double quotes."""
    told = ""
    apart = False
    for number, part in enumerate(parts):
        for at, one in enumerate(part):
            defines = one.startswith(("def ", "class ", "@"))
            told += "\n\n\n" if told and (defines or apart) else "\n" if at else "\n\n"
            told += f"{_HANDED}\n" if number == len(parts) - 1 and not at else ""
            told += one.replace(":\n\n    def ", ":\n    def ", 1)
            apart = defines
    told = told.replace("class User(", f"{_EXAMPLE}\nclass User(", 1)
    return re.sub(r"'([^'\"\\\n]*)'", r'"\1"', told).strip() + "\n"
