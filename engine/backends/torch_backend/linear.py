"""Linear layers whose products, in training, may be in bfloat16.

PyTorch's autocast rounds a weight each time it is used and keeps a graph node for it. Here all
weights are rounded once a step (see `flat`), and one autograd function does the rest.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Linear(nn.Linear):
    """`nn.Linear`; in training with bfloat16 it multiplies by `rounded`."""

    rounded: Tensor | None = None
    """The weight in bfloat16, [out, in], kept up to date by its owner."""

    def forward(self, x: Tensor) -> Tensor:
        """Take [..., in] to [..., out], in bfloat16 where that is in use."""
        return product(x, self.weight, self.bias, self.rounded if self.training else None)


def product(x: Tensor, weight: Tensor, bias: Tensor | None, rounded: Tensor | None) -> Tensor:
    """Give x @ weight.T + bias, with `rounded` in the weight's place if it is there.

    Args:
        x: [..., in].
        weight: [out, in], float32; it gets the gradient, in float32.
        bias: [out], or None.
        rounded: The weight in bfloat16, or None; the result is then in bfloat16.
    """
    if rounded is None:
        return F.linear(x, weight, bias)
    made: Tensor = _RoundedProduct.apply(x, weight, bias, rounded)  # type: ignore[no-untyped-call]
    return made


class _RoundedProduct(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, rounded: Tensor
    ) -> Tensor:
        rows = x.reshape(-1, x.shape[-1]).to(rounded.dtype)  # [B * T, in]
        ctx.save_for_backward(rows, rounded)
        ctx.shape, ctx.dtype, ctx.has_bias = x.shape, x.dtype, bias is not None
        bias = None if bias is None else bias.to(rounded.dtype)
        return F.linear(rows, rounded, bias).view(*x.shape[:-1], -1)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        rows, rounded = ctx.saved_tensors
        (grad,) = grads
        flat = grad.reshape(-1, grad.shape[-1]).to(rounded.dtype)  # [B * T, out]
        to_x = (flat @ rounded).view(ctx.shape).to(ctx.dtype)
        to_bias = grad.reshape(flat.shape).float().sum(0) if ctx.has_bias else None
        return to_x, (flat.t() @ rows).float(), to_bias, None
