"""Teach Advanced Alchemy's Flask extension: `alchemy.get_sync_session()` is the context's own.

Source: "Flask Integration", https://advanced-alchemy.litestar.dev/latest/usage/frameworks/flask.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advanced_alchemy.base import CommonTableAttributes, create_registry
from advanced_alchemy.extensions.flask import (
    AdvancedAlchemy,
    EngineConfig,
    SQLAlchemySyncConfig,
)
from sqlalchemy.orm import DeclarativeBase

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.engine import Engine

MODULE = "advanced_alchemy.extensions.flask"


class Library:
    """One `alchemy = AdvancedAlchemy(...)`; its own bases share one registry, ours has its own."""

    def __init__(self, url: str, **options: Any) -> None:
        class Base(CommonTableAttributes, DeclarativeBase):
            registry = create_registry()

        self.config = SQLAlchemySyncConfig(connection_string=url, **options)
        self.db = AdvancedAlchemy(config=self.config)
        self.Base = Base

    def init_app(self, app: Flask) -> None:
        self.db.init_app(app)

    def engine(self) -> Engine:
        return self.config.get_engine()

    def session(self) -> Any:
        return self.db.get_sync_session()


def with_engine_options(url: str, options: dict[str, Any]) -> Library:
    """Hand them over as the `engine_config`."""
    return Library(url, engine_config=EngineConfig(**options))
