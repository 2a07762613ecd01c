"""Both architectures against the NumPy forward pass."""

from __future__ import annotations

import numpy as np
import numpy_gpt
import pytest
import torch
from small_torch import BLOCK, VARIANTS, VOCAB, batch, small_model, small_session

from ttgpt.engine.backends.torch_backend.llama import Llama
from ttgpt.engine.backends.torch_backend.nanogpt import NanoGPT
from ttgpt.engine.backends.torch_backend.weights import fill
from ttgpt.engine.config import ModelConfig


def _torch_logits(config: ModelConfig, weights: dict, ids: np.ndarray) -> np.ndarray:
    network = NanoGPT if config.arch == "nanogpt" else Llama
    model = network(config, VOCAB).eval()
    fill(dict(model.named_parameters()), weights)
    with torch.no_grad():
        return model.logits(model(torch.from_numpy(ids))).numpy()


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("length", [1, BLOCK - 3, BLOCK])
def test_logits_agree_with_numpy(variant: str, length: int) -> None:
    config = small_model(**VARIANTS[variant], norm_eps=1e-3)
    weights = numpy_gpt.random_weights(config, VOCAB)
    ids = batch(length=length, n=2)[0].copy()
    expected = numpy_gpt.logits(config, weights, ids)
    found = _torch_logits(config, weights, ids)
    assert found.dtype == np.float32
    assert expected.std() > 0.5  # or agreement would prove little
    np.testing.assert_allclose(found, expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("length", [1, 5, BLOCK])
def test_evaluate_agrees_with_numpy(variant: str, length: int) -> None:
    # Dropout is on in the config: evaluation must leave it out.
    config = small_model(**VARIANTS[variant], dropout=0.5)
    weights = numpy_gpt.random_weights(config, VOCAB)
    session = small_session(config)
    session.load_weights(weights)
    inputs, targets = batch(length=length, n=3)
    total, tokens = session.evaluate(inputs, targets)
    assert isinstance(total, float)
    assert tokens == 3 * length
    expected = numpy_gpt.nll(config, weights, inputs, targets).sum()
    assert total == pytest.approx(expected, rel=1e-5)


def test_evaluate_reads_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    from ttgpt.engine.backends.torch_backend import loss as torch_loss

    session = small_session()
    inputs, targets = batch(n=7)
    whole = session.evaluate(inputs, targets)
    widest = 4 * 32
    monkeypatch.setattr(torch_loss, "_LARGEST_ACTIVATION", 2 * BLOCK * widest)
    sizes: list[int] = []
    real = torch_loss._flat_logits
    monkeypatch.setattr(
        torch_loss, "_flat_logits", lambda model, x: (sizes.append(len(x)), real(model, x))[1]
    )
    parts = session.evaluate(inputs, targets)
    assert sizes == [2, 2, 2, 1]
    assert parts == (pytest.approx(whole[0], rel=1e-6), whole[1])
