"""Which packages of a cell are imported for no other reason than that its pins name them; pure."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from harness import drivers
from harness.model import Cell

_PROBED = frozenset({"flask", "flask-admin", "sqlalchemy"})
"""What has a control of its own, as the library has."""
_NEEDS_MORE = frozenset({"mod-wsgi", "pyuwsgi", "uwsgi"}) | drivers.PACKAGES
"""What cannot be imported for reasons that say nothing of the packages.

Servers are imported from within alone; drivers need the libraries of a database, and are tried
where there is one.
"""


def named(cell: Cell) -> Iterator[str]:
    """Yield the names of the packages to import, each once."""
    library = canonicalize_name(cell.library.partition("=")[0].partition(" ")[0])
    left_out = {library, *_PROBED, *_NEEDS_MORE}
    for line in cell.requirements:
        try:
            name = canonicalize_name(Requirement(line).name)
        except InvalidRequirement:
            continue  # a folder without a name
        if name not in left_out:
            left_out.add(name)
            yield name
