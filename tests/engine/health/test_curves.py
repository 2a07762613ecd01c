"""Each detector that reads curves: one that triggers it, ones that do not."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ttgpt.engine import events
from ttgpt.engine.health.diverging import Diverging, risen
from ttgpt.engine.health.finding import Evaluation, Finding
from ttgpt.engine.health.flat import FlatAtRandom
from ttgpt.engine.health.frozen import frozen
from ttgpt.engine.health.monitor import Monitor
from ttgpt.engine.health.overfitting import overfitting
from ttgpt.engine.health.plateau import plateau
from ttgpt.engine.health.slow import Slow
from ttgpt.engine.health.stage import ByChance
from ttgpt.engine.health.words import Reference

GUESSING = math.log(65)
BY_CHANCE = ByChance(GUESSING, 3.1)


def evaluations(*val: float, train: list[float] | None = None) -> list[Evaluation]:
    falling = train or [value - 0.05 * i for i, value in enumerate(val)]
    pairs = zip(falling, val, strict=True)
    return [Evaluation(250 * i, t, v) for i, (t, v) in enumerate(pairs)]


def test_overfitting_names_the_best_step() -> None:
    found = overfitting(evaluations(4.2, 2.0, 1.9, 1.95, 1.97, 2.0))
    assert found is not None
    assert (found.kind, found.since, found.level) == ("overfitting", 500, "warning")
    assert "val rose 1.900 to 2.000" in found.evidence


@pytest.mark.parametrize(
    "found",
    [
        evaluations(4.2, 2.0, 1.9, 1.95, 1.97),  # two rises are noise
        evaluations(4.2, 2.0, 1.900, 1.901, 1.902, 1.903),  # less than one per cent
        evaluations(2.0, 1.9, 2.0, 2.1, 2.2, train=[1.9, 1.8, 1.9, 2.0, 2.1]),  # both rise
        evaluations(4.2, 2.0, 1.9, 1.95, 1.97, 1.89),  # a new best
        evaluations(),
    ],
)
def test_not_overfitting(found: list[Evaluation]) -> None:
    assert overfitting(found) is None


def test_a_plateau_begins_at_the_best_of_before() -> None:
    flat = evaluations(4.2, 2.4, 1.9, 1.9, 1.899, 1.901, 1.9, train=[4.2, 2.3, *[1.8] * 5])
    found = plateau(flat, GUESSING)
    assert found is not None
    assert (found.kind, found.since) == ("plateau", 500)


@pytest.mark.parametrize(
    "found",
    [
        evaluations(4.2, 2.4, 1.9, 1.85, 1.8, 1.75, 1.7),
        # Learned by heart, not still: the training loss falls on.
        evaluations(4.2, 2.4, 1.9, 1.9, 1.9, 1.9, 1.9, train=[4.2, 2.3, 1.8, 1.7, 1.6, 1.5, 1.4]),
        evaluations(*[4.17] * 8, train=[4.17] * 8),  # never left the start
        evaluations(4.2, 1.9, 1.9),
        evaluations(),
    ],
)
def test_no_plateau(found: list[Evaluation]) -> None:
    assert plateau(found, GUESSING) is None


def fed(watch: Diverging, losses: list[float], every: int = 10) -> list[Finding]:
    found = [watch.take(every * (i + 1), loss) for i, loss in enumerate(losses)]
    return [one for one in found if one is not None]


@pytest.mark.parametrize("up", [5.2, 4.5])
def test_a_loss_that_stays_up_diverges(up: float) -> None:
    found = fed(Diverging(GUESSING), [4.1, 3.0, 2.5, 2.4, 2.3, 2.3, *[up] * 8])
    assert found[0].since == 70
    assert "it was 2.3" in found[0].evidence


def test_a_loss_that_never_fell_diverges_too() -> None:
    found = fed(Diverging(GUESSING), [30.0, 80.0, 50.0, 60.0, 70.0, 55.0, 90.0])
    assert found
    assert "it never fell" in found[0].evidence


@pytest.mark.parametrize(
    "losses",
    [
        [4.1, 3.0, 2.5, 2.4, 2.3, 5.0, 5.0, 5.0, 2.3, 2.2],  # a spike heals
        [4.4, 4.3, 4.4, 4.3, 4.4, 4.3, 4.4, 4.3],  # never learned, never worse
        [4.1, 3.0, 2.5, 2.4, 2.3, *[2.9] * 20],  # worse, but neither twice nor guessing
        [4.1, 3.0, *[math.nan] * 20],
    ],
)
def test_not_diverging(losses: list[float]) -> None:
    assert fed(Diverging(GUESSING), losses) == []


def test_losses_that_both_rise_and_stay_up_diverge() -> None:
    broken = evaluations(4.1, 2.6, 2.4, 3.1, 3.2, 3.15, train=[4.1, 2.6, 2.4, 3.1, 3.2, 3.2])
    found = risen(broken)
    assert found is not None
    assert (found.kind, found.since) == ("diverging", 750)
    assert "val rose 2.400 to 3.150, train rose 2.400 to 3.200" in found.evidence


@pytest.mark.parametrize(
    "found",
    [
        evaluations(4.1, 2.6, 2.4, 3.1, 3.2, train=[4.1, 2.6, 2.4, 3.1, 3.2]),  # it may heal
        evaluations(4.1, 2.6, 2.4, 3.1, 2.5, 3.1, train=[4.1, 2.6, 2.4, 3.1, 2.5, 3.1]),
        evaluations(4.1, 1.9, 2.4, 2.6, 3.2, train=[4.1, 1.8, 1.5, 1.2, 0.9]),  # overfitting
        evaluations(4.1, 2.4, 2.6, 2.6, 2.6, train=[4.1, 2.4, 2.6, 2.6, 2.6]),
        evaluations(),
    ],
)
def test_losses_that_rose_a_little_or_for_a_moment_do_not(found: list[Evaluation]) -> None:
    assert risen(found) is None


def test_overfitting_that_was_told_ends_with_a_new_best() -> None:
    almost = evaluations(4.2, 2.0, 1.9, 1.95, 1.97, 1.905)
    assert overfitting(almost) is None
    assert overfitting(almost, held=True) is not None
    assert overfitting([*almost, Evaluation(1500, 0.5, 1.89)], held=True) is None


def test_text_known_by_heart_is_no_guessing() -> None:
    monitor = Monitor(BY_CHANCE, 0)
    list(monitor.evaluated(events.Evaluated(900, 0.1, 4.3, 64, False), {}))
    list(monitor.stepped(events.Step(905, 905, 0.1, 1e-3, 1.0, 5.0, 1.0)))
    none = Reference(frozenset(), frozenset(), 1.0, 1.0, False)
    assert list(monitor.sampled(["ab cd"], 905, none)) == []


def test_newer_figures_are_told_and_the_end_too() -> None:
    monitor = Monitor(BY_CHANCE, 0)
    losses = [(4.2, 4.2), (2.0, 2.0), (1.8, 1.9), (1.7, 1.95), (1.6, 1.97), (1.5, 2.0), (1.4, 1.8)]
    told = [
        (found.step, found.text, found.is_over)
        for step, (train, val) in enumerate(losses)
        for found in monitor.evaluated(events.Evaluated(step, train, val, 64, False), {})
    ]
    since = "overfitting since step 2"
    assert told == [(5, since, False), (6, f"over: {since}", True)]


def test_a_resumed_run_knows_how_good_it_was() -> None:
    assert fed(Diverging(GUESSING, best=1.5), [3.2] * 10)


def test_flat_at_random_waits_for_the_warm_up() -> None:
    watch = FlatAtRandom(GUESSING, warmup_steps=50)
    found = [watch.take(step, 4.17, 1e-6) for step in range(10, 201, 10)]
    assert [one is not None for one in found].index(True) == 14  # step 150
    assert found[-1] is not None
    assert "1.0e-06" in found[-1].advice


def test_letter_frequencies_are_better_than_guessing() -> None:
    watch = FlatAtRandom(GUESSING, warmup_steps=0)
    assert not [one for step in range(10, 500, 10) if (one := watch.take(step, 3.3, 1e-3))]


def test_frozen_gains() -> None:
    found = frozen({"ln_f.weight": 0.0, "h.0.ln_1.weight": 0.2}, 500, 1e-3)
    assert found is not None
    assert "1 of 2 gains" in found.evidence
    assert frozen({"ln_f.weight": 1e-9}, 500, 1e-3) is None
    assert frozen({"ln_f.weight": 0.0}, 100, 1e-3) is None
    assert frozen({"ln_f.weight": 0.0}, 500, 0.0) is None
    assert frozen({}, 500, 1e-3) is None


def slow_times(*parts: tuple[int, float]) -> list[float]:
    return [ms for count, ms in parts for _ in range(count)]


def test_slower_than_its_own_median() -> None:
    watch = Slow()
    times = slow_times((1, 20_000.0), (40, 277.0), (40, 350.0))
    found = [watch.take(10 * i, ms) for i, ms in enumerate(times)]
    first = next(i for i, one in enumerate(found) if one)
    assert first > 41 + 8  # it must have lasted 30 s
    one = found[first]
    assert one is not None
    assert one.evidence == "350 ms a step, median 277 ms"


@pytest.mark.parametrize(
    "times",
    [
        slow_times((1, 20_000.0), (80, 277.0)),  # the first one compiles
        slow_times((1, 1.0), (40, 277.0), (40, 320.0)),  # less than a fifth
        slow_times((1, 1.0), (40, 277.0), (4, 900.0), (40, 277.0)),  # a burst
        slow_times((1, 1.0), (40, 0.2), (400, 0.4)),  # not for 30 s
        slow_times((1, 1.0), (10, 277.0), (40, 400.0)),  # too few to know what is usual
    ],
)
def test_not_slow(times: list[float]) -> None:
    watch = Slow()
    assert not any(watch.take(10 * i, ms) for i, ms in enumerate(times))


curves = st.tuples(
    st.floats(0.6, 1.6), st.floats(0.15, 0.6), st.integers(0, 2**32 - 1), st.floats(0, 0.05)
)


@given(curves)
@settings(max_examples=40)
def test_a_healthy_curve_triggers_nothing(curve: tuple[float, float, int, float]) -> None:
    """A power law from guessing down, as losses fall, with the noise that batches make."""
    floor, power, seed, noise = curve
    monitor = Monitor(BY_CHANCE, warmup_steps=100)
    told: list[events.Health] = []
    for step in range(0, 5001, 10):
        clean = floor + (GUESSING - floor) * (1 + step / 50) ** -power
        wobble = noise * math.sin(step * 1.7 + seed)
        told += monitor.stepped(events.Step(step, step, clean + wobble, 1e-3, 0.9, 277.0, 3696.0))
        if step % 250 == 0:
            found = events.Evaluated(
                step, clean, clean + 0.05 * (1 - math.exp(-step)), 65_536, True
            )
            told += monitor.evaluated(found, {"ln_f.weight": 0.1})
    assert told == []


def test_a_loss_that_is_not_finite_is_dated_back_to_where_it_began_to_climb() -> None:
    monitor = Monitor(BY_CHANCE, 0)
    broken = events.Health("not_finite", "error", 130, "not finite", "loss nan", since=130)
    assert monitor.dated(broken) == broken
    for step, loss in ((90, 2.0), (100, 2.0), (110, 2.0), (115, 900.0), (120, 1e6)):
        list(monitor.stepped(events.Step(step, step, loss, 1e-3, 1.0, 5.0, 1.0)))
    found = monitor.dated(broken)
    assert found.since == 115
    assert found.evidence == "loss nan; the loss was up since step 115"


def test_a_loss_that_is_not_finite_changes_no_finding() -> None:
    monitor = Monitor(BY_CHANCE, 0)
    told = []
    for number, loss in enumerate([2.0] * 10 + [900.0] * 10, 1):
        told += monitor.stepped(events.Step(10 * number, 1, loss, 1e-3, 1.0, 5.0, 1.0))
    assert ("diverging", False) in [(found.kind, found.is_over) for found in told]
    for number, loss in enumerate([math.nan, math.inf, -math.inf], 21):
        step = events.Step(10 * number, 1, loss, 1e-3, 1.0, 5.0, 1.0)
        assert list(monitor.stepped(step)) == []
