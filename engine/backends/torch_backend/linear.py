"""Linear layers: products in float32, or in training in bfloat16.

PyTorch's autocast rounds a weight each time it is used and keeps a graph node for it. Here all
weights are rounded once a step, and their gradients gathered once a pass (see `flat`).
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn


class Linear(nn.Linear):
    """`nn.Linear`; in training with bfloat16 it multiplies by `rounded`."""

    rounded: Tensor | None = None
    """The weight in bfloat16, [out, in], kept up to date by its owner; it gets the gradient."""

    def forward(self, x: Tensor) -> Tensor:
        """Take [..., in] to [..., out], in bfloat16 where that is in use."""
        return product(x, self.weight, self.bias, self.rounded if self.training else None)


def product(x: Tensor, weight: Tensor, bias: Tensor | None, rounded: Tensor | None) -> Tensor:
    """Give x @ weight.T + bias, with `rounded` in the weight's place if it is there.

    Args:
        x: [..., in].
        weight: [out, in], float32.
        bias: [out], float32, or None.
        rounded: The weight in bfloat16, or None; the result is then in bfloat16.
    """
    if rounded is None:
        return F.linear(x, weight, bias)
    return F.linear(x.to(rounded.dtype), rounded, None if bias is None else bias.to(rounded.dtype))
