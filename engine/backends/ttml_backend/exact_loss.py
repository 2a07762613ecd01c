"""Cross-entropy from logits on the host: the device's own loss is one bfloat16 number."""

from __future__ import annotations

import numpy as np

from .. import Tokens
from .inference import Inference


def summed_loss(inference: Inference, inputs: Tokens, targets: Tokens) -> tuple[float, int]:
    """Give the summed negative log-likelihood in nats, in float64, and the number of tokens.

    Args:
        inference: The network; its logits have no padding columns.
        inputs: [n, t].
        targets: [n, t].
    """
    total, rows = 0.0, inference.rows
    for start in range(0, len(inputs), rows):
        logits = inference.logits(inputs[start : start + rows], rows, shared=True)  # [n, t, V]
        scores = logits - logits.max(-1, keepdims=True)
        goals = np.take_along_axis(scores, targets[start : start + rows, :, None], -1)[..., 0]
        total += float((np.log(np.exp(scores).sum(-1)) - goals).sum(dtype=np.float64))
    return total, targets.size
