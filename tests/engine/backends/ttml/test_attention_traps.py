"""What a pass looks at, and in which shapes it is computed (sections 8.2, 12, 13 and 16)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy_gpt import logits, random_weights
from small_ttml import (
    BLOCK,
    VARIANTS,
    VOCAB,
    only,
    tile_batch,
    tile_model,
    tile_session,
    train,
)
from ttml_double import GENERATIONS, Machine

from ttgpt.engine.errors import DataError


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
