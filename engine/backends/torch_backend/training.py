"""One optimizer step, and the optimizer's state."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from ... import canonical
from ...config import TrainConfig
from .. import MicroBatch, StepResult, Weights
from ..fitting import check_fit
from .adamw import AdamW
from .flat import FlatParameters
from .loss import LossFunction, mean_loss
from .model import LanguageModel
from .runtime import Runtime
from .weights import from_host, to_host

_MOMENTS = ("exp_avg", "exp_avg_sq")


class Training:
    """Both passes, clipping and AdamW over a model's parameters."""

    def __init__(
        self,
        model: LanguageModel,
        config: TrainConfig,
        seed: int,
        runtime: Runtime,
    ) -> None:
        self.loss: LossFunction = mean_loss
        """What both passes go through; a compiled one may take its place before the first step."""
        self.is_compiled = False
        self._model, self._config, self._seed, self._runtime = model, config, seed, runtime
        self._flat = FlatParameters(model, runtime.rounds_copies)
        self._adamw = AdamW(self._flat, config)
        self.steps = 0
        """Optimizer steps done."""

    def step(self, micro_batches: Sequence[MicroBatch], lr: float) -> StepResult:
        """Do one optimizer step; nothing here waits for the device.

        The micro-batches weigh the same, so the gradient is that of one batch of them all.
        """
        self._prepare_passes(self.steps)
        share = 1 / len(micro_batches)
        losses = [self._add_gradient(self.loss, batch, share) for batch in micro_batches]
        norm = self._clip()
        self._adamw.step(lr)
        self.steps += 1
        return StepResult(loss=torch.stack(losses).sum(), grad_norm=norm)

    def rehearse(self, loss: LossFunction) -> None:
        """Do both passes once over random tokens; no weight changes.

        The next step forgets the gradient that is left, and seeds its dropout anew.
        """
        size = (self._config.batch_size, self._model.config.block_size)
        rng = np.random.default_rng(0)
        # Two arrays: code that was compiled for one in both places would not do for a true batch.
        inputs, targets = (
            rng.integers(self._model.wte.num_embeddings, size=size) for _ in range(2)
        )
        self._prepare_passes(0)
        self._add_gradient(loss, (inputs, targets), 1.0)

    def state(self) -> Weights:
        """Copy the moments and the number of steps out."""
        found = {}
        for moment in _MOMENTS:
            views = self._flat.views(getattr(self._adamw, moment))
            found.update({f"{moment}.{name}": to_host(view) for name, view in views.items()})
        return {**found, "step": np.array([self.steps], np.float32)}

    def load_state(self, state: Weights) -> None:
        """Replace the moments and the number of steps.

        Raises:
            DataError: A name is missing or too many, or a shape differs.
        """
        views = self._flat.views(self._flat.values)
        expected: canonical.Shapes = {
            f"{moment}.{name}": tuple(view.shape)
            for moment in _MOMENTS
            for name, view in views.items()
        }
        check_fit(state, {**expected, "step": (1,)}, "The optimizer's moments")
        moments = {
            moment: self._flat.gather({n: from_host(state[f"{moment}.{n}"]) for n in views})
            for moment in _MOMENTS
        }
        self.steps = int(state["step"][0])
        self._adamw.load(self.steps, **moments)

    def _prepare_passes(self, step: int) -> None:
        self._runtime.claim_threads()
        if not self._model.training:
            self._model.train()
        self._runtime.seed(_dropout_seed(self._seed, step))
        self._flat.prepare_step()

    def _add_gradient(self, loss_of: LossFunction, batch: MicroBatch, share: float) -> Tensor:
        """Add a micro-batch's share to the gradients and give its share of the loss."""
        inputs, targets = (self._runtime.ids(tokens) for tokens in batch)
        with self._runtime.arithmetic():
            loss = loss_of(self._model, inputs, targets) * share
        loss.backward()  # type: ignore[no-untyped-call]
        self._flat.collect()
        return loss.detach()

    def _clip(self) -> Tensor:
        """Give the gradient's norm, then shorten the gradient to grad_clip."""
        norm: Tensor = torch.linalg.vector_norm(self._flat.gradient)
        if self._config.grad_clip:
            self._flat.gradient.mul_((self._config.grad_clip / (norm + 1e-6)).clamp(max=1.0))
        return norm


def _dropout_seed(seed: int, step: int) -> int:
    """Mix the run's seed and the step's number into the seed of the step's dropout.

    Drawn anew for each step, so a resumed run drops what the unbroken one would have, whatever was
    sampled or evaluated in between.
    """
    mixed = np.random.SeedSequence((seed, step)).generate_state(1, np.uint64)[0]
    return int(mixed >> np.uint64(1))  # some generators take 63 bits
