"""Data parallel over chips (section 15): one batch shared out, gradients averaged, one network."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small_ttml import BLOCK, tile_batch, tile_model, tile_session, tile_training
from ttml_double import GENERATIONS, Machine

from ttgpt.engine.backends import Session
from ttgpt.engine.errors import NotSupported, UsageError

BATCH = 8


def session_on(chips: int, **changes: Any) -> Session:
    return tile_session(train=tile_training(batch_size=BATCH, devices=chips, **changes))


def copies_differ(session: Any) -> bool:
    tensors = session._model.parameters().values()
    return any(not np.array_equal(t.chips[0], chip) for t in tensors for chip in t.chips[1:])


@pytest.mark.parametrize("machine", GENERATIONS, indirect=True)
@pytest.mark.parametrize("chips", [2, 8])
def test_15_several_chips_train_as_one(machine: Machine, chips: int) -> None:
    losses, weights, evaluated = [], [], []
    for count in (1, chips):
        session = session_on(count)
        losses.append(
            [float(session.train_step([tile_batch(i, BATCH)], 1e-3).loss) for i in range(3)]
        )
        evaluated.append(session.evaluate(*tile_batch(7, rows=5)))
        weights.append(session.weights())
        assert session.describe().device_count == count
        if count > 1:
            assert not copies_differ(session)
        assert machine.shapes == {(BATCH // count, 1, 1, BLOCK)}  # on each chip
        machine.shapes.clear()
        session.close()
    np.testing.assert_allclose(*losses, atol=0.02)
    assert evaluated[0][0] == pytest.approx(evaluated[1][0], rel=0.01)
    moved = [np.concatenate([w.ravel() for w in found.values()]) for found in weights]
    assert np.abs(moved[0] - moved[1]).mean() < 3e-4
    assert (machine.opened, machine.closed) == (2, 2)


@pytest.mark.parametrize("machine", GENERATIONS, indirect=True)
def test_15_several_chips_open_again_in_the_same_process(machine: Machine) -> None:
    for _ in range(2):
        session = session_on(2)
        session.train_step([tile_batch(0, BATCH)], 1e-3)
        session.close()
    assert (machine.opened, machine.closed) == (2, 2)


@pytest.mark.parametrize("rows", [1, 3])
def test_15_text_is_written_by_one_chip(machine: Machine, rows: int) -> None:
    prompts = tile_batch(rows=rows)[0][:, :6]
    one = session_on(1)
    alone = one.decoder(prompts).logits()
    one.close()
    several = session_on(2)
    np.testing.assert_array_equal(several.decoder(prompts).logits(), alone)
    several.close()


@pytest.mark.parametrize("machine", ["mid", "new", "newest"], indirect=True)
def test_15_chips_that_do_not_exchange_gradients_are_found_out(machine: Machine) -> None:
    session = session_on(2)
    machine.synchronises, machine.axes = False, None  # as without the parallelism context
    with pytest.raises(NotSupported, match="do not exchange gradients"):
        session.train_step([tile_batch(0, BATCH)], 1e-3)
    session.close()


@pytest.mark.parametrize("machine", GENERATIONS, indirect=True)
def test_15_chips_that_began_with_different_weights_are_found_out(machine: Machine) -> None:
    session: Any = session_on(2)
    _disturb(session)
    with pytest.raises(NotSupported, match="do not train the same network"):
        session.train_step([tile_batch(0, BATCH)], 1e-3)
    session.close()


def _disturb(session: Any) -> None:
    """Let the second chip's copy of a matrix be another one, its float32 master too."""
    name = next(slot.name for slot in session._slots if slot.decays)
    session._model.parameters()[name].chips[1][...] += 0.5
    masters = session._training.optimizers._on_device[0].get_state_dict().get("master_weights")
    if masters:
        masters[name].chips[1][...] += 0.5


@pytest.mark.parametrize("machine", GENERATIONS, indirect=True)
def test_15_copies_do_not_drift_apart_by_dice(machine: Machine) -> None:
    session = session_on(2)
    for i in range(5):
        session.train_step([tile_batch(i, BATCH)], 1e-3)
    drifted, precision = copies_differ(session), session.describe().dtype
    session.close()
    assert not drifted
    kept = "float32 weights kept" if machine.generation.full_precision else "float32 on the host"
    assert kept in precision


def test_15_a_batch_that_does_not_divide_is_refused(machine: Machine) -> None:
    with pytest.raises(UsageError) as caught:
        tile_session(tile_model(), tile_training(batch_size=7, devices=2))
    assert "train.batch_size is 7" in caught.value.what
    assert caught.value.next_step == "Set train.batch_size to 8."
    assert machine.opened == 0
