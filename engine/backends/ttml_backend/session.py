"""A network with its optimizers on Tenstorrent chips."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ... import canonical
from ...errors import NotSupported
from .. import Description, MicroBatch, StepResult, Tokens, Weights
from ..fitting import check_fit
from .card import card_name
from .decoder import TtmlDecoder
from .device import Device
from .exact_loss import summed_loss
from .inference import Inference
from .layout import Slot
from .moments import AdamWState
from .optimizers import PRECISIONS
from .tensors import weight_to_device, weight_to_host
from .training import Training
from .versions import versions

_NOT_RESTORED = "This ttml cannot restore AdamW's moments: a run that goes on starts them anew."
_MOMENTS = {"exp_avg": "first", "exp_avg_sq": "second"}


class TtmlSession:
    """See `backends.Session`."""

    def __init__(
        self,
        device: Device,
        model: Any,
        slots: Sequence[Slot],
        inference: Inference,
        training: Training | None,
        shapes: canonical.Shapes,
        mask: str,
    ) -> None:
        self._device: Device | None = device
        self._model, self._slots, self._shapes = model, slots, shapes
        self._inference, self._training = inference, training
        self._mask = mask

    def train_step(self, micro_batches: Sequence[MicroBatch], lr: float) -> StepResult:
        """Do one optimizer step."""
        return self._trained.step(micro_batches, lr)

    def evaluate(self, inputs: Tokens, targets: Tokens) -> tuple[float, int]:
        """Give the summed negative log-likelihood in nats and the number of tokens."""
        return summed_loss(self._inference, inputs, targets)

    def decoder(self, prompt_ids: Tokens) -> TtmlDecoder:
        """Start n sequences from prompts [n, t]."""
        return TtmlDecoder(self._inference, prompt_ids)

    def weights(self) -> Weights:
        """Copy the weights out, under canonical names; float32 where AdamW keeps them so."""
        masters = self._training.optimizers.masters() if self._training else {}
        return self._read(self._slots, masters)

    def norm_gains(self) -> Weights:
        """Copy the gains of the norms out, under canonical names, as the device has them."""
        return self._read([slot for slot in self._slots if slot.is_norm_gain], {})

    def load_weights(self, weights: Weights) -> None:
        """Replace the weights; moments start anew.

        Raises:
            DataError: A name is missing or too many, or a shape differs.
        """
        check_fit(weights, self._shapes, "The weights")
        packed = {slot.name: slot.pack(weights) for slot in self._slots}
        for name, tensor in self._parameters.items():
            tensor.assign(weight_to_device(packed[name]))
        if self._training is not None:
            self._training.begin(packed)

    def optimizer_state(self) -> Weights:
        """Copy the moments and the number of steps out."""
        kept = self._trained.optimizers.state()
        state: Weights = {"step": np.array([self._trained.steps], np.float32)}
        for moment, kind in _MOMENTS.items():
            for slot in self._trained_slots:
                found = slot.unpack(getattr(kept, kind)[slot.name])
                state |= {f"{moment}.{name}": array for name, array in found.items()}
        return state

    def load_optimizer_state(self, state: Weights) -> None:
        """Replace the moments and the number of steps; the moments only where this ttml can.

        Raises:
            DataError: A name is missing or too many, or a shape differs.
        """
        names = {f"{m}.{name}": shape for m in _MOMENTS for name, shape in self._shapes.items()}
        check_fit(state, {**names, "step": (1,)}, "The optimizer's moments")
        moments = [
            {
                s.name: s.pack({n: state[f"{m}.{n}"] for n, _ in s.parts})
                for s in self._trained_slots
            }
            for m in _MOMENTS
        ]
        self._trained.steps = int(state["step"][0])
        self._trained.optimizers.load_state(AdamWState(self._trained.steps, *moments))

    def describe(self) -> Description:
        """Say what this session runs on."""
        device, training = self._opened, self._training
        precision = PRECISIONS[training.optimizers.kind] if training else "bfloat16"
        restores = training is None or training.optimizers.restores
        found = versions()
        return Description(
            backend="ttml",
            device=card_name(device.chips),
            device_count=device.chips,
            dtype=precision,
            parameters=sum(int(np.prod(shape)) for shape in self._shapes.values()),
            numerics={
                "precision": precision,
                "mask": self._mask,
                "devices": device.chips,
                "device": "tenstorrent",
                "ttml": found["ttml"],
            },
            versions=found,
            note="" if restores else _NOT_RESTORED,
        )

    def close(self) -> None:
        """Let go of the device; the last session closes it. Calling it again does nothing."""
        device, self._device = self._device, None
        if device is None:
            return
        self._inference.close()
        if self._training is not None:
            self._training.close()
        self._model = self._training = None
        device.release()

    def _read(self, slots: Sequence[Slot], masters: Weights) -> Weights:
        found: Weights = {}
        for slot in slots:
            packed = masters.get(slot.name)
            if packed is None:
                packed = weight_to_host(self._parameters[slot.name], self._opened)
            found |= slot.unpack(packed)
        return {name: found[name] for name in self._shapes if name in found}

    @property
    def _opened(self) -> Device:
        if self._device is None:
            raise RuntimeError("the session is closed")
        return self._device

    @property
    def _parameters(self) -> dict[str, Any]:
        if self._model is None:
            raise RuntimeError("the session is closed")
        return dict(self._model.parameters().items())

    @property
    def _trained_slots(self) -> list[Slot]:
        return [slot for slot in self._slots if slot.parts]

    @property
    def _trained(self) -> Training:
        if self._training is None:
            raise NotSupported("This session cannot train.", "It has no optimizer, or is closed.")
        return self._training
