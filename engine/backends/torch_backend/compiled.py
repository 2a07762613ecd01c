"""Both passes through PyTorch's compiler."""

from __future__ import annotations

import contextlib
import os
import warnings
from pathlib import Path
from typing import Any

import torch

from .loss import LossFunction, mean_loss
from .training import Training

_CACHE = "TORCHINDUCTOR_CACHE_DIR"


def keep_compiled_in(folder: Path) -> None:
    """Choose where compiled code is kept for the next time, unless the environment says where.

    PyTorch's own place has a known name in /tmp: on a shared host another user could have laid code
    there for this one to run. It settles on it as soon as the compiler is loaded.
    """
    with contextlib.suppress(OSError):  # then nothing is kept, and the child says why
        folder.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault(_CACHE, str(folder / "compiled"))


def compile_passes(training: Training) -> LossFunction:
    """Compile both passes for the shape of a micro-batch, by doing them once.

    Raises:
        Exception: The compiler, its C++ and its driver may fail in any way.
    """
    # Dropout then draws as it does uncompiled, so that the losses can be held together.
    options: dict[str, Any] = {"fallback_random": True}
    loss: LossFunction = torch.compile(mean_loss, dynamic=False, options=options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the compiler's remarks on itself
        training.rehearse(loss)
    return loss
