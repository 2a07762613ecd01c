"""Decoding with a cache gives what a full forward pass over the visible window gives."""

from __future__ import annotations

import numpy as np
import numpy_gpt
import pytest
from small_torch import BLOCK, VARIANTS, VOCAB, batch, small_model, small_session

_SEQUENCES = 3


def _visible(tokens: np.ndarray, prompt_length: int) -> np.ndarray:
    """What the contract says the model sees after these tokens, [n, t]."""
    start = max(0, prompt_length - BLOCK)
    for end in range(prompt_length + 1, tokens.shape[1] + 1):
        if end - start > BLOCK:
            start = end - BLOCK // 2
    return tokens[:, start:]


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("prompt_length", [1, 5, BLOCK, BLOCK + 6])
def test_every_position_equals_a_full_pass(variant: str, prompt_length: int) -> None:
    config = small_model(**VARIANTS[variant], dropout=0.3)
    weights = numpy_gpt.random_weights(config, VOCAB)
    session = small_session(config, training=False)
    session.load_weights(weights)
    # Long enough for two restarts.
    tokens = batch(n=_SEQUENCES, length=prompt_length + 2 * BLOCK)[0]
    decoder = session.decoder(tokens[:, :prompt_length])
    for end in range(prompt_length, tokens.shape[1]):
        found = decoder.logits()
        assert found.shape == (_SEQUENCES, VOCAB)
        assert found.dtype == np.float32
        expected = numpy_gpt.logits(config, weights, _visible(tokens[:, :end], prompt_length))
        np.testing.assert_allclose(found, expected[:, -1], atol=1e-4, rtol=0, err_msg=f"at {end}")
        decoder.append(tokens[:, end].tolist())


@pytest.mark.parametrize(
    ("block_size", "visible"),
    [
        (2, [[5], [5, 1], [2], [2, 3], [4]]),
        (3, [[5], [5, 1], [5, 1, 2], [3], [3, 4]]),
    ],
)
def test_smallest_blocks(block_size: int, visible: list[list[int]]) -> None:
    config = small_model(block_size=block_size)
    weights = numpy_gpt.random_weights(config, VOCAB)
    session = small_session(config)
    session.load_weights(weights)
    decoder = session.decoder(np.array([[5]]))
    for seen, following in zip(visible, [1, 2, 3, 4, 0], strict=True):
        expected = numpy_gpt.logits(config, weights, np.array([seen]))[0, -1]
        np.testing.assert_allclose(decoder.logits()[0], expected, atol=1e-4, rtol=0)
        decoder.append([following])


def test_logits_are_the_readers_own() -> None:
    decoder = small_session().decoder(batch()[0])
    first = decoder.logits()
    first[:] = np.nan
    assert np.isfinite(decoder.logits()).all()


def test_wrong_number_of_tokens_is_refused() -> None:
    decoder = small_session().decoder(batch(n=2)[0])
    with pytest.raises(ValueError, match="reshape"):
        decoder.append([1, 2, 3])
