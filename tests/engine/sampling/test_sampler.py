import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ttgpt.engine.errors import TtgptError, UsageError
from ttgpt.engine.sampling.sampler import (
    TOLERANCE,
    SamplingConfig,
    draw,
    new_rng,
    probabilities,
)


def logits_of(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def slow(logits: list[float], config: SamplingConfig) -> list[float]:
    """The same, word by word: sort, cut, cut, divide."""
    order = sorted(range(len(logits)), key=lambda i: (-logits[i], i))
    if config.temperature == 0:
        return [float(i == order[0]) for i in range(len(logits))]
    if config.top_k:
        order = order[: config.top_k]
    top = logits[order[0]]
    mass = {i: math.exp((logits[i] - top) / config.temperature) for i in order}
    total = math.fsum(mass.values())
    if config.top_p < 1:
        kept: list[int] = []
        for i in order:
            kept.append(i)
            if math.fsum(mass[j] for j in kept) / total >= config.top_p - TOLERANCE:
                break
        mass = {i: mass[i] for i in kept}
        total = math.fsum(mass.values())
    return [mass.get(i, 0.0) / total for i in range(len(logits))]


numbers = st.one_of(
    st.floats(-30, 30, width=32),
    st.sampled_from([0.0, 1.0, 1.0, 2.0, -math.inf, 1e30, -1e30]),
)
some_logits = st.lists(numbers, min_size=1, max_size=12).filter(lambda x: max(x) > -math.inf)
some_configs = st.builds(
    SamplingConfig,
    st.one_of(st.sampled_from([0.0, 0.8, 1.0]), st.floats(1e-4, 100)),
    st.integers(0, 15),
    st.one_of(st.sampled_from([0.0, 0.5, 0.9, 1.0]), st.floats(0, 1, allow_subnormal=False)),
)


@settings(max_examples=1_000, deadline=None)
@given(logits=some_logits, config=some_configs)
def test_against_a_slow_one(logits: list[float], config: SamplingConfig) -> None:
    given = np.array(logits, np.float32)
    expected = slow([float(x) for x in given], config)
    found = probabilities(given, config)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-300)
    assert found.sum() == pytest.approx(1)


@settings(max_examples=300, deadline=None)
@given(logits=some_logits, config=some_configs, seed=st.integers(0, 2**63 - 1))
def test_only_what_has_a_chance_is_drawn(
    logits: list[float], config: SamplingConfig, seed: int
) -> None:
    given = np.array(logits, np.float32)
    drawn = draw(given, config, new_rng(seed))
    assert probabilities(given, config)[drawn] > 0
    assert given[drawn] > -math.inf
    assert drawn == draw(given, config, new_rng(seed))


def test_by_hand() -> None:
    logits = np.log(np.array([0.5, 0.2, 0.2, 0.1], np.float64)).astype(np.float32)

    def rounded(*config: float) -> list[float]:
        return probabilities(logits, SamplingConfig(*config)).round(4).tolist()  # type: ignore

    assert rounded(1.0, 0, 1.0) == [0.5, 0.2, 0.2, 0.1]
    assert rounded(0.0, 0, 1.0) == [1, 0, 0, 0]
    assert rounded(0.5, 0, 1.0) == [0.7353, 0.1176, 0.1176, 0.0294]
    assert rounded(1.0, 2, 1.0) == [0.7143, 0.2857, 0, 0]
    assert rounded(1.0, 0, 0.6) == [0.7143, 0.2857, 0, 0]
    assert rounded(1.0, 0, 0.4) == [1, 0, 0, 0]
    assert rounded(1.0, 3, 0.7) == [0.7143, 0.2857, 0, 0]  # 0.778 of the three kept


def test_a_tie_at_the_border_keeps_the_lower_index() -> None:
    logits = logits_of(1, 2, 2, 2)
    assert np.flatnonzero(probabilities(logits, SamplingConfig(1, 2, 1))).tolist() == [1, 2]
    assert np.flatnonzero(probabilities(logits, SamplingConfig(1, 0, 0.4))).tolist() == [1, 2]
    assert np.flatnonzero(probabilities(logits, SamplingConfig(0, 0, 1))).tolist() == [1]


def test_top_p_counts_a_sum_that_rounding_keeps_below() -> None:
    for odds, top_p, kept in (((3, 3, 3, 1), 9 / 10, 3), ((5, 3, 3, 1), 5 / 12, 1)):
        chances = probabilities(np.log(np.array(odds, np.float64)), SamplingConfig(1, 0, top_p))
        assert np.count_nonzero(chances) == kept


def test_what_is_off_changes_nothing() -> None:
    logits = logits_of(0.3, -1, 2, 0.3)
    plain = probabilities(logits, SamplingConfig(0.8, 0, 1))
    for top_k in (4, 5, 10**9):
        np.testing.assert_array_equal(probabilities(logits, SamplingConfig(0.8, top_k, 1)), plain)


def test_top_p_of_zero_keeps_the_likeliest() -> None:
    assert probabilities(logits_of(0, 3, 1), SamplingConfig(5, 0, 0)).tolist() == [0, 1, 0]


@pytest.mark.parametrize("temperature", [1e-300, 1e-20, 100])
def test_extreme_temperatures_do_not_overflow(temperature: float) -> None:
    chances = probabilities(logits_of(3e38, -3e38, 1, 0), SamplingConfig(temperature, 0, 1))
    assert np.isfinite(chances).all()
    assert chances.sum() == pytest.approx(1)
    small = probabilities(logits_of(1, 0), SamplingConfig(temperature, 0, 1))
    assert small.tolist() == pytest.approx([1, 0] if temperature < 1 else [0.5025, 0.4975])


@pytest.mark.parametrize("temperature", [0.0, 0.8])
def test_minus_infinity_is_never_drawn(temperature: float) -> None:
    config = SamplingConfig(temperature, 0, 1.0)
    logits, rng = logits_of(-math.inf, 0, -math.inf, 0, -math.inf), new_rng(1)
    drawn = {draw(logits, config, rng) for _ in range(200)}
    assert drawn == ({1} if temperature == 0 else {1, 3})


@pytest.mark.parametrize("config", [SamplingConfig(0, 0, 1), SamplingConfig(1, 2, 0.9)])
@pytest.mark.parametrize(
    "bad", [(math.nan, 1, 2), (1, 2, math.nan), (math.inf, 1), (-math.inf, -math.inf)]
)
def test_logits_that_are_not_finite_are_refused(
    bad: tuple[float, ...], config: SamplingConfig
) -> None:
    with pytest.raises(TtgptError, match="not finite"):
        draw(logits_of(*bad), config, new_rng(0))


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ((-0.1, 0, 1.0), "temperature"),
        ((math.nan, 0, 1.0), "temperature"),
        ((math.inf, 0, 1.0), "temperature"),
        ((1.0, -1, 1.0), "top_k"),
        ((1.0, 0, -0.1), "top_p"),
        ((1.0, 0, 1.1), "top_p"),
        ((1.0, 0, math.nan), "top_p"),
    ],
)
def test_values_out_of_range_are_refused(values: tuple[float, int, float], name: str) -> None:
    with pytest.raises(UsageError, match=f"^{name} is "):
        SamplingConfig(*values)


class Fixed:
    """A generator whose numbers are known."""

    def __init__(self, number: float) -> None:
        self.number = number

    def random(self) -> float:
        return self.number


@pytest.mark.parametrize(
    ("number", "token"),
    [(0.0, 1), (0.2499, 1), (0.25, 2), (0.4999, 2), (0.5, 4), (0.75, 5), (1 - 2**-53, 5)],
)
def test_the_draw_is_the_inverse_of_the_sums(number: float, token: int) -> None:
    even = logits_of(-math.inf, 0, 0, -math.inf, 0, 0, -math.inf)
    assert draw(even, SamplingConfig(1, 0, 1), Fixed(number)) == token  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "config",
    [
        SamplingConfig(1.0, 0, 1.0),
        SamplingConfig(0.7, 0, 1.0),
        SamplingConfig(1.3, 5, 1.0),
        SamplingConfig(1.0, 0, 0.8),
        SamplingConfig(2.0, 6, 0.9),
    ],
)
def test_draws_follow_the_exact_distribution(config: SamplingConfig) -> None:
    logits = logits_of(1.5, 0.2, -0.7, 1.1, 0.0, -1.5, 0.9, 0.4)
    expected = np.array(slow(logits.tolist(), config)) * 10_000
    rng = new_rng(2026)
    counts = np.bincount([draw(logits, config, rng) for _ in range(10_000)], minlength=8)
    possible = expected > 0
    assert counts[~possible].sum() == 0
    statistic = ((counts - expected)[possible] ** 2 / expected[possible]).sum()
    assert statistic < 24.32  # chi-square, at most 7 degrees of freedom, 1 in 1,000


def test_the_same_seed_gives_the_same_draws() -> None:
    logits, config = logits_of(*np.linspace(0, 1, 50)), SamplingConfig(1, 0, 1)

    def text(seed: int) -> list[int]:
        rng = new_rng(seed)
        return [draw(logits, config, rng) for _ in range(20)]

    assert text(5) == text(5)
    assert len({tuple(text(seed)) for seed in (5, 6, 2**32 + 5, 2**40)}) == 4


def test_the_figures_are_pinned() -> None:
    """A seed must give the same text after an update of numpy."""
    rng = new_rng(1337)
    assert [round(rng.random(), 6) for _ in range(3)] == [0.360241, 0.464219, 0.968294]


def test_every_draw_takes_one_number() -> None:
    for temperature in (0.0, 1.0):
        rng, other = new_rng(1), new_rng(1)
        draw(logits_of(1, 2, 3), SamplingConfig(temperature, 2, 0.9), rng)
        other.random()
        assert rng.random() == other.random()


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(UsageError, match="seed is -1"):
        new_rng(-1)
