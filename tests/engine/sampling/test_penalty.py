import numpy as np
import pytest

from ttgpt.engine.errors import UsageError
from ttgpt.engine.sampling.penalty import penalised
from ttgpt.engine.sampling.sampler import SamplingConfig, probabilities


def test_a_positive_logit_is_divided_and_a_negative_one_multiplied_once() -> None:
    logits = np.array([4.0, -2.0, 1.0, 0.0], np.float32)
    assert penalised(logits, [0, 0, 1, 3], 2.0).tolist() == [2.0, -4.0, 1.0, 0.0]
    assert logits.tolist() == [4.0, -2.0, 1.0, 0.0]


def test_one_and_nothing_written_change_nothing() -> None:
    logits = np.array([4.0, -2.0], np.float32)
    assert penalised(logits, [0, 1], 1.0).tolist() == [4.0, -2.0]
    assert penalised(logits, [], 3.0).tolist() == [4.0, -2.0]


def test_it_acts_before_the_temperature() -> None:
    logits = np.array([4.0, 2.5], np.float32)
    greedy = SamplingConfig(0.0, repetition_penalty=2.0)
    assert probabilities(logits, greedy, [0]).tolist() == [0.0, 1.0]
    assert probabilities(logits, greedy, []).tolist() == [1.0, 0.0]


@pytest.mark.parametrize("penalty", [0.0, -1.0, float("nan"), float("inf")])
def test_a_penalty_out_of_range_is_refused(penalty: float) -> None:
    with pytest.raises(UsageError, match="repetition_penalty"):
        SamplingConfig(repetition_penalty=penalty)
