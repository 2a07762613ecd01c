"""One optimizer step, in the order that ttml wants.

Forward, loss, backward and a reset of the graph for each micro-batch; then the gradients are
averaged over the chips, clipped, and the optimizers step.
"""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import ttml

from ...config import TrainConfig
from .. import Floats, MicroBatch, StepResult
from .clipping import clip
from .deferred import DeferredMean
from .device import Device
from .layout import Slot
from .optimizers import Optimizers
from .replicas import check_gradients, check_weights
from .tensors import inputs_to_device, padding_mask, targets_to_device


class Training:
    """Trains a network.

    Args:
        model: The network.
        slots: Its parameters.
        mask: The attention mask, or None where that was found to be causal.
        config: How to train.
        vocab_size: Tokens, without padding.
        widths: S and V of the logits [B,1,S,V].
        seed: Of the dropout.
        device: Where it lies.
        report: Told before the first step, which compiles.
        precision: What the run began with, or empty.
    """

    def __init__(
        self,
        model: Any,
        slots: Sequence[Slot],
        mask: Any,
        config: TrainConfig,
        vocab_size: int,
        widths: tuple[int, int],
        seed: int,
        device: Device,
        report: Callable[[str], None],
        precision: str,
    ) -> None:
        self.steps = 0
        self._model, self._slots, self._mask, self._config = model, slots, mask, config
        self._vocab_size, self._seed, self._device = vocab_size, seed, device
        self._precision = precision
        self._made: Optimizers | None = None
        self._report, self._compiled = report, False
        self._unread: weakref.WeakSet[DeferredMean] = weakref.WeakSet()
        self._padding = None
        if widths[1] > vocab_size:
            # Columns that are no token must not count, nor learn.
            rows = config.batch_size // device.chips
            self._padding = padding_mask(rows, *widths, vocab_size)

    @property
    def optimizers(self) -> Optimizers:
        """What moves the parameters."""
        if self._made is None:
            raise RuntimeError("the session is closed, or has no weights yet")
        return self._made

    def begin(self, masters: Mapping[str, Floats]) -> None:
        """Start with weights that were just loaded: optimizers copy them when they are made.

        Args:
            masters: The same weights in float32, by ttml names.
        """
        self._made = Optimizers(
            self._model, self._slots, masters, self._config, self._device, self._precision
        )
        self.steps = 0

    def step(self, micro_batches: Sequence[MicroBatch], lr: float) -> StepResult:
        """Do one optimizer step; its numbers are read from the device when somebody asks."""
        if not self._compiled:
            self._report("compiling the first step")
        is_first, self._compiled = not self._compiled, True
        self._model.train()
        self._device.ctx.set_seed(_dropout_seed(self._seed, self.steps))
        self.optimizers.set_lr(lr)
        self.optimizers.zero_grad()
        share = 1 / len(micro_batches)
        losses = [self._add_gradient(batch, share) for batch in micro_batches]
        self._device.synchronise(self.optimizers.all)
        if is_first:
            check_gradients(self.optimizers.all, self._device)
        norm = clip(self.optimizers.trained, self._config.grad_clip or math.inf, self._device)
        self.optimizers.step()
        if is_first:
            check_weights(self.optimizers.all, lr, self._device)
        self.steps += 1
        return StepResult(loss=self._deferred(losses), grad_norm=self._deferred([norm]))

    def close(self) -> None:
        """Let go of everything on the device, numbers nobody read among it."""
        for number in self._unread:
            number.forget()
        self._model = self._mask = self._padding = self._made = None

    def _add_gradient(self, batch: MicroBatch, share: float) -> Any:
        """Add a micro-batch's share to the gradients and give its loss [1,1,1,1]."""
        inputs, targets = batch
        mapper = self._device.mapper
        x = inputs_to_device(inputs, self._vocab_size, mapper)
        y = targets_to_device(targets, self._vocab_size, mapper)
        logits = self._model(x, self._mask)
        if self._padding is not None:
            logits = ttml.ops.binary.add(logits, self._padding)
        loss = ttml.ops.loss.cross_entropy_loss(logits, y, ttml.ops.ReduceType.MEAN)
        scaled = ttml.ops.binary.mul(loss, share) if share < 1 else loss
        scaled.backward(False)
        self._device.ctx.reset_graph()
        return loss

    def _deferred(self, tensors: list[Any]) -> DeferredMean:
        number = DeferredMean(tensors, self._device)
        self._unread.add(number)
        return number


def _dropout_seed(seed: int, step: int) -> int:
    """Mix the run's seed and the step's number, so that a resumed run drops as the unbroken one."""
    return int(np.random.SeedSequence((seed, step)).generate_state(1, np.uint32)[0])
