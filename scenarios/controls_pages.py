"""Views, pages and fields that are broken on purpose, for the scenarios about models and pages.

They render, and are wrong: what a page shows, refuses or stores is not what it should be.
"""

from __future__ import annotations

from typing import Any

import jinja2
from flask_admin import BaseView
from flask_admin.contrib.fileadmin import FileAdmin
from flask_admin.form.upload import FileUploadField, ImageUploadField
from flask_admin.helpers import is_form_submitted

from .world import UserView

# Jinja 2, which Flask 1 goes with, has another name for it.
pass_context = getattr(jinja2, "pass_context", None) or jinja2.contextfunction


class BlurredView(UserView):
    """Shows in details and exports something else than there is."""

    @pass_context
    def get_detail_value(self, context: Any, model: Any, name: Any) -> Any:
        return "something"

    def get_export_value(self, model: Any, name: Any) -> Any:
        return "something"


class UnsortedView(UserView):
    """Lists in the order of the table, whatever it is asked to sort by."""

    def get_list(
        self, page: Any, sort_column: Any, sort_desc: Any, *others: Any, **named: Any
    ) -> Any:
        return super().get_list(page, None, None, *others, **named)


class OpenView(UserView):
    """Lets everybody in, and lets everything be done."""

    def _handle_view(self, name: str, **kwargs: Any) -> None:
        return None

    def __init__(self, *args: Any, **named: Any) -> None:
        self.can_create = self.can_edit = self.can_delete = True
        super().__init__(*args, **named)


class MuteView(UserView):
    """Says none of the words of the interface, in any language."""

    @property
    def _template_args(self) -> Any:
        return {**super()._template_args, "_gettext": lambda text, **values: ""}


class GarbledView(UserView):
    """Says everything in a language that nobody speaks."""

    @property
    def _template_args(self) -> Any:
        return {**super()._template_args, "_gettext": lambda text, **values: "blah"}


class GullibleView(UserView):
    """Believes every filter value that an address brings, and takes it for a number."""

    def scaffold_filters(self, name: Any) -> Any:
        filters = super().scaffold_filters(name)
        for one in filters or ():
            one.validate = lambda value: True
        return filters

    def get_list(
        self, page: Any, sort: Any, desc: Any, search: Any, filters: Any, *others: Any, **named: Any
    ) -> Any:
        for _, _, value in filters or ():
            int(value)
        return super().get_list(page, sort, desc, search, filters, *others, **named)


class OtherRowView(UserView):
    """Finds another row than the one that was asked for."""

    def get_one(self, id: Any) -> Any:  # noqa: A002 - Flask-Admin's own name
        return self.get_query().first()


class UncheckedView(UserView):
    """Takes whatever is submitted for valid."""

    def validate_form(self, form: Any) -> bool:
        return bool(is_form_submitted())


class OpenPage(BaseView):
    """A page that everybody may see, whatever it is told, and without plug-in views."""

    def _handle_view(self, name: str, **kwargs: Any) -> None:
        return None

    def _run_view(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        return "a page"


class IdleFiles(FileAdmin):
    """A file manager that says of what it did not do that it was done."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        for name in ("save_file", "write_file", "rename_path", "make_dir", "delete_file"):
            setattr(self.storage, name, lambda *given: None)


class IdleUpload(FileUploadField):
    """A field that stores the name of a file, and no file."""

    def _save_file(self, data: Any, filename: str) -> str:
        return filename

    def is_file_allowed(self, filename: str) -> bool:
        return True


class IdleImage(ImageUploadField):
    """A field that stores an image as it came, and no thumbnail."""

    def _save_file(self, data: Any, filename: str) -> str:
        data.seek(0)
        data.save(self._get_path(filename))
        return filename


VIEWS = {
    "control:blurred-view": BlurredView,
    "control:unsorted-view": UnsortedView,
    "control:open-view": OpenView,
    "control:mute-view": MuteView,
    "control:garbled-view": GarbledView,
    "control:other-row-view": OtherRowView,
    "control:gullible-view": GullibleView,
    "control:unchecked-view": UncheckedView,
}
"""What takes the place of the view over a model."""

IDLE = {
    BaseView: OpenPage,
    FileAdmin: IdleFiles,
    FileUploadField: IdleUpload,
    ImageUploadField: IdleImage,
}
KINDS: dict[str, dict[type, type]] = {"control:idle-pages": IDLE}
"""What takes the place of Flask-Admin's own classes."""

NAMES = (*VIEWS, *KINDS)
