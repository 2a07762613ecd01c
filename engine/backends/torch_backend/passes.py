"""The forward and the backward pass over one micro-batch."""

from __future__ import annotations

from torch import Tensor

from .flat import FlatParameters
from .loss import LossFunction
from .model import LanguageModel
from .runtime import Runtime


def add_gradient(
    loss_of: LossFunction,
    model: LanguageModel,
    flat: FlatParameters,
    runtime: Runtime,
    inputs: Tensor,
    targets: Tensor,
    share: float = 1.0,
) -> Tensor:
    """Add a share of the gradient over ids [B, T] to `flat.gradient`.

    Returns:
        That share of the mean loss, in nats per token.
    """
    with runtime.arithmetic():
        loss = loss_of(model, inputs, targets) * share
    loss.backward()  # type: ignore[no-untyped-call]
    flat.collect()
    return loss.detach()
