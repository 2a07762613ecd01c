"""AdamW that loses nothing to rounding, and its state (section 11)."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from numpy_gpt import random_weights
from small_ttml import (
    VARIANTS,
    VOCAB,
    as_on_device,
    differ,
    only,
    tile_batch,
    tile_model,
    tile_session,
    tile_training,
    train,
)
from ttml_double import GENERATIONS, Machine, install, uninstall

from ttgpt.engine.backends import Session


@only(*GENERATIONS)
def test_11_3_a_run_goes_on_with_its_moments_or_says_that_it_cannot(machine: Machine) -> None:
    session = tile_session()
    train(session, 3)
    weights, state = session.weights(), session.optimizer_state()
    session.close()
    resumed = tile_session()
    said = resumed.describe().note
    resumed.load_weights(weights)
    resumed.load_optimizer_state(state)
    found = resumed.optimizer_state()
    assert found["step"] == state["step"] == 3
    assert ("cannot restore" in said) == (not machine.generation.set_state_dict)
    if machine.generation.set_state_dict:
        assert not differ(found, state)
    train(resumed, 1)  # whichever way, it goes on
    resumed.close()


@only("newest")
def test_11_3_a_state_whose_maps_cannot_be_made_is_not_restored(machine: Machine) -> None:
    from ttgpt.engine.backends.ttml_backend.moments import AdamWState, write_state

    class Bound(dict[str, Any]):
        def __init__(self, *given: Any) -> None:
            if given:
                raise TypeError("__init__(): incompatible function arguments")

    class Optimizer:
        def get_state_dict(self) -> dict[str, Any]:
            return {"steps": 0, "exp_avg": Bound(), "exp_avg_sq": Bound()}

        def set_state_dict(self, state: dict[str, Any], /) -> None:
            pytest.fail("there is no state to give")

    moments = {"w": np.zeros((1, 1, 32, 32), np.float32)}
    assert not write_state(Optimizer(), AdamWState(3, moments, moments))


@only("new", "newest")
def test_11_3_restoring_brings_no_old_rate_back(machine: Machine) -> None:
    session = tile_session(train=tile_training(weight_decay=0.5))
    train(session, 2, lr=0.01)
    session.load_optimizer_state(session.optimizer_state())
    before = session.weights()
    train(session, 1, lr=0.0)
    after = session.weights()
    session.close()
    assert not differ(before, after)


@only(*GENERATIONS)
@pytest.mark.parametrize("variant", ["nanogpt", "llama"])
def test_11_4_gains_move_though_updates_are_small(machine: Machine, variant: str) -> None:
    session = tile_session(tile_model(**VARIANTS[variant]))
    train(session, 12, lr=3e-4)  # next to 1, bfloat16 numbers lie 0.004 and 0.008 apart
    gains = session.weights()
    session.close()
    norms = {n: v for n, v in gains.items() if n.endswith("weight") and v.ndim == 1}
    assert len(norms) == 3
    assert all(v.std() > 0 for v in norms.values())


@only("new", "newest")
def test_11_4_float32_masters_start_from_the_loaded_weights(machine: Machine) -> None:
    rng = np.random.default_rng(1)
    session = tile_session(train=tile_training(precision="float32"))
    loaded = {n: rng.normal(0, 0.3, v.shape).astype("f4") for n, v in session.weights().items()}
    session.load_weights(loaded)
    kept = session.weights()
    train(session, 1, lr=1e-5)
    moved = session.weights()
    session.close()
    assert not differ(kept, loaded)  # float32, not the bfloat16 that the device computes with
    for name, array in loaded.items():
        np.testing.assert_allclose(moved[name], array, atol=3e-5)
    assert differ(moved, loaded)


def test_11_4_masters_start_from_them_also_where_no_state_is_restored() -> None:
    machine = install(dataclasses.replace(GENERATIONS["new"], set_state_dict=False))
    rng = np.random.default_rng(1)
    session = tile_session(train=tile_training(precision="float32"))
    loaded = {n: rng.normal(0, 0.3, v.shape).astype("f4") for n, v in session.weights().items()}
    session.load_weights(loaded)
    train(session, 1, lr=1e-5)
    moved, said = session.weights(), session.describe().note
    session.close()
    uninstall()
    for name, array in loaded.items():
        np.testing.assert_allclose(moved[name], array, rtol=2**-8, atol=3e-5)
    assert "cannot restore" in said
    assert machine.closed == 1


@only(*GENERATIONS)
def test_11_2_matrices_decay_norms_and_biases_do_not(machine: Machine) -> None:
    model = tile_model()
    session = tile_session(model, tile_training(weight_decay=10.0))
    before = random_weights(model, VOCAB)
    session.load_weights(before)
    train(session, 1, lr=0.01)  # a tenth less, but for the step itself of 0.01
    after = session.weights()
    session.close()
    for name, array in before.items():
        kept = 0.9 if array.ndim == 2 else 1.0
        np.testing.assert_allclose(after[name], kept * array, atol=0.02, rtol=2**-6)


@only("new", "newest")
def test_11_4_a_resumed_run_has_its_float32_weights_back(machine: Machine) -> None:
    def session() -> Session:
        return tile_session(train=tile_training(precision="float32"))

    unbroken = session()
    train(unbroken, 4)
    weights, state = unbroken.weights(), unbroken.optimizer_state()
    resumed = session()
    resumed.load_weights(weights)
    resumed.load_optimizer_state(state)
    for one in (unbroken, resumed):
        one.train_step([tile_batch(9)], 1e-3)
    assert not differ(unbroken.weights(), resumed.weights())
    unbroken.close(), resumed.close()


@pytest.mark.parametrize("clips", [True, False])
@pytest.mark.parametrize(
    ("generation", "precision"), [("old", "auto"), ("mid", "auto"), ("new", "float32")]
)
def test_11_where_only_all_parameters_are_taken_each_moves_once(
    generation: str, precision: str, clips: bool
) -> None:
    strict = dataclasses.replace(GENERATIONS[generation], takes_dict=False, clip_grad_norm=clips)
    install(strict)
    training = tile_training(weight_decay=0.5, precision=precision)
    session: Any = tile_session(tile_model(bias=False), training)
    before = session.weights()
    untrained = [slot.name for slot in session._slots if not slot.parts]
    train(session, 1, lr=0.01)  # AdamW's first step is the rate, wherever there is a gradient
    after, on_device = session.weights(), as_on_device(session)
    kept, dtype = session.optimizer_state(), session.describe().dtype
    session.load_optimizer_state(kept)
    session.close()
    uninstall()
    moved = {name: np.abs(after[name] - before[name]) for name in before}
    assert np.median(np.concatenate([m.ravel() for m in moved.values()])) == pytest.approx(
        0.01, rel=0.1
    )
    assert max(m.max() for m in moved.values()) < 0.015
    gains = [m for m in moved.values() if m.ndim == 1]
    assert gains
    assert all(gain == pytest.approx(0.01, rel=0.01) for gain in gains)  # they do not decay
    assert untrained
    assert not any(on_device[name].any() for name in untrained)
    assert ("float32 weights kept" if precision == "float32" else "on the host") in dtype


@only(*GENERATIONS)
@pytest.mark.parametrize("chips", [1, 2])
def test_11_4_a_run_goes_on_in_the_precision_it_began_with(machine: Machine, chips: int) -> None:
    from ttgpt.engine.backends.ttml_backend.optimizers import FULL, HOST, PRECISIONS, STOCHASTIC

    has_dice = machine.generation.stochastic_rounding and chips == 1
    there = {HOST: True, FULL: machine.generation.full_precision, STOCHASTIC: has_dice}
    for kind, words in PRECISIONS.items():
        session = tile_session(train=tile_training(devices=chips), numerics={"precision": words})
        found = session.describe().numerics["precision"]
        session.close()
        assert found in PRECISIONS.values()
        assert (found == words) == there[kind]
