"""Hypothesis strategies for the values of the model: anything that the types allow."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from harness.model import (
    Cell,
    CellId,
    CellResult,
    Control,
    Coverage,
    Ending,
    Environment,
    EnvironmentStatus,
    Error,
    Json,
    JudgedCell,
    Judgement,
    Kind,
    LeftOut,
    Matrix,
    Observation,
    Outcome,
    Party,
    PatternName,
    Problem,
    ScenarioId,
    State,
    Verdict,
)
from harness.patterns import PATTERNS

law = settings(max_examples=60, deadline=None)
"""What a law is tried with: enough, and without a deadline that a busy machine would miss."""

SCENARIOS = tuple(
    ScenarioId(name) for name in ("init_time::a", "admin_work::b", "without_admin::c")
)

texts = st.text(max_size=20)
words = st.text("abc-_.0123 ", min_size=1, max_size=8)
seconds = st.integers(0, 100_000).map(lambda thousandths: thousandths / 1000)
json_values: SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=4,
)
objects = st.dictionaries(texts, json_values, max_size=3)
pattern_names = st.sampled_from((*PATTERNS, PatternName("home-made")))
errors = st.builds(Error, type=words, message=texts, traceback=texts)
maybe_error = st.none() | errors
observations = st.builds(
    Observation,
    scenario=st.sampled_from(SCENARIOS),
    pattern=pattern_names,
    outcome=st.sampled_from(Outcome),
    reason=texts,
    error=maybe_error,
    evidence=objects,
    warnings=st.lists(texts, max_size=2).map(tuple),
    seconds=seconds,
)
controls = st.builds(
    Control,
    name=words,
    party=st.sampled_from(Party),
    outcome=st.sampled_from((Outcome.PASSED, Outcome.FAILED)),
    error=maybe_error,
    seconds=seconds,
)
environments = st.builds(
    Environment,
    status=st.sampled_from(EnvironmentStatus),
    packages=st.dictionaries(st.sampled_from(("flask", "werkzeug")), words, max_size=2),
    message=texts,
)
cells = st.builds(
    Cell,
    id=words.map(CellId),
    combination=st.fixed_dictionaries(
        {
            "python": words,
            "flask": words,
            "flask-admin": st.sampled_from(("1.6.1", "2.1.0", "main")),
            "library": words,
        }
    ),
    requirements=st.lists(texts, max_size=2).map(tuple),
    companions=st.lists(texts, max_size=2).map(tuple),
    adapter=st.sampled_from(("flask_sqlalchemy", "flask_sqlalchemy_lite", "plain_sqlalchemy")),
    library=st.sampled_from(("flask-sqlalchemy==3.1.1", "sqlalchemy")),
)
results = st.builds(
    CellResult,
    cell=cells,
    environment=environments,
    ending=st.sampled_from(Ending),
    message=texts,
    controls=st.lists(controls, max_size=2).map(tuple),
    observations=st.lists(observations, max_size=5).map(tuple),
    seconds=seconds,
    cpu_seconds=seconds,
)
slugs = st.sampled_from(("floats-are-lost", "no-thumbnails", "x"))
problems = st.builds(
    Problem,
    slug=slugs,
    title=words,
    kind=st.sampled_from(Kind),
    silent=st.booleans(),
    needs=texts,
    whose=words,
    since=texts,
    until=texts,
    way_out=texts,
    upstream=words,
    script=texts,
    checks=st.lists(words, min_size=1, max_size=2).map(tuple),
    error=texts,
    levels=st.dictionaries(words, st.lists(words, min_size=1, max_size=2).map(tuple), max_size=2),
)
judgements = st.builds(
    Judgement,
    verdict=st.sampled_from(Verdict),
    state=st.none() | st.sampled_from(State),
    problems=st.lists(slugs, max_size=2).map(tuple),
    limits=st.lists(slugs, max_size=2).map(tuple),
    new=st.lists(st.sampled_from(SCENARIOS), max_size=2).map(tuple),
    because=st.lists(texts, min_size=1, max_size=2).map(tuple),
    party=st.none() | st.sampled_from(Party),
    warnings=st.lists(texts, max_size=2).map(tuple),
)
judged_cells = st.builds(
    JudgedCell,
    result=results,
    verdicts=st.dictionaries(pattern_names, judgements, min_size=1, max_size=4),
)
left_out = st.builds(LeftOut, what=words, reason=words, source=texts)
coverages = st.builds(
    Coverage,
    strength=words,
    pairs=st.integers(0, 999),
    exercised=st.integers(0, 999),
    missing=st.lists(left_out, max_size=2).map(tuple),
)
matrices = st.builds(
    Matrix,
    generated=st.just("2026-11-21T06:00:00Z"),
    tool=objects,
    cells=st.lists(judged_cells, max_size=3, unique_by=lambda judged: judged.result.cell.id).map(
        tuple
    ),
    left_out=st.lists(left_out, max_size=2).map(tuple),
    coverage=st.none() | coverages,
    problems=st.lists(problems, max_size=2).map(tuple),
)
