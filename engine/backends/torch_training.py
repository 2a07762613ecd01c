"""One optimizer step, and the optimizer's state."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from .. import canonical
from ..config import TrainConfig
from . import Floats, MicroBatch, StepResult, Weights
from .torch_loss import mean_loss
from .torch_model import LanguageModel
from .torch_runtime import Runtime
from .torch_weights import check, from_host, to_host

_MOMENTS = ("exp_avg", "exp_avg_sq")


class Training:
    """AdamW (Loshchilov & Hutter, 2019) over a model's parameters."""

    def __init__(
        self, model: LanguageModel, config: TrainConfig, seed: int, runtime: Runtime
    ) -> None:
        self._model, self._config, self._seed, self._runtime = model, config, seed, runtime
        named = dict(model.named_parameters())
        # Decay pulls matrices to zero; norms and biases have no scale that it should shrink.
        self._decayed = {name: p for name, p in named.items() if p.ndim >= 2}
        self._others = {name: p for name, p in named.items() if p.ndim < 2}
        self._named = {**self._decayed, **self._others}
        self._optimizer = self._make_optimizer()
        self._steps = 0
        self._put(0, {name: np.zeros(p.shape, np.float32) for name, p in self._moment_owners()})

    def step(self, micro_batches: Sequence[MicroBatch], lr: float) -> StepResult:
        """Do one optimizer step; nothing here waits for the device.

        The micro-batches weigh the same, so the gradient is that of one batch of them all.
        """
        self._runtime.claim_threads()
        self._model.train()
        torch.manual_seed(_dropout_seed(self._seed, self._steps))
        share = 1 / len(micro_batches)
        losses = [self._add_gradient(batch, share) for batch in micro_batches]
        norm = self._clip()
        for group in self._optimizer.param_groups:
            group["lr"] = lr
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        self._steps += 1
        return StepResult(loss=torch.stack(losses).sum(), grad_norm=norm)

    def state(self) -> Weights:
        """Copy the moments and the number of steps out."""
        moments = {
            name: to_host(self._optimizer.state[p][name.partition(".")[0]])
            for name, p in self._moment_owners()
        }
        return {**moments, "step": np.array([self._steps], np.float32)}

    def load_state(self, state: Weights) -> None:
        """Replace the moments and the number of steps.

        Raises:
            DataError: A name is missing or too many, or a shape differs.
        """
        expected: canonical.Shapes = {n: tuple(p.shape) for n, p in self._moment_owners()}
        check(state, {**expected, "step": (1,)}, "The optimizer's moments")
        self._put(int(state["step"][0]), state)

    def _add_gradient(self, batch: MicroBatch, share: float) -> Tensor:
        """Add a micro-batch's share to the gradients and give its share of the loss."""
        inputs, targets = (self._runtime.ids(tokens) for tokens in batch)
        with self._runtime.arithmetic():
            loss = mean_loss(self._model, inputs, targets) * share
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.detach()

    def _clip(self) -> Tensor:
        """Give the gradient's norm, then shorten the gradient to grad_clip."""
        longest = self._config.grad_clip or math.inf
        return nn.utils.clip_grad_norm_(self._named.values(), longest)

    def _make_optimizer(self) -> torch.optim.AdamW:
        config = self._config
        groups = [
            {"params": list(self._decayed.values()), "weight_decay": config.weight_decay},
            {"params": list(self._others.values()), "weight_decay": 0.0},
        ]
        kwargs: dict[str, Any] = {"betas": (config.beta1, config.beta2), "eps": config.adam_eps}
        try:
            return torch.optim.AdamW(groups, lr=0.0, fused=True, **kwargs)
        except RuntimeError:  # no fused kernel for this device
            return torch.optim.AdamW(groups, lr=0.0, **kwargs)

    def _moment_owners(self) -> list[tuple[str, Tensor]]:
        """Give each moment's name in a checkpoint, with its parameter."""
        return [(f"{m}.{name}", p) for m in _MOMENTS for name, p in self._named.items()]

    def _put(self, steps: int, moments: Weights) -> None:
        """Fill the optimizer's state, its own way: by the parameters' numbers."""
        entries = {i: _entry(steps, moments, name) for i, name in enumerate(self._named)}
        groups = self._optimizer.state_dict()["param_groups"]
        self._optimizer.load_state_dict({"state": entries, "param_groups": groups})
        self._steps = steps


def _entry(steps: int, moments: dict[str, Floats], name: str) -> dict[str, Tensor]:
    """Give one parameter's state as AdamW keeps it."""
    kept = {moment: from_host(moments[f"{moment}.{name}"]) for moment in _MOMENTS}
    return {"step": torch.tensor(float(steps)), **kept}


def _dropout_seed(seed: int, step: int) -> int:
    """Mix the run's seed and the step's number into the seed of the step's dropout.

    Drawn anew for each step, so a resumed run drops what the unbroken one would have, whatever was
    sampled or evaluated in between.
    """
    mixed = np.random.SeedSequence((seed, step)).generate_state(1, np.uint64)[0]
    return int(mixed >> np.uint64(1))  # some generators take 63 bits
