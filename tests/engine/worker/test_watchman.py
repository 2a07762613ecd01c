"""What is added to the training job's events, and in which order."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from saved_run import CHARACTERS

from ttgpt.engine import events
from ttgpt.engine.config import TrainConfig
from ttgpt.engine.worker.watchman import Watchman

TEXT = "MARTHA:\nThe lamp is out and the boat is on the water.\n\nTOM:\nThe boat is lost.\n\n"


@pytest.fixture
def watchman() -> Watchman:
    ids = np.array(CHARACTERS.encode(TEXT * 20), dtype=np.uint16)
    meta = SimpleNamespace(vocab_size=63, unigram_loss=3.0)
    data: Any = SimpleNamespace(meta=meta, tokenizer=CHARACTERS, train=ids, val=ids)
    gains = {"ln_f.weight": np.ones(4, np.float32), "h.0.ln_1.weight": np.arange(4.0)}
    session: Any = SimpleNamespace(norm_gains=lambda: gains)
    return Watchman(session, data, TrainConfig(max_steps=1000))


def step(number: int, loss: float) -> events.Step:
    return events.Step(number, number, loss, 1e-3, 1.0, 5.0, 1.0)


def sample(number: int, text: str) -> events.Sample:
    return events.Sample(number, "TOM:\n", text, 0.8, 40, 1.0, 1, 200.0)


def test_samples_are_measured_and_judged_when_all_of_a_step_are_there(watchman: Watchman) -> None:
    list(watchman.watch(step(100, 1.5)))
    [first] = watchman.watch(sample(100, "The lamp is on the boat. The lamp is on the boat."))
    assert isinstance(first, events.Sample)
    assert (first.known_words, first.repeated) == (1.0, pytest.approx(0.3333, abs=1e-4))
    assert len(list(watchman.watch(sample(100, "The boat is out on the water.")))) == 1
    told = list(watchman.watch(events.Saving(100)))
    assert [one.type for one in told] == ["health", "saving"]
    assert isinstance(told[0], events.Health)
    assert told[0].kind == "stage"


def test_gains_of_one_value_are_found_at_an_evaluation(watchman: Watchman) -> None:
    list(watchman.watch(step(300, 2.0)))
    told = list(watchman.watch(events.Evaluated(300, 2.0, 2.1, 64, True)))
    assert [one.type for one in told] == ["evaluated", "health"]
    assert isinstance(told[1], events.Health)
    assert told[1].kind == "frozen_parameters"
    assert told[1].evidence.startswith("1 of 2 gains")


def test_a_broken_loss_is_dated_back(watchman: Watchman) -> None:
    for number, loss in ((90, 2.0), (95, 2.0), (100, 2.0), (105, 1e4)):
        list(watchman.watch(step(number, loss)))
    broken = events.Health("not_finite", "error", 110, "not finite since step 110", since=110)
    [told] = watchman.watch(broken)
    assert isinstance(told, events.Health)
    assert told.since == 105
    over = events.Health("not_finite", "info", 115, "over", since=115, is_over=True)
    assert list(watchman.watch(over)) == [over]
