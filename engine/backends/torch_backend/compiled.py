"""Both passes through PyTorch's compiler."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import torch

from .loss import LossFunction, mean_loss
from .training import Training

_CACHE = "TORCHINDUCTOR_CACHE_DIR"


class NotCompiledError(Exception):
    """The compiler failed; the message says how, in one line."""


def keep_compiled_in(folder: Path) -> None:
    """Choose where compiled code is kept for the next time, unless the environment says where.

    PyTorch's own place has a known name in /tmp: on a shared host another user could have laid code
    there for this one to run. It settles on it as soon as an optimizer is made.
    """
    os.environ.setdefault(_CACHE, str(folder / "compiled"))


def compile_passes(training: Training) -> LossFunction:
    """Compile both passes for the shape of a micro-batch, by doing them once.

    Raises:
        NotCompiledError: The compiler, its C++ or its driver fails.
    """
    loss: LossFunction = torch.compile(
        # Dropout then draws as it does uncompiled, so that the losses can be held together.
        mean_loss, dynamic=False, options={"fallback_random": True}
    )  # fmt: skip
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the compiler's remarks on itself
            training.rehearse(loss)
    except Exception as error:
        first_line = str(error).strip().partition("\n")[0]
        raise NotCompiledError(f"{type(error).__name__}: {first_line}") from error
    return loss
