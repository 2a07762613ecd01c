"""Each trap of ttml's bindings, and that the backend does not fall into it.

Sections are those of the project's notes on ttml's API; the double behaves as they say, so that a
test here fails as soon as the defence that it is about is gone.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from numpy_gpt import logits, random_weights
from small_ttml import BLOCK, VARIANTS, VOCAB, tile_batch, tile_model, tile_session, tile_training
from ttml_double import GENERATIONS, Machine, install, uninstall

from ttgpt.engine.backends import Session, Weights
from ttgpt.engine.errors import DataError


def only(*names: str) -> Any:
    """Run with these generations of the double."""
    return pytest.mark.parametrize("machine", names, indirect=True)


def train(session: Session, steps: int, lr: float = 3e-3) -> list[float]:
    return [float(session.train_step([tile_batch(i)], lr).loss) for i in range(steps)]


def as_on_device(session: Any) -> dict[str, np.ndarray]:
    """What truly lies on the double, past every view and cache."""
    return {n: t.chips[0].copy() for n, t in session._model.parameters().items()}


def differ(a: Weights, b: Weights) -> bool:
    return any(not np.array_equal(a[name], b[name]) for name in a)


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


@only(*GENERATIONS)
@pytest.mark.parametrize("variant", ["nanogpt", "llama"])
def test_8_2_no_position_looks_ahead(machine: Machine, variant: str) -> None:
    session: Any = tile_session(tile_model(**VARIANTS[variant]))
    looks_ahead = session._inference.looks_ahead()
    losses = train(session, 2)
    session.close()
    assert not looks_ahead
    assert all(math.isfinite(loss) for loss in losses)


@only(*GENERATIONS)
def test_8_2_nor_does_training(machine: Machine) -> None:
    """Its loss is that of an evaluation; weights like these show what was looked at."""
    model = tile_model(tie_weights=False)  # Python's NanoGPT in all generations: it takes None
    session = tile_session(model)
    session.load_weights(random_weights(model, VOCAB))
    (loss,) = train(session, 1, lr=0.0)
    summed, tokens = session.evaluate(*tile_batch(0))
    session.close()
    assert loss == pytest.approx(summed / tokens, rel=2**-7)


@only(*GENERATIONS)
def test_8_2_no_mask_only_where_that_was_found_to_be_causal(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TTGPT_TTML_MASK", "none")
    session: Any = tile_session()
    mask, looks_ahead = session.describe().numerics["mask"], session._inference.looks_ahead()
    session.close()
    causal = machine.generation.none_mask_is_causal
    assert mask == ("none, found to be causal" if causal else "explicit")
    assert not looks_ahead
    monkeypatch.delenv("TTGPT_TTML_MASK")
    resumed = tile_session(numerics={"mask": mask})  # as the run began
    assert resumed.describe().numerics["mask"] == mask
    resumed.close()


def test_10_the_graph_of_each_pass_is_let_go(machine: Machine) -> None:
    session = tile_session()
    train(session, 1)
    session.evaluate(*tile_batch())
    assert machine.graph_bytes == 0
    machine.dram_bytes = 4_000_000  # a few passes
    session.train_step([tile_batch(i) for i in range(8)], 1e-3)
    for i in range(8):
        session.evaluate(*tile_batch(i))
        session.decoder(tile_batch(i)[0][:1]).logits()
    session.close()


def test_10_two_micro_batches_are_one_of_both(machine: Machine) -> None:
    halves = [tile_batch(1, rows=2), tile_batch(2, rows=2)]
    whole = tuple(np.concatenate(parts) for parts in zip(*halves, strict=True))
    split = tile_session(train=tile_training(batch_size=2, grad_accum_steps=2))
    both = tile_session(train=tile_training(batch_size=4))
    # The second step must know nothing of the first one's gradients.
    results = [[s.train_step(b, 1e-3) for _ in "ab"] for s, b in ((split, halves), (both, [whole]))]
    for a, b in zip(*results, strict=True):
        assert float(a.loss) == pytest.approx(float(b.loss), abs=0.02)
        assert float(a.grad_norm) == pytest.approx(float(b.grad_norm), rel=0.03)
    split.close(), both.close()


def test_10_a_step_knows_nothing_of_the_last_ones_gradient(machine: Machine) -> None:
    session = tile_session()
    norms = [float(session.train_step([tile_batch()], 0.0).grad_norm) for _ in range(3)]
    session.close()
    assert len(set(norms)) == 1


def test_10_untrained_gradients_do_not_add_up(machine: Machine) -> None:
    session: Any = tile_session(tile_model(bias=False))
    untrained = [slot.name for slot in session._slots if not slot.parts]

    def gradients() -> dict[str, np.ndarray]:
        tensors = session._model.parameters()
        return {name: tensors[name].get_grad().chips[0].copy() for name in untrained}

    found = []
    for _ in range(2):
        session.train_step([tile_batch()], 0.0)
        found.append(gradients())
    session.close()
    assert untrained
    assert any(np.any(found[0][name]) for name in untrained)
    assert not differ(*found)


def test_10_clipping_shortens_the_gradient(machine: Machine) -> None:
    moments = []
    for clip in (0.0, 0.1):
        session = tile_session(train=tile_training(grad_clip=clip))
        norm = float(session.train_step([tile_batch()], 1e-3).grad_norm)
        state = session.optimizer_state()
        firsts = [v for n, v in state.items() if n.startswith("exp_avg.")]
        moments.append(math.sqrt(sum(float((v.astype(np.float64) ** 2).sum()) for v in firsts)))
        session.close()
        assert norm > 0.3
    assert moments[0] / 0.1 == pytest.approx(norm, rel=0.02)
    assert moments[1] / 0.1 == pytest.approx(0.1, rel=0.02)


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
    from ttgpt.engine.backends.ttml_backend.moments import Kept, write_state

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
    assert not write_state(Optimizer(), Kept(3, moments, moments))


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


def test_12_only_training_records_a_graph(machine: Machine) -> None:
    recorded: list[bool] = []
    machine.fault = lambda: recorded.append(machine.records)
    session = tile_session()
    session.evaluate(*tile_batch())
    session.decoder(tile_batch()[0]).logits()
    assert not any(recorded)
    recorded.clear()
    train(session, 1)
    session.close()
    assert recorded == [True]


def test_13_a_prompt_stands_at_the_start_and_nothing_fills_it_up(machine: Machine) -> None:
    model, prompt = tile_model(), tile_batch()[0][:1, :5]
    weights = random_weights(model, VOCAB)
    session = tile_session(model, training=False)
    session.load_weights(weights)
    found = session.decoder(prompt).logits()
    session.close()
    assert found.shape == (1, VOCAB)  # of 64 columns
    expected = logits(model, weights, prompt)[:, -1]
    assert np.corrcoef(found[0], expected[0])[0, 1] > 0.999


def test_13_of_a_long_prompt_the_end_counts(machine: Machine) -> None:
    session = tile_session(training=False)
    prompt = np.concatenate(tile_batch()[0][:2])[None]
    found = [session.decoder(part).logits() for part in (prompt, prompt[:, -BLOCK:])]
    session.close()
    np.testing.assert_array_equal(*found)


def test_13_padding_columns_neither_count_nor_learn(machine: Machine) -> None:
    model = tile_model(tie_weights=False)
    session: Any = tile_session(model)
    (loss,) = train(session, 1, lr=0.0)
    summed, tokens = session.evaluate(*tile_batch(0))
    train(session, 3)
    (head,) = (t for n, t in session._model.parameters().items() if n.endswith("fc/weight"))
    padding = head.chips[0][0, 0, VOCAB:].copy()
    del head
    session.close()
    assert loss == pytest.approx(summed / tokens, abs=2**-6)  # ln 64 would be 0.55 more
    assert padding.shape[0] == 27
    assert not padding.any()


def test_13_masks_collect_no_gradient(machine: Machine) -> None:
    session: Any = tile_session()
    train(session, 1)
    training = session._training
    masks = [mask for mask in (training._mask, training._padding) if mask is not None]
    collected = [mask.is_grad_initialized() or mask.get_requires_grad() for mask in masks]
    del masks, training
    session.close()
    assert collected
    assert not any(collected)


def test_16_few_shapes_are_ever_compiled(machine: Machine) -> None:
    said: list[str] = []
    session = tile_session(report=said.append)
    train(session, 2)
    session.evaluate(*(part[:3, :17] for part in tile_batch()))
    for length in (1, 5, 32):
        decoder = session.decoder(tile_batch()[0][:1, :length])
        decoder.logits()
        decoder.append([1])
        decoder.logits()
    assert machine.shapes == {(4, 1, 1, 32), (1, 1, 1, 32)}
    for samples in (2, 5, 8):  # these share one more
        session.decoder(tile_batch(rows=samples)[0]).logits()
    session.close()
    assert machine.shapes == {(4, 1, 1, 32), (1, 1, 1, 32), (8, 1, 1, 32)}
    assert [word for word in said if "compiling" in word] == [
        "compiling the first step",
        "compiling for 4 x 32 tokens",
        "compiling for 1 x 32 tokens",
        "compiling for 8 x 32 tokens",
    ]


@pytest.mark.parametrize("bad", [VOCAB, 63, 64, -1])
def test_16_ids_outside_the_vocabulary_never_reach_the_device(machine: Machine, bad: int) -> None:
    session = tile_session()
    inputs, targets = tile_batch()
    for part in (inputs, targets):
        broken = part.copy()
        broken[2, 3] = bad
        batch = (broken, targets) if part is inputs else (inputs, broken)
        with pytest.raises(DataError, match="outside the vocabulary"):
            session.train_step([batch], 1e-3)
    session.close()


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
