"""AdamW (Loshchilov & Hutter, 2019) over all parameters in one array.

Through PyTorch's functional form: its class `AdamW` loads the compiler, a second at every start.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.optim.adamw import adamw

from ...config import TrainConfig
from .flat import FlatParameters


class AdamW:
    """Two parts of the array: the matrices, which decay, and the rest.

    Attributes:
        exp_avg: Mean of the gradients, float32 [P].
        exp_avg_sq: Mean of their squares, float32 [P].
    """

    def __init__(self, flat: FlatParameters, config: TrainConfig) -> None:
        self._flat, self._config = flat, config
        self._parts = (
            (slice(0, flat.decayed), config.weight_decay),
            (slice(flat.decayed, None), 0.0),
        )
        self.load(0, torch.zeros_like(flat.values), torch.zeros_like(flat.values))

    def load(self, steps: int, exp_avg: Tensor, exp_avg_sq: Tensor) -> None:
        """Replace the moments [P] and the number of steps that they rest on."""
        self.exp_avg, self.exp_avg_sq = exp_avg, exp_avg_sq
        # On the device, one for each part: the kernel reads and counts them there.
        self._steps = [torch.tensor(float(steps), device=exp_avg.device) for _ in self._parts]

    def step(self, lr: float) -> None:
        """Move the parameters by the gradient that is there."""
        flat, config = self._flat, self._config
        for (part, weight_decay), steps in zip(self._parts, self._steps, strict=True):
            adamw(
                [flat.values[part]],
                [flat.gradient[part]],
                [self.exp_avg[part]],
                [self.exp_avg_sq[part]],
                [],  # of AMSGrad
                [steps],
                fused=True,
                amsgrad=False,
                beta1=config.beta1,
                beta2=config.beta2,
                lr=lr,
                weight_decay=weight_decay,
                eps=config.adam_eps,
                maximize=False,
            )
