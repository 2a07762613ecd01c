"""Training and generation with PyTorch, on a CPU or a GPU.

This module imports no PyTorch until a session opens, so asking whether it is there costs nothing.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...config import ModelConfig, TrainConfig
from ...errors import EnvironmentNotReady, UsageError
from .. import Availability, Session

_INSTALL = "Install it: pip install torch"


class TorchBackend:
    """See `backends.Backend`."""

    name = "torch"

    def probe(self, device: str = "auto") -> Availability:
        """Say whether PyTorch is installed; whether a GPU answers shows only when one opens."""
        if importlib.util.find_spec("torch") is None:
            return Availability(False, device, "PyTorch is not installed.", _INSTALL)
        version = importlib.metadata.version("torch")
        cpu_only = version.endswith("+cpu")
        if cpu_only and device not in ("auto", "cpu"):
            reason = f"PyTorch {version} is built for the CPU only."
            return Availability(False, device, reason, "Set train.device to auto or cpu.")
        return Availability(True, "cpu" if cpu_only else device, f"PyTorch {version}")

    def device(self, wanted: str = "auto") -> str:
        """Name the device that `open` takes, such as `cpu` or `cuda:0`.

        Raises:
            EnvironmentNotReady: PyTorch or the asked device is not there.
        """
        _check_installed()
        from .runtime import pick_device

        return str(pick_device(wanted))

    def check(self, model: ModelConfig, train: TrainConfig, vocab_size: int) -> None:
        """Refuse several devices.

        Raises:
            UsageError: They are asked for.
        """
        if train.devices > 1:
            raise UsageError(
                f"train.devices is {train.devices}.",
                "PyTorch trains on one device here; only ttml shares a batch between chips.",
                "Set train.devices to 1.",
            )

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
        """Build a model with fresh weights; see `backends.Backend.open`.

        Raises:
            EnvironmentNotReady: PyTorch or the asked device is not there.
        """
        _check_installed()
        try:
            from .session import open_session
        except (ImportError, OSError) as error:
            raise EnvironmentNotReady(
                "PyTorch is installed but does not load.", str(error), "Install it anew."
            ) from error
        return open_session(
            model_config, train_config, vocab_size, seed, numerics or {}, training, report, cache
        )


def _check_installed() -> None:
    if importlib.util.find_spec("torch") is None:
        why = "This backend computes with it."
        raise EnvironmentNotReady("PyTorch is not installed.", why, _INSTALL)


BACKEND = TorchBackend()
