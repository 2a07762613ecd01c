"""What writing costs training, from turns whose length is given."""

import pytest

from ttgpt.engine.worker.cost import SHARE, Cost


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def train(cost: Cost, clock: Clock, seconds: float) -> None:
    with cost.training():
        clock.now += seconds


def generate(cost: Cost, clock: Clock, seconds: float) -> None:
    with cost.generating():
        clock.now += seconds


def test_it_is_the_share_by_which_a_step_takes_longer() -> None:
    cost = Cost(clock := Clock())
    for _ in range(3):
        train(cost, clock, 0.2)
        generate(cost, clock, 0.01)
    assert cost.slowdown == pytest.approx(0.05)


def test_nothing_is_told_that_was_not_measured() -> None:
    cost = Cost(clock := Clock())
    generate(cost, clock, 1.0)
    assert cost.slowdown is None
    train(cost, clock, 1.0)
    assert cost.slowdown == pytest.approx(1.0)
    cost.forget()
    assert cost.slowdown is None


@pytest.mark.parametrize("step", [0.001, 0.0217, 0.3, 20.0])
@pytest.mark.parametrize("token", [0.0003, 0.0009, 0.02])
def test_texts_get_their_share_of_time_however_many_they_are(step: float, token: float) -> None:
    cost = Cost(clock := Clock())
    steps = max(40, round(100 * token / (SHARE * step)))
    tokens = 0
    for _ in range(steps):
        train(cost, clock, step)
        while cost.is_affordable:
            generate(cost, clock, token)
            tokens += 1
    assert cost.slowdown == pytest.approx(SHARE, rel=0.05)
    assert tokens > 40


def test_a_long_piece_is_paid_for_within_a_second_and_silence_saves_nothing() -> None:
    cost = Cost(clock := Clock())
    generate(cost, clock, 30.0)
    assert not cost.is_affordable
    train(cost, clock, 1.0)
    assert cost.is_affordable
    train(cost, clock, 1000.0)
    train(cost, clock, 0.01)
    generate(cost, clock, 0.002)
    assert not cost.is_affordable
