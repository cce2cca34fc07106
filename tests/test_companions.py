from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.config import Rule, Spec
from harness.inquiries import companions
from harness.inquiries.companions import Need
from harness.inquiries.experiment import Experiment
from harness.model import CellResult, Ending, EnvironmentStatus, Outcome, Party
from harness.project import Project
from tests import builders
from tests.rehearsal import DAY, Chooses, Rehearsal, Shows, breaks, works

PIN = "wtforms<3.2"
RULE = Rule(when={}, reason="it breaks", source="measured", requirement=PIN)
PASSED = builders.result(builders.observation())
BROKEN = builders.result(builders.failed(error=builders.error("TypeError", "no")))


def test_a_pin_is_needed_where_something_fails_without_it() -> None:
    answer = companions.between(PASSED, BROKEN)
    assert answer.need is Need.NEEDED
    assert answer.why == ("without it TypeError: no (request_isolation::nothing_leaks under db)")


def test_a_pin_is_needed_where_a_control_fails_without_it() -> None:
    error = builders.error("ImportError", "gone")
    names = ("flask alone", "import flask-admin")
    good = [builders.control(name) for name in names]
    bad = builders.control(names[1], party=Party.FLASK_ADMIN, outcome=Outcome.FAILED, error=error)
    pinned = builders.result(builders.observation(), controls=good)
    free = builders.result(ending=Ending.IMPORT_FAILED, controls=[good[0], bad])
    answer = companions.between(pinned, free)
    assert answer.need is Need.NEEDED
    assert answer.why == "without it import flask-admin: ImportError: gone"


def test_a_pin_without_which_the_same_passes_is_stale() -> None:
    assert companions.between(PASSED, PASSED).need is Need.STALE
    assert companions.between(BROKEN, BROKEN).need is Need.STALE


def test_a_failure_that_the_pin_does_not_mend_is_no_reason_for_it() -> None:
    pinned = builders.result(builders.observation(), builders.failed(pattern="lazy-session"))
    assert companions.between(pinned, pinned).need is Need.STALE


def test_what_came_to_no_end_without_the_pin_is_not_known() -> None:
    crashed = builders.result(builders.observation(Outcome.CRASHED), ending=Ending.CRASHED)
    assert companions.between(PASSED, crashed).need is Need.UNKNOWN
    nothing = builders.result(environment=builders.environment(EnvironmentStatus.UNKNOWN))
    assert companions.between(PASSED, nothing).need is Need.UNKNOWN
    assert companions.between(nothing, PASSED).need is Need.UNKNOWN


def asked(folder: Path, spec: Spec, shows: Shows, chooses: Chooses) -> companions.Answer:
    """What two cells that have the pin, and one that has it not, say of it."""
    cells = [
        replace(builders.cell(admin=admin), companions=pins)
        for admin, pins in (("1.6.0", (PIN,)), ("1.6.1", (PIN,)), ("2.0.0", ()))
    ]
    here = Project(root=folder, spec=spec, pythons={"3.12": Path("python3.12")})
    lab = Rehearsal(here=here, day=DAY, shows=shows, chooses=chooses)
    experiments = [
        Experiment(
            python="3.12",
            requirements=(*cell.requirements, *pins),
            library=cell.library,
            adapter=cell.adapter,
        )
        for cell in cells
        for pins in ((), (PIN,))
    ]
    lab.foresee(experiments)
    (answer,) = companions.answers([RULE], cells, lab)
    assert answer.requirement == PIN
    return answer


def forms(experiment: Experiment) -> dict[str, str]:
    return {"wtforms": "3.1.2" if PIN in experiment.requirements else "3.3.0"}


def test_one_cell_that_needs_it_is_enough(tmp_path: Path, spec: Spec) -> None:
    def shows(experiment: Experiment) -> CellResult:
        old = "flask-admin==1.6.1" in experiment.requirements
        return breaks() if old and PIN not in experiment.requirements else works()

    answer = asked(tmp_path, spec, shows, forms)
    assert answer.need is Need.NEEDED
    assert answer.why.startswith("py3.12-flask3.1-admin1.6.1")


def test_a_pin_is_stale_where_every_cell_that_has_it_shows_the_same_without(
    tmp_path: Path, spec: Spec
) -> None:
    answer = asked(tmp_path, spec, lambda _: works(), forms)
    assert answer.need is Need.STALE
    assert answer.why.startswith("2 cells show the same without it, 0 of them")


def test_nothing_is_run_where_the_same_packages_are_chosen(tmp_path: Path, spec: Spec) -> None:
    def never(_: Experiment) -> CellResult:
        raise AssertionError

    answer = asked(tmp_path, spec, never, lambda _: {"wtforms": "3.1.2"})
    assert answer.need is Need.STALE
    assert answer.why.startswith("2 cells show the same without it, 2 of them")
