"""Both passes through PyTorch's compiler."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

import torch

from .loss import LossFunction, mean_loss
from .training import Training


def keep_compiled_in(folder: Path) -> None:
    """Choose where compiled code is kept for the next time, unless the environment says where.

    PyTorch's own place has a known name in /tmp: on a shared host another user could have laid code
    there for this one to run. It settles on it as soon as the compiler is loaded.
    """
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(folder))


def compile_passes(training: Training) -> None:
    """Compile both passes for the shape of a micro-batch, by doing them once.

    Raises:
        Exception: The compiler, its C++ and its driver may fail in any way.
    """
    # Dropout then draws as it does uncompiled.
    options: dict[str, Any] = {"fallback_random": True}
    loss: LossFunction = torch.compile(mean_loss, dynamic=False, options=options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the compiler's remarks on itself
        training.rehearse(loss)
    training.loss, training.is_compiled = loss, True
