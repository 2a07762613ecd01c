from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttgpt.engine.data.batches import TrainBatches, eval_windows
from ttgpt.engine.errors import DataError


def counting(n: int) -> np.ndarray:
    """Tokens that are their own places."""
    return np.arange(n, dtype=np.uint16)


def test_targets_are_the_inputs_one_later() -> None:
    batches = TrainBatches(counting(1_000), batch_size=5, block_size=8, seed=1)
    for inputs, targets in batches.micro_batches(step=3, count=2):
        assert inputs.shape == targets.shape == (5, 8)
        assert inputs.dtype == targets.dtype == np.int64
        assert inputs.flags.c_contiguous
        assert targets.flags.c_contiguous
        np.testing.assert_array_equal(inputs + 1, targets)
        np.testing.assert_array_equal(np.diff(inputs, axis=1), 1)


def test_a_step_follows_from_the_seed_and_the_step_alone() -> None:
    first = TrainBatches(counting(5_000), 4, 16, seed=7)
    for step in range(20):
        first.micro_batches(step, 2)
    resumed = TrainBatches(counting(5_000), 4, 16, seed=7)
    np.testing.assert_array_equal(first.micro_batches(20, 2), resumed.micro_batches(20, 2))


def test_steps_and_seeds_differ() -> None:
    def starts(seed: int, step: int) -> tuple[int, ...]:
        ((inputs, _),) = TrainBatches(counting(60_000), 8, 4, seed).micro_batches(step, 1)
        return tuple(inputs[:, 0].tolist())

    seen = {starts(seed, step) for seed in range(20) for step in range(20)}
    assert len(seen) == 400


def test_micro_batches_only_share_out_the_same_sequences() -> None:
    tokens = counting(5_000)
    (whole,) = TrainBatches(tokens, 12, 8, seed=2).micro_batches(5, 1)
    parts = TrainBatches(tokens, 3, 8, seed=2).micro_batches(5, 4)
    np.testing.assert_array_equal(whole[0], np.concatenate([inputs for inputs, _ in parts]))


def test_the_figures_are_pinned() -> None:
    """A resumed run must read what it would have read, also after an update of numpy."""
    ((inputs, _),) = TrainBatches(counting(60_000), 4, 2, seed=1337).micro_batches(100, 1)
    assert inputs[:, 0].tolist() == [44607, 49108, 8950, 51734]


@given(n=st.integers(3, 60), block=st.integers(2, 58), step=st.integers(0, 2**40))
def test_every_window_lies_in_the_text(n: int, block: int, step: int) -> None:
    if n <= block:
        with pytest.raises(DataError):
            TrainBatches(counting(n), 3, block, seed=0)
        return
    ((inputs, targets),) = TrainBatches(counting(n), 3, block, seed=0).micro_batches(step, 1)
    assert inputs.min() >= 0
    assert targets.max() <= n - 1


def test_every_place_is_drawn_and_none_more_often() -> None:
    batches = TrainBatches(counting(12), batch_size=1_000, block_size=2, seed=3)
    ((inputs, _),) = batches.micro_batches(0, 1)
    counts = np.bincount(inputs[:, 0])
    assert len(counts) == 10  # from 0 to 9, the last window being 9, 10, 11
    assert ((counts - 100) ** 2 / 100).sum() < 27.9  # chi-square, 9 degrees, 1 in 1,000


def test_tokens_above_the_middle_of_uint16_stay_positive() -> None:
    ((inputs, _),) = TrainBatches(np.full(10, 65_535, np.uint16), 2, 3, 0).micro_batches(0, 1)
    assert inputs.min() == 65_535


def test_a_mapped_file_works_as_well(tmp_path: Path) -> None:
    counting(500).tofile(tmp_path / "x.bin")
    mapped = np.memmap(tmp_path / "x.bin", dtype="<u2", mode="r")
    np.testing.assert_array_equal(
        TrainBatches(mapped, 4, 8, 5).micro_batches(9, 1),
        TrainBatches(counting(500), 4, 8, 5).micro_batches(9, 1),
    )


@given(n=st.integers(3, 400), block=st.integers(2, 50), limit=st.integers(1, 500))
def test_eval_windows_do_not_overlap(n: int, block: int, limit: int) -> None:
    if n <= block:
        with pytest.raises(DataError):
            eval_windows(counting(n), block, limit)
        return
    inputs, targets = eval_windows(counting(n), block, limit)
    flat = inputs.ravel()
    assert inputs.dtype == targets.dtype == np.int64
    assert len(set(flat.tolist())) == len(flat)
    assert (np.diff(flat) > 0).all()
    np.testing.assert_array_equal(inputs + 1, targets)
    assert len(flat) <= max(limit, block)
    there = (n - 1) // block
    assert len(inputs) == min(there, max(1, limit // block))


def test_eval_windows_are_the_same_every_time() -> None:
    first, second = (eval_windows(counting(999), 10, 200) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_eval_windows_read_the_whole_part_when_it_fits() -> None:
    inputs, targets = eval_windows(counting(41), 10, 10_000)
    assert inputs.ravel().tolist() == list(range(40))
    assert targets[-1, -1] == 40
    inputs, _ = eval_windows(counting(40), 10, 10_000)  # the last target is missing
    assert len(inputs) == 3


def test_eval_windows_are_spread_over_the_part() -> None:
    inputs, _ = eval_windows(counting(10_001), 10, 100)
    assert inputs[:, 0].tolist() == list(range(0, 10_000, 1_000))


def test_the_part_and_what_fits_are_named() -> None:
    with pytest.raises(
        DataError, match=r"training part has 9 tokens(.|\n)*block_size to 8 or less"
    ):
        TrainBatches(counting(9), 1, 9, 0)
    with pytest.raises(DataError, match="validation part has 9 tokens"):
        eval_windows(counting(9), 9, 100)
