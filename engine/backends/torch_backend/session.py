"""A model with its optimizer on one PyTorch device."""

from __future__ import annotations

import dataclasses
import platform
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ... import canonical
from ...config import ModelConfig, TrainConfig
from ...errors import NotSupported
from .. import Description, MicroBatch, StepResult, Tokens, Weights
from ..fitting import check_fit
from ..initial_weights import initial_weights
from . import onednn
from .compiled import keep_compiled_in
from .compiling import Compiling
from .cpu_cores import usable_cores
from .decoder import TorchDecoder
from .flat import FlatParameters
from .kept_plan import KeptPlan, kept_plan
from .llama import Llama
from .loss import summed_loss
from .model import LanguageModel
from .nanogpt import NanoGPT
from .plan import Plan, choose, pass_timer, plans
from .runtime import REVISION, Runtime, pick_device
from .takeover import Takeover
from .training import Training
from .weights import fill, to_host


class TorchSession:
    """See `backends.Session`."""

    def __init__(
        self,
        model: LanguageModel,
        runtime: Runtime,
        training: Training | None = None,
        takeover: Takeover | None = None,
        note: str = "",
    ) -> None:
        self._open_model: LanguageModel | None = model
        self._runtime = runtime
        self._training, self._takeover = training, takeover
        self._note = note
        self._shapes = canonical.shapes(model.config, model.wte.num_embeddings)

    def train_step(self, micro_batches: Sequence[MicroBatch], lr: float) -> StepResult:
        """Do one optimizer step."""
        return self._trained.step(micro_batches, lr)

    def tune(self, seconds_left: float) -> str:
        """Switch to a compiled step where that is due."""
        return self._takeover.look(seconds_left) if self._takeover else ""

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
        if self._takeover and self._takeover.at is not None:
            numerics["compiled_from"] = self._takeover.at
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
        if self._takeover:
            self._takeover.close()
        self._open_model = self._training = self._takeover = None
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
        "onednn": runtime.device.type == "cpu" and onednn.is_faster_here(),
    }


def open_session(
    model_config: ModelConfig,
    train_config: TrainConfig,
    vocab_size: int,
    seed: int,
    numerics: dict[str, Any],
    training: bool,
    report: Callable[[str], None],
    measured: Path | None,
) -> TorchSession:
    """Build a model with fresh weights; the arguments are those of `backends.Backend.open`."""
    device = pick_device(train_config.device)
    network = NanoGPT if model_config.arch == "nanogpt" else Llama
    model = network(model_config, vocab_size).to(device)
    fill(dict(model.named_parameters()), initial_weights(model_config, vocab_size, seed))
    threads = int(numerics.get("threads") or train_config.threads or usable_cores())
    runtime = Runtime(device, threads, "float32")
    if not training:
        return TorchSession(model, runtime)
    if measured is not None:
        keep_compiled_in(measured)
    flat = FlatParameters(model)
    kept = kept_plan(measured, model_config, vocab_size, train_config, runtime)
    plan, note = _plan(model, flat, runtime, train_config, numerics, report, kept)
    runtime = dataclasses.replace(runtime, precision=plan.precision, threads=plan.threads)
    trained = Training(model, flat, train_config, seed, runtime)
    at, beside = _compiled_from(train_config, numerics, _host(runtime)), None
    if measured is not None and _may_switch(model_config, train_config, runtime):
        beside = partial(Compiling, model_config, train_config, vocab_size, plan, measured)
    takeover = Takeover(trained, at, beside, report)
    return TorchSession(model, runtime, trained, takeover, note)


def _may_switch(model: ModelConfig, config: TrainConfig, runtime: Runtime) -> bool:
    """Say whether the clock may decide; on a GPU nothing of it was ever measured.

    With dropout the compiled step was slower than the plain one (benchmarks/RESULTS.md).
    """
    may = config.compile == "auto" and not config.deterministic and not model.dropout
    return may and runtime.device.type == "cpu"


def _compiled_from(
    config: TrainConfig, numerics: dict[str, Any], here: dict[str, Any]
) -> int | None:
    """Give the step from which the passes are to be compiled, where that is settled.

    A run goes on as it began, also where its compiler failed; but not where its bits are lost in
    any case: then what was made for it elsewhere is not waited for.
    """
    if not numerics:
        return 0 if config.compile == "first" else None
    is_elsewhere = any(name in numerics and numerics[name] != here[name] for name in here)
    step: int | None = None if is_elsewhere else numerics.get("compiled_from")
    return step


def _plan(
    model: LanguageModel,
    flat: FlatParameters,
    runtime: Runtime,
    config: TrainConfig,
    numerics: dict[str, Any],
    report: Callable[[str], None],
    kept: KeptPlan,
) -> tuple[Plan, str]:
    """Take the plan that is asked for or known, else measure."""
    precision = str(numerics.get("precision") or config.precision)
    threads = int(numerics.get("threads") or config.threads or 0) or None
    if runtime.device.type != "cpu":
        threads = runtime.threads  # they only feed the device
    asked = plans(precision, threads, runtime.threads)
    if len(asked) == 1:
        return asked[0], ""
    known = kept.load()
    if known is not None:
        return known
    report("measuring what is fastest here")
    timer = pass_timer(model, flat, runtime)
    plan, note = choose(timer, asked, config.batch_size)
    kept.save(plan, note)
    return plan, note
