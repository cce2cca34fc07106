"""Cases of real applications that are about columns, forms and pages, with their truth."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.model import Observation, Outcome
from tests import cases

pytestmark = pytest.mark.network

ADAPTER, PATTERN = "flask_sqlalchemy", "any"
LIBRARY = ("flask-sqlalchemy==3.1.1", "sqlalchemy==2.0.58")
PINS = {
    "1.6.1": ("flask-admin==1.6.1", "wtforms<3.2", "flask==3.0.3", *LIBRARY),
    "2.0.2": ("flask-admin==2.0.2", "flask==3.1.3", *LIBRARY),
    "2.2.0": ("flask-admin==2.2.0", "flask==3.1.3", *LIBRARY),
    "2.2.1": ("flask-admin==2.2.1", "flask==3.1.3", *LIBRARY),
    "werkzeug 3.0": ("flask-admin==2.2.1", "flask==3.0.3", "werkzeug==3.0.6", *LIBRARY),
}
OLD = ("flask==2.2.5", "werkzeug==2.2.3", "flask-sqlalchemy==3.0.5", "sqlalchemy==2.0.58")
PINS |= {
    # Flask-BabelEx does not say that it needs pytz.
    "babelex 1.6.1": ("flask-admin==1.6.1", "wtforms<3.2", *OLD, "flask-babelex==0.9.4", "pytz"),
    "babelex 2.0.2": ("flask-admin==2.0.2", *OLD, "flask-babelex==0.9.4", "pytz"),
    "babel 3": ("flask-admin==2.0.2", *OLD, "flask-babel==3.1.0"),
    "babel 3, flask 3": (*PINS["werkzeug 3.0"], "flask-babel==3.1.0"),
}
EXTRAS = (
    "tablib[xlsx,ods,xls,yaml]",
    "wtforms-sqlalchemy==0.4.1",
    "sqlalchemy-continuum==1.4.2",
    "sqlalchemy-utils==0.42.1",
)
"""What is in no level: it goes into the environment of the newest release."""
FORM = "column_types::a_form_keeps_and_stores_a_column"
FOUND = "column_types::a_column_is_found_and_ordered"
STALE = "column_types::a_stale_filter_is_no_error"
MALFORMED = "column_types::a_malformed_filter_is_no_error"
LIMITS = "form_limits::a_form_may_hold"
SPOKEN = "translation::the_interface_speaks_the_language_of_the_application"
ENUM = "[Enum stored by its values]"
OVER = ("[TypeDecorator over String]", "[TypeDecorator over DateTime]")
LETTERS, ROWS = "[a text of 600,000 letters]", "[1,200 related rows]"

CASES = [
    # enum_values_callable: NULL in silence everywhere, its filters are errors since 2.0.
    *((pins, f"{FORM}{ENUM}", "is stored as None") for pins in ("1.6.1", "2.0.2", "2.2.1")),
    *((pins, f"{FOUND}{ENUM}", "KeyError") for pins in ("2.0.2", "2.2.1")),
    ("1.6.1", f"{FOUND}{ENUM}", ""),
    *((pins, f"{FORM}[Enum of str members]", "") for pins in ("1.6.1", "2.0.2", "2.2.1")),
    # stale_filters: a member that is gone, and a time that is none, which 2.2.1 mended.
    *((pins, f"{STALE}[Enum]", "KeyError") for pins in ("2.0.2", "2.2.0", "2.2.1")),
    ("1.6.1", f"{STALE}[Enum]", ""),
    *((pins, f"{MALFORMED}[Integer]", "OverflowError") for pins in ("1.6.1", "2.2.0", "2.2.1")),
    *((pins, f"{MALFORMED}[Time]", "ValueError") for pins in ("1.6.1", "2.2.0")),
    ("2.2.1", f"{MALFORMED}[Time]", ""),
    # type_decorator: no field in silence, and no filter.
    *(("2.2.1", f"{FORM}{over}", "no form field") for over in OVER),
    ("2.2.1", f"{FORM}[TypeDecorator over JSON]", "no form field"),
    *(("2.2.1", f"{FOUND}{over}", "Unsupported filter type") for over in OVER),
    # dynamic_and_write_only
    ("2.2.1", "loading::related_rows_are_shown[dynamic]", "SQL is shown"),
    ("2.2.1", "loading::related_rows_are_edited[dynamic]", ""),
    ("2.2.1", "loading::related_rows_are_shown[write_only]", "something else is shown"),
    ("2.2.1", "loading::related_rows_are_edited[write_only]", "Error"),
    # form_limits: Werkzeug 3.0 takes a long text, no release since 2.2.3 many rows.
    ("2.2.1", f"{LIMITS}{LETTERS}", "too large"),
    ("werkzeug 3.0", f"{LIMITS}{LETTERS}", ""),
    *((pins, f"{LIMITS}{ROWS}", "too large") for pins in ("2.2.1", "werkzeug 3.0")),
    # The imports of Flask-Babel, old and new, and of its fork.
    ("babelex 1.6.1", SPOKEN, "a missing name is told as ['This']"),
    ("babelex 2.0.2", SPOKEN, "the list says ['Create']"),
    ("babel 3", SPOKEN, ""),
    ("babel 3, flask 3", SPOKEN, "locked_cached_property"),
    # What works: csrf_and_list_editor, composite_and_synonym, form_rules_and_relations, ...
    ("2.2.1", "form_parts::a_token_guards_whatever_writes", ""),
    ("2.2.1", "form_parts::composites_and_synonyms_stand_beside_their_columns", ""),
    ("2.2.1", "form_parts::what_rules_leave_out_of_a_form_is_kept", ""),
    # ... exports_by_tablib, query_select_of_wtforms_sqlalchemy, versioned_models.
    ("2.2.0", "form_parts::rows_are_exported_in_each_format_of_tablib", ""),
    ("2.2.0", "form_parts::fields_of_wtforms_sqlalchemy_are_filled_and_stored", ""),
    ("2.2.0", "form_parts::each_change_of_a_versioned_model_has_its_version", ""),
]

Results = dict[str, dict[tuple[str, str], Observation]]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Run the scenarios of each set of pins, once."""
    found = {}
    for name, pins in PINS.items():
        wanted = [scenario for pins, scenario, _ in CASES if pins == name]
        extras = EXTRAS if name == "2.2.0" else ()
        folder: Path = tmp_path_factory.mktemp("case")
        interpreter = cases.environment(folder, *pins, *extras)
        found[name] = cases.results(interpreter, ADAPTER, wanted, [PATTERN])
    return found


@pytest.mark.parametrize(("pins", "scenario", "error"), CASES)
def test_the_truth_of_a_case_is_told(
    results: Results, pins: str, scenario: str, error: str
) -> None:
    seen = results[pins][scenario, PATTERN]

    told = f"{seen.error.type}: {seen.error.message}" if seen.error else seen.reason
    assert seen.outcome is (Outcome.FAILED if error else Outcome.PASSED), told
    assert error in told
