"""Weights, seeds and numbers on their way to the device and back (sections 2, 4 and 6)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small_ttml import (
    BLOCK,
    as_on_device,
    differ,
    only,
    tile_batch,
    tile_model,
    tile_session,
    tile_training,
    train,
)
from ttml_double import Machine


def test_4_1_strided_batches_arrive_as_they_read(machine: Machine) -> None:
    inputs, targets = tile_batch()
    batches = [(inputs, targets), (np.asfortranarray(inputs), np.asfortranarray(targets))]
    batches.append((np.repeat(inputs, 2, 1)[:, ::2], np.repeat(targets, 2, 1)[:, ::2]))
    moments = []
    for batch in batches:
        session = tile_session()
        session.train_step([batch], 1e-3)
        moments.append(session.optimizer_state())
        session.close()
    assert not differ(moments[0], moments[1])
    assert not differ(moments[0], moments[2])


def test_4_1_strided_weights_arrive_as_they_read(machine: Machine) -> None:
    session: Any = tile_session()
    weights = session.weights()
    session.load_weights({name: np.asfortranarray(array) for name, array in weights.items()})
    again = session.weights()
    from ttgpt.engine.backends.ttml_backend.tensors import weight_to_device

    strided = np.arange(64 * 32, dtype=np.float32).reshape(1, 1, 64, 32).transpose(0, 1, 3, 2) % 9
    arrived = weight_to_device(strided).chips[0].copy()
    session.close()
    assert not differ(weights, again)
    np.testing.assert_array_equal(arrived, strided)


def test_4_1_weights_are_stored_as_bfloat16(machine: Machine) -> None:
    session: Any = tile_session()
    dtypes = {tensor.dtype().name for tensor in session._model.parameters().values()}
    session.close()
    assert dtypes == {"BFLOAT16"}


def test_4_3_an_evaluation_is_finer_than_the_devices_loss(machine: Machine) -> None:
    session = tile_session()
    losses = [session.evaluate(*tile_batch(i))[0] / (4 * BLOCK) for i in range(8)]
    on_device = train(session, 1, lr=0.0)[0]
    session.close()
    assert losses[0] == pytest.approx(on_device, abs=2**-6)
    assert len({round(loss * 64, 2) % 1 for loss in losses}) > 4  # bfloat16 here: steps of 1/64


@only("mid", "new", "newest")
def test_4_3_the_device_is_waited_for_only_when_a_number_is_read(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = tile_session()
    bound: Any = machine.tensor  # type: ignore[attr-defined]
    real, reads = bound.to_numpy, list[str]()

    def to_numpy(*args: Any) -> Any:
        reads.append("read")
        return real(*args)

    monkeypatch.setattr(bound, "to_numpy", to_numpy)
    results = [session.train_step([tile_batch(i)], 1e-3) for i in range(3)]
    assert not reads
    float(results[-1].loss)
    float(results[-1].loss)
    session.close()
    assert len(reads) == 1


@only("mid", "new", "newest")
def test_4_4_what_is_saved_are_the_weights_of_now(machine: Machine) -> None:
    session: Any = tile_session()
    saved = []
    for _ in range(3):
        train(session, 1)
        saved.append(session.weights())
        gains = session.norm_gains()
        fresh = as_on_device(session)
        for slot in session._slots:
            for name, array in slot.unpack(fresh[slot.name]).items():
                np.testing.assert_array_equal(saved[-1][name], array)
                np.testing.assert_array_equal(gains.get(name, array), array)
    session.close()
    assert differ(saved[0], saved[1])
    assert differ(saved[1], saved[2])


@only("mid", "new", "newest")
def test_4_4_moments_are_read_as_they_are_now(machine: Machine) -> None:
    session = tile_session()
    train(session, 1)
    first = session.optimizer_state()
    train(session, 1)
    second = session.optimizer_state()
    session.close()
    moved = [n for n in first if n.startswith("exp_avg.") and np.any(first[n] != second[n])]
    assert len(moved) == sum(n.startswith("exp_avg.") for n in first)


def test_2_fresh_weights_are_the_same_everywhere(machine: Machine) -> None:
    np.random.seed(5)
    first = tile_session(seed=3)
    weights = first.weights()
    first.close()
    np.random.seed(6)
    second = tile_session(seed=3)
    again = second.weights()
    second.close()
    assert not differ(weights, again)


def test_2_dropout_goes_by_the_step_whatever_was_sampled_between(machine: Machine) -> None:
    def losses(disturb: bool) -> list[float]:
        session = tile_session(tile_model(dropout=0.3))
        found = []
        for i in range(3):
            found += [float(session.train_step([tile_batch()], 0.0).loss)]
            if disturb:
                session.decoder(tile_batch(i)[0]).logits()
                machine.rng.random(7)
        quiet = [session.evaluate(*tile_batch())[0] for _ in "ab"]
        session.close()
        assert quiet[0] == quiet[1]  # no dropout there
        return found

    calm = losses(disturb=False)
    assert len(set(calm)) > 1
    assert calm == losses(disturb=True)


def test_6_biases_that_the_network_lacks_stay_zero(machine: Machine) -> None:
    session: Any = tile_session(tile_model(bias=False), tile_training(weight_decay=0.5))
    train(session, 3)
    parameters, weights = as_on_device(session), session.weights()
    state = session.optimizer_state()
    session.load_optimizer_state(state)
    session.close()
    assert not any(name.endswith("bias") for name in weights)
    biases = [array for name, array in parameters.items() if name.endswith(("bias", "beta"))]
    assert len(biases) == 7
    assert not any(array.any() for array in biases)
