"""A model with its optimizer on one PyTorch device."""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ... import canonical
from ...config import ModelConfig, TrainConfig
from ...errors import NotSupported
from ...host.processor import usable_cores
from .. import Description, MicroBatch, StepResult, Tokens, Weights
from ..fitting import check_fit
from ..initial_weights import initial_weights
from .compiled import compile_passes, keep_compiled_in
from .decoder import TorchDecoder
from .llama import Llama
from .loss import summed_loss
from .model import LanguageModel
from .nanogpt import NanoGPT
from .runtime import REVISION, Runtime, pick_device, precision_for, threads_for
from .training import Training
from .weights import fill, to_host


class TorchSession:
    """See `backends.Session`."""

    def __init__(
        self,
        model: LanguageModel,
        runtime: Runtime,
        training: Training | None = None,
        note: str = "",
    ) -> None:
        self._open_model: LanguageModel | None = model
        self._runtime = runtime
        self._training = training
        self._note = note
        self._shapes = canonical.shapes(model.config, model.wte.num_embeddings)

    def train_step(self, micro_batches: Sequence[MicroBatch], lr: float) -> StepResult:
        """Do one optimizer step."""
        return self._trained.step(micro_batches, lr)

    def evaluate(self, inputs: Tokens, targets: Tokens) -> tuple[float, int]:
        """Give the summed negative log-likelihood in nats and the number of tokens."""
        return summed_loss(self._model, self._runtime, inputs, targets)

    def decoder(self, prompt_ids: Tokens) -> TorchDecoder:
        """Start n sequences from prompts [n, t]."""
        return TorchDecoder(self._model, self._runtime, prompt_ids)

    def weights(self) -> Weights:
        """Copy the weights out, under canonical names."""
        parameters = dict(self._model.named_parameters())
        return {name: to_host(parameters[name]) for name in self._shapes}

    def load_weights(self, weights: Weights) -> None:
        """Replace the weights.

        Raises:
            DataError: A name is missing or too many, or a shape differs.
        """
        check_fit(weights, self._shapes, "The weights")
        fill(dict(self._model.named_parameters()), weights)

    def norm_gains(self) -> Weights:
        """Copy the gains of the norms out, under canonical names."""
        parameters = dict(self._model.named_parameters())
        return {name: to_host(parameters[name]) for name in canonical.norm_gains(self._shapes)}

    def optimizer_state(self) -> Weights:
        """Copy the moments and the number of steps out."""
        return self._trained.state()

    def load_optimizer_state(self, state: Weights) -> None:
        """Replace the moments and the number of steps.

        Raises:
            DataError: A name is missing or too many, or a shape differs.
        """
        self._trained.load_state(state)

    def describe(self) -> Description:
        """Say what this session runs on."""
        runtime = self._runtime
        numerics = {
            "precision": runtime.precision,
            "threads": runtime.threads,
            **_host(runtime),
        }
        if self._training and self._training.is_compiled:
            numerics["compiled_from"] = 0  # steps done; in runs of before, it could be later
        return Description(
            backend="torch",
            device=runtime.device_name,
            device_count=1,
            dtype=runtime.precision,
            parameters=sum(p.numel() for p in self._model.parameters()),
            numerics=numerics,
            versions={
                "python": platform.python_version(),
                "torch": torch.__version__,
                "numpy": np.__version__,
            },
            note=self._note,
        )

    def close(self) -> None:
        """Let go of the device. Calling it again does nothing."""
        self._open_model = self._training = None
        if self._runtime.device.type == "cuda":
            torch.cuda.empty_cache()

    @property
    def _model(self) -> LanguageModel:
        if self._open_model is None:
            raise RuntimeError("the session is closed")
        return self._open_model

    @property
    def _trained(self) -> Training:
        if self._training is None:
            raise NotSupported("This session cannot train.", "It has no optimizer, or is closed.")
        return self._training


def _host(runtime: Runtime) -> dict[str, Any]:
    """Give what decides how sums are split and rounded, besides precision and threads."""
    return {
        "torch": torch.__version__,
        "revision": REVISION,
        "device": runtime.device.type,
        "device_name": runtime.device_name,
        "cpu": torch.backends.cpu.get_cpu_capability(),
    }


def open_session(
    model_config: ModelConfig,
    train_config: TrainConfig,
    vocab_size: int,
    seed: int,
    numerics: dict[str, Any],
    training: bool,
    report: Callable[[str], None],
    cache: Path | None,
) -> TorchSession:
    """Build a model with fresh weights; the arguments are those of `backends.Backend.open`."""
    device = pick_device(train_config.device)
    network = NanoGPT if model_config.arch == "nanogpt" else Llama
    model = network(model_config, vocab_size).to(device)
    fill(dict(model.named_parameters()), initial_weights(model_config, vocab_size, seed))
    threads = int(numerics.get("threads") or train_config.threads or 0)
    if not training:
        return TorchSession(model, Runtime(device, threads or usable_cores(), "float32"))
    if not threads:
        threads = usable_cores()
        if device.type == "cpu":  # elsewhere they only feed the device
            threads = threads_for(model_config, train_config, vocab_size, threads)
    precision = numerics.get("precision") or precision_for(train_config.precision, device)
    runtime = Runtime(device, threads, str(precision))
    trained = Training(model, train_config, seed, runtime)
    note = _compile(trained, report, cache) if train_config.compile == "first" else ""
    return TorchSession(model, runtime, trained, note)


def _compile(training: Training, report: Callable[[str], None], cache: Path | None) -> str:
    """Compile the step, and say so; a compiler that fails costs no more than a sentence."""
    report("compiling the training step")
    if cache is not None:
        keep_compiled_in(cache)
    try:
        compile_passes(training)
    except Exception as error:
        first_line = str(error).strip().partition("\n")[0].rstrip(".")
        return f"The step is not compiled: {type(error).__name__}: {first_line}."
    return "The step is compiled."
