"""Where and in which arithmetic a session computes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ...config import ModelConfig, TrainConfig
from ...errors import EnvironmentNotReady
from ...estimate import flops_per_token
from ...host.processor import bfloat16_flag
from .. import Tokens

REVISION = 2
"""Of this backend's own arithmetic; to be raised by whatever changes the bits of a step."""

_FLOPS_A_THREAD = 2e9
"""Work of a micro-batch for which a thread is worth waking, in floating-point operations. On two
cores, two threads gained nothing with 0.7e9 and a third with 4e9 (benchmarks/RESULTS.md)."""


def pick_device(asked: str) -> torch.device:
    """Choose the device: the one asked for, or for `auto` CUDA, then MPS, then the CPU.

    Raises:
        EnvironmentNotReady: The asked device is not there.
    """
    ready = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if asked == "auto":
        return torch.device(next(name for name, there in ready.items() if there))
    if not ready[asked]:
        raise EnvironmentNotReady(
            f"PyTorch finds no {asked} device here.",
            f"train.device asks for {asked}, and PyTorch {torch.__version__} cannot use one.",
            "Set train.device to auto or cpu.",
        )
    return torch.device(asked)


def precision_for(asked: str, device: torch.device) -> str:
    """Resolve `auto`: bfloat16 where the device multiplies it natively, elsewhere float32."""
    if asked != "auto":
        return asked
    return "bfloat16" if _multiplies_bfloat16(device) else "float32"


def threads_for(model: ModelConfig, train: TrainConfig, vocab_size: int, cores: int) -> int:
    """Give the threads of a training step on a CPU: as many as its work keeps busy.

    Of the configuration and the host alone, never of its load: threads decide how sums are split,
    so equal commands must get equal ones.
    """
    tokens = train.batch_size * model.block_size
    work = flops_per_token(model, vocab_size) * tokens
    return max(1, min(cores, round(work / _FLOPS_A_THREAD)))


def _multiplies_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    # On Apple's processors PyTorch has no kernels for it.
    is_used = device.type == "cpu" and torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    return is_used and bool(bfloat16_flag())


@dataclass(frozen=True)
class Runtime:
    """A device, the CPU threads and the precision of the forward and backward pass."""

    device: torch.device
    threads: int
    precision: str

    @property
    def device_name(self) -> str:
        """Name the device for a person."""
        if self.device.type == "cuda":
            return torch.cuda.get_device_name(self.device)
        return self.device.type

    def ids(self, tokens: Tokens) -> Tensor:
        """Copy token ids to the device."""
        host = torch.tensor(tokens, dtype=torch.long)
        if self.device.type != "cuda":
            return host.to(self.device)
        # From pinned memory the copy joins the queue, and the host need not wait for it.
        return host.pin_memory().to(self.device, non_blocking=True)

    def claim_threads(self) -> None:
        """Set the process's thread count, which another session may have changed.

        It decides how sums are split, so a training step must always run with its own.
        """
        if torch.get_num_threads() != self.threads:
            torch.set_num_threads(self.threads)

    def seed(self, seed: int) -> None:
        """Seed what draws the dropout, for a number of 63 bits."""
        if self.device.type == "cpu":
            # `torch.manual_seed` also walks the stack for GPUs that were not woken yet.
            torch.default_generator.manual_seed(seed)
        else:
            torch.manual_seed(seed)

    @property
    def rounds_copies(self) -> bool:
        """Whether bfloat16 means copies rounded once a step; elsewhere it is autocast."""
        return self.precision == "bfloat16" and self.device.type == "cpu"

    def arithmetic(self) -> torch.autocast:
        """Give the context of a forward pass in training.

        Weights stay float32; with bfloat16 the matrix products take copies rounded to it.
        """
        on = self.precision == "bfloat16" and not self.rounds_copies
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=on)

    @contextmanager
    def inference(self, model: nn.Module) -> Iterator[None]:
        """Compute in float32, without dropout and without a graph."""
        self.claim_threads()
        if model.training:
            model.eval()
        with torch.inference_mode():
            yield
