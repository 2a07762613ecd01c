"""All parameters of a model in one array, and their gradients in another.

An optimizer step, a norm or a rounding is then one pass over memory instead of a call for each of
dozens of small tensors, which is what a small model spends its time on.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate
from typing import NamedTuple

import torch
from torch import Tensor

from .linear import Linear
from .model import LanguageModel

_PART = 2**19
"""Numbers added at once."""


class _Rounded(NamedTuple):
    """The matrices in bfloat16, and the gradient that they get; both [decayed]."""

    values: Tensor
    gradient: Tensor


class FlatParameters:
    """Moves a model's parameters into one array; they become views of it.

    Args:
        model: Whose parameters they are.
        rounded: Whether its products take weights rounded to bfloat16.

    Attributes:
        values: float32 [P]: first the matrices, which decay, then norms and biases.
        gradient: float32 [P], in the same order; backward passes add to it.
        decayed: How many of the P belong to matrices.
    """

    def __init__(self, model: LanguageModel, rounded: bool) -> None:
        # Decay pulls matrices to zero; norms and biases have no scale that it should shrink.
        self._named = dict(sorted(model.named_parameters(), key=lambda item: item[1].ndim < 2))
        sizes = [p.numel() for p in self._named.values()]
        self._ends = dict(zip(self._named, accumulate(sizes), strict=True))
        self.decayed = sum(p.numel() for p in self._named.values() if p.ndim >= 2)
        self.values = torch.cat([p.detach().flatten() for p in self._named.values()])
        self.gradient = torch.zeros_like(self.values)
        gradients = self.views(self.gradient)
        for name, view in self.views(self.values).items():
            self._named[name].data = view
            self._named[name].grad = gradients[name]
        self._rounded = self._round_for(model) if rounded else None

    def views(self, flat: Tensor) -> dict[str, Tensor]:
        """Cut an array [P], or the matrices' part of one, into the parameters' shapes, by name."""
        return {
            name: flat[self._ends[name] - p.numel() : self._ends[name]].view(p.shape)
            for name, p in self._named.items()
            if self._ends[name] <= len(flat)
        }

    def gather(self, arrays: Mapping[str, Tensor]) -> Tensor:
        """Put arrays of the parameters' shapes into one [P]."""
        return torch.cat([arrays[name].flatten() for name in self._named]).to(self.values)

    def prepare_step(self) -> None:
        """Forget the last step's gradient, and round the weights it has changed."""
        self.gradient.zero_()
        if self._rounded is not None:
            self._rounded.values.copy_(self.values[: self.decayed])
            self._rounded.gradient.zero_()  # a pass that failed half-way was not collected

    def collect(self) -> None:
        """Add what a backward pass left at the rounded weights to the gradient."""
        if self._rounded is None:
            return
        gradient = self._rounded.gradient
        # In parts: PyTorch widens what it adds in memory of its own, and fresh memory is slow.
        wholes = torch.split(self.gradient[: self.decayed], _PART)
        for whole, rounded in zip(wholes, torch.split(gradient, _PART), strict=True):
            whole.add_(rounded)
        gradient.zero_()

    def _round_for(self, model: LanguageModel) -> _Rounded:
        """Make the rounded weights, and let the model's products use them."""
        values = self.values[: self.decayed].to(torch.bfloat16)
        rounded = _Rounded(values, torch.zeros_like(values))
        views = self.views(values)
        for name, gradient in self.views(rounded.gradient).items():
            views[name].requires_grad_().grad = gradient
        for name, layer in model.named_modules():
            if isinstance(layer, Linear):
                layer.rounded = views[f"{name}.weight"]
        model.rounded_head = views["wte.weight"]
        return rounded
