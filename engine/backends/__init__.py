"""What a backend must offer; everything above this border is written once.

Arrays that cross it are numpy. Weights cross it under canonical names (see `canonical`), so a
checkpoint moves between backends.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, SupportsFloat

import numpy as np
import numpy.typing as npt

from ..config import ModelConfig, TrainConfig
from ..errors import UsageError, nearest

Tokens = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Weights = dict[str, Floats]
MicroBatch = tuple[Tokens, Tokens]
"""Inputs and targets, each [batch_size, block_size]; targets are inputs shifted by one."""


@dataclass(frozen=True)
class Availability:
    """Whether a backend can run here, found without its heavy import."""

    ok: bool
    device: str
    reason: str = ""
    next_step: str = ""


@dataclass(frozen=True)
class StepResult:
    """What one optimizer step found; reading a number may wait for the device."""

    loss: SupportsFloat
    """Mean cross-entropy over the step's micro-batches, in nats per token."""
    grad_norm: SupportsFloat
    """L2 norm of the gradient before clipping."""


@dataclass(frozen=True)
class Description:
    """What a session runs on."""

    backend: str
    device: str
    device_count: int
    dtype: str
    parameters: int
    numerics: dict[str, Any]
    """Whatever changes rounding. Handed back to `open` on resume."""
    versions: dict[str, str]
    note: str = ""


class Decoder(Protocol):
    """Writes one batch of sequences token by token."""

    def logits(self) -> Floats:
        """Give the next token's logits, [n, vocab_size]."""

    def append(self, ids: Sequence[int]) -> None:
        """Append one token to each of the n sequences."""


class Session(Protocol):
    """One model, with its optimizer, on one device."""

    def train_step(self, micro_batches: Sequence[MicroBatch], lr: float) -> StepResult:
        """Do one optimizer step."""

    def evaluate(self, inputs: Tokens, targets: Tokens) -> tuple[float, int]:
        """Give the summed negative log-likelihood in nats (float64) and the number of tokens.

        Inputs and targets are [n, t] with t at most block_size. Dropout is off.
        """

    def decoder(self, prompt_ids: Tokens) -> Decoder:
        """Start n sequences from prompts of equal length, [n, t] with t at least 1.

        Only the last block_size tokens of a longer prompt are seen. Past the block the window
        restarts on the last block_size // 2 tokens, so the cost of a token stays bounded.
        """

    def weights(self) -> Weights:
        """Copy the weights out, under canonical names, as float32."""

    def load_weights(self, weights: Weights) -> None:
        """Replace the weights.

        Raises:
            DataError: A name is missing or too many, or a shape differs.
        """

    def norm_gains(self) -> Weights:
        """Copy the gains of the norms out, under canonical names: a small part of the weights."""

    def optimizer_state(self) -> Weights:
        """Copy the moments (`exp_avg.NAME`, `exp_avg_sq.NAME`) and `step` (one number) out."""

    def load_optimizer_state(self, state: Weights) -> None:
        """Replace what `optimizer_state` gave."""

    def describe(self) -> Description:
        """Say what this session runs on."""

    def close(self) -> None:
        """Let go of the device. Calling it again does nothing."""


class Backend(Protocol):
    """A way to compute; one module of this package each."""

    name: str

    def probe(self, device: str = "auto") -> Availability:
        """Say whether this backend can run here, cheaply and without its heavy import."""

    def device(self, wanted: str = "auto") -> str:
        """Name the device that `open` will take, such as `cpu` or `cuda:0`, without opening it.

        Raises:
            EnvironmentNotReady: The backend or the asked device is not there.
        """

    def check(self, model: ModelConfig, train: TrainConfig, vocab_size: int) -> None:
        """Refuse a training run that this backend cannot compute, before a device is touched.

        Raises:
            UsageError: A field has a value that does not work; gives the nearest that does.
        """

    def open(
        self,
        model_config: ModelConfig,
        train_config: TrainConfig,
        vocab_size: int,
        seed: int,
        *,
        numerics: dict[str, Any] | None = None,
        training: bool = True,
        report: Callable[[str], None] = lambda what: None,
        cache: Path | None = None,
    ) -> Session:
        """Build a model on the device with fresh weights.

        Args:
            model_config: The network.
            train_config: Optimizer, precision, device.
            vocab_size: Tokens in the vocabulary, unpadded.
            seed: Decides the fresh weights and the dropout.
            numerics: What `Description.numerics` said when the run began: taken as it is, so that
                a resumed run rounds as before. None chooses, by the configuration and the host
                alone.
            training: False leaves out the optimizer, for generation only.
            report: Called with a few words when something slow begins (compiling, opening).
            cache: Folder in which compiled code is kept for the next run.

        Raises:
            EnvironmentNotReady: The backend or the asked device is not there.
        """


BACKENDS = {"torch": "torch_backend", "ttml": "ttml_backend"}
"""Names to modules of this package; each module has an object `BACKEND`."""


def get(name: str) -> Backend:
    """Import a backend by name; `auto` is the card where one is ready, and PyTorch elsewhere.

    Raises:
        UsageError: There is no such backend.
    """
    if name == "auto":
        card = _load("ttml")
        return card if card.probe().ok else _load("torch")
    if name not in BACKENDS:
        raise UsageError(f"Unknown backend {name!r}.", "", nearest(name, [*BACKENDS, "auto"]))
    return _load(name)


def _load(name: str) -> Backend:
    module = importlib.import_module(f".{BACKENDS[name]}", __package__)
    backend: Backend = module.BACKEND
    return backend
