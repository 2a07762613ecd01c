"""Fresh weights, drawn on the host under canonical names: the same on every device."""

from __future__ import annotations

import math

import numpy as np

from .. import canonical
from ..config import ModelConfig
from . import Weights

_SPREAD = 0.02
_RESIDUAL_PROJECTIONS = ("attn.proj.weight", "mlp.proj.weight", "mlp.down.weight")
_FINAL_NORMS = ("ln_f.weight", "norm_f.weight")


def initial_weights(config: ModelConfig, vocab_size: int, seed: int) -> Weights:
    """Draw fresh weights: matrices from normal(0, 0.02), norms one, biases zero.

    The projections back into the residual stream are scaled by 1 / sqrt(2 n_layer), after GPT-2
    (Radford et al., 2019, section 2.3). The final norm is below one where the model is wide for
    its vocabulary, so that an untrained model's loss is within 3 % of ln(vocab_size).

    Args:
        config: The network.
        vocab_size: Tokens in the vocabulary.
        seed: Decides every draw.
    """
    rng = np.random.Generator(np.random.PCG64(seed))
    weights: Weights = {}
    for name, shape in canonical.shapes(config, vocab_size).items():
        if len(shape) == 1:
            weights[name] = np.full(shape, _constant(name, config, vocab_size), np.float32)
        else:
            drawn = rng.standard_normal(shape, dtype=np.float32)
            weights[name] = drawn * np.float32(_spread(name, config))
    return weights


def _spread(name: str, config: ModelConfig) -> float:
    """Give the standard deviation of a matrix's fresh values."""
    if name.endswith(_RESIDUAL_PROJECTIONS):
        return _SPREAD / math.sqrt(2 * config.n_layer)
    return _SPREAD


def _constant(name: str, config: ModelConfig, vocab_size: int) -> float:
    """Give the fresh value of a bias or of a norm's weight."""
    if name.endswith(".bias"):
        return 0.0
    if name in _FINAL_NORMS:
        # Logits spread by the head's spread times the length of the normed state, sqrt(n_embd): a
        # wide model would be sure of itself before it has seen anything. Narrowing the head
        # instead would, where it is tied, drown the tokens in the positions.
        return min(1.0, 0.05 * math.log(vocab_size) / (_SPREAD * math.sqrt(config.n_embd)))
    return 1.0
