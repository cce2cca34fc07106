"""A user's browser, as far as a page needs one: what the scenarios send their requests with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from werkzeug.test import Client

if TYPE_CHECKING:
    from flask import Flask


class Browser(Client):
    """Reads each answer to its end, and closes it, as a server does for a browser."""

    def open(self, *given: Any, buffered: bool = True, **named: Any) -> Any:
        return super().open(*given, buffered=buffered, **named)


def client_of(app: Flask) -> Client:
    """Return a new user's client of an application.

    Werkzeug's, and not Flask's own: that of Flask 2.2 reads `werkzeug.__version__`, which Werkzeug
    3.1 took away, and so fails where the application serves its users (pallets/flask#5652).
    """
    return Browser(app, app.response_class)
