"""`flask shell` over an application factory, with lines that somebody types."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Callable
from unittest import mock

from click.testing import CliRunner
from flask.cli import FlaskGroup

if TYPE_CHECKING:
    from flask import Flask


def type_in_shell(create_app: Callable[[], Flask], lines: str) -> int:
    """Run the shell until the lines are over, raise what the factory raises, return its status."""
    group = FlaskGroup(create_app=create_app)
    # Of a terminal's shell only: it would read and write the history of whoever runs this.
    with mock.patch.object(sys, "__interactivehook__", None, create=True):
        result = CliRunner().invoke(group, ["shell"], input=lines, catch_exceptions=False)
    return result.exit_code
