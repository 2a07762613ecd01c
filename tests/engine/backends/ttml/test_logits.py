"""The same weights give the same scores and text on the card's double and on PyTorch."""

from __future__ import annotations

import numpy as np
import pytest
from numpy_gpt import logits, random_weights
from small_ttml import VARIANTS, VOCAB, tile_batch, tile_model, tile_session, tile_training
from ttml_double import Machine

from ttgpt.engine.backends import Session
from ttgpt.engine.backends.torch_backend import BACKEND as TORCH
from ttgpt.engine.config import ModelConfig


def torch_session(model: ModelConfig) -> Session:
    return TORCH.open(model, tile_training(device="cpu", threads=1), VOCAB, 1, training=False)


def milder(weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Weights of a trained model's size: logits spread by about 1."""
    return {k: (v * 0.3 if v.ndim == 2 else v).astype(np.float32) for k, v in weights.items()}


def scores(session: Session, ids: np.ndarray) -> np.ndarray:
    return np.stack([session.decoder(ids[:, : t + 1]).logits() for t in range(0, ids.shape[1], 7)])


@pytest.mark.parametrize("variant", VARIANTS)
def test_logits_agree_with_the_formula(machine: Machine, variant: str) -> None:
    model = tile_model(**VARIANTS[variant], n_layer=2)
    weights, (ids, _) = milder(random_weights(model, VOCAB)), tile_batch(rows=2)
    session = tile_session(model, training=False)
    session.load_weights(weights)
    expected = logits(model, weights, ids)[:, ::7].transpose(1, 0, 2)
    apart = np.abs(scores(session, ids) - expected)
    session.close()
    assert expected.std() > 0.3
    assert apart.max() < 0.05
    assert apart.mean() < 0.005


@pytest.mark.parametrize("machine", ["old", "new", "newest"], indirect=True)
@pytest.mark.parametrize("variant", ["nanogpt", "llama"])
def test_a_card_trained_model_writes_the_same_with_torch(machine: Machine, variant: str) -> None:
    model = tile_model(**VARIANTS[variant])
    card = tile_session(model)
    pattern = np.arange(4)[:, None] * 3 + np.arange(33)[None] * np.array([[1], [2], [5], [7]])
    pattern %= VOCAB
    for _ in range(40):
        card.train_step([(pattern[:, :-1], pattern[:, 1:])], 5e-3)
    torch = torch_session(model)
    torch.load_weights(card.weights())
    prompt = pattern[:2, :6]
    texts = []
    for session in (card, torch):
        decoder, text = session.decoder(prompt), []
        for _ in range(50):  # past the block: the window restarts
            text.append(decoder.logits().argmax(-1))
            decoder.append(text[-1])
        texts.append(np.stack(text))
        apart = np.abs(card.decoder(prompt).logits() - torch.decoder(prompt).logits())
        assert apart.max() < 0.1
    card.close()
    assert len(set(texts[0][:, 0])) > 3
    np.testing.assert_array_equal(*texts)


@pytest.mark.parametrize("variant", VARIANTS)
def test_weights_come_back_as_bfloat16_of_what_went_in(machine: Machine, variant: str) -> None:
    model = tile_model(**VARIANTS[variant])
    weights = random_weights(model, VOCAB)
    session = tile_session(model, training=False)
    session.load_weights(weights)
    found = session.weights()
    session.close()
    assert list(found) == list(weights)
    for name, array in weights.items():
        np.testing.assert_allclose(found[name], array, rtol=2**-8)


def test_evaluation_leaves_padding_columns_out(machine: Machine) -> None:
    """Section 19 (b): what is no token takes no share of the odds."""
    model = tile_model(tie_weights=False) if machine.generation.name == "old" else tile_model()
    session, torch = tile_session(model, training=False), torch_session(model)
    inputs, targets = tile_batch(rows=7)  # the last batch is not full
    found, tokens = session.evaluate(inputs[:, :20], targets[:, :20])
    expected, _ = torch.evaluate(inputs[:, :20], targets[:, :20])
    session.close()
    assert tokens == 140
    assert found / tokens == pytest.approx(expected / tokens, abs=0.005)
    assert machine.shapes == {(4, 1, 1, 32)}


def test_many_samples_go_through_in_one_pass(machine: Machine) -> None:
    session = tile_session(training=False)
    prompts = tile_batch(rows=5)[0][:, :9]
    together = session.decoder(prompts).logits()
    alone = np.concatenate([session.decoder(p[None]).logits() for p in prompts])
    session.close()
    np.testing.assert_array_equal(together, alone)
    assert machine.shapes == {(8, 1, 1, 32), (1, 1, 1, 32)}
