"""Cross-entropy: the mean that training descends, and the sum that evaluation reports."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch.nn.functional as F
from torch import Tensor

from .. import Tokens
from .model import LanguageModel
from .runtime import Runtime

LossFunction = Callable[[LanguageModel, Tensor, Tensor], Tensor]
"""From a model, inputs [B, T] and targets [B, T] to the mean loss with its graph."""

_LARGEST_ACTIVATION = 2**24
"""Numbers in the largest array of an evaluation pass (64 MiB)."""


def mean_loss(model: LanguageModel, inputs: Tensor, targets: Tensor) -> Tensor:
    """Give the mean cross-entropy in nats of ids [B, T], as one float32 number with its graph."""
    return F.cross_entropy(_flat_logits(model, inputs), targets.flatten())


def summed_loss(
    model: LanguageModel, runtime: Runtime, inputs: Tokens, targets: Tokens
) -> tuple[float, int]:
    """Give the summed cross-entropy in nats, added up in float64, and the number of tokens.

    Args:
        model: The network.
        runtime: Where it computes.
        inputs: [n, t]; read a few sequences at a time, so memory does not grow with n.
        targets: [n, t].
    """
    config = model.config
    widest = max(model.wte.num_embeddings, config.hidden, 3 * config.n_embd)
    rows = max(1, _LARGEST_ACTIVATION // (inputs.shape[1] * widest))
    total = 0.0
    with runtime.inference(model):
        for start in range(0, len(inputs), rows):
            part = slice(start, start + rows)
            logits = _flat_logits(model, runtime.ids(inputs[part]))
            goals = runtime.ids(targets[part]).flatten()
            losses = F.cross_entropy(logits, goals, reduction="none")
            # Summed on the host: not every device has float64.
            total += float(losses.cpu().numpy().sum(dtype=np.float64))
    return total, targets.size


def _flat_logits(model: LanguageModel, inputs: Tensor) -> Tensor:
    """Score ids [B, T] as float32 [B * T, V]."""
    return model.logits(model(inputs)).flatten(0, 1).float()
