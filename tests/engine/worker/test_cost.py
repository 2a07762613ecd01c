"""What writing costs training, from turns whose length is given."""

import pytest

from ttgpt.engine.worker import cost
from ttgpt.engine.worker.cost import Cost


class Clock:
    """Stands for the module `time`."""

    def __init__(self) -> None:
        self.now = 0.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(cost, "time", clock)
    return clock


def test_it_is_the_share_by_which_a_step_takes_longer(clock: Clock) -> None:
    found = Cost()
    for _ in range(3):
        with found.training():
            clock.now += 0.2
        with found.generating():
            clock.now += 0.01
    assert found.slowdown == pytest.approx(0.05)


def test_nothing_is_told_that_was_not_measured(clock: Clock) -> None:
    found = Cost()
    with found.generating():
        clock.now += 1.0
    assert found.slowdown is None
    with found.training():
        clock.now += 1.0
    assert found.slowdown == pytest.approx(1.0)
    found.forget()
    assert found.slowdown is None
