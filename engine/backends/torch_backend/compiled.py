"""The training loss through PyTorch's compiler, where that is asked for and works.

It is never switched on by itself: compiling takes 10 to 90 seconds of all cores, and a step whose
arithmetic changes in the middle of a run could not be repeated bit for bit when the run goes on.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from .flat import FlatParameters
from .loss import mean_loss
from .model import LanguageModel
from .runtime import Runtime

LossFunction = Callable[[LanguageModel, Tensor, Tensor], Tensor]
"""From a model, inputs [B, T] and targets [B, T] to the mean loss with its graph."""


def compile_loss(
    model: LanguageModel, flat: FlatParameters, runtime: Runtime, batch_size: int
) -> tuple[LossFunction, str]:
    """Compile both passes for the shape of a micro-batch, by doing them once.

    Returns:
        The compiled loss and nothing; or, where the compiler fails, the plain one and why.
    """
    size = (batch_size, model.config.block_size)
    rng = np.random.default_rng(0)
    # Two arrays: code that was compiled for one in both places would not do for a true batch.
    inputs, targets = (
        runtime.ids(rng.integers(model.wte.num_embeddings, size=size)) for _ in range(2)
    )
    compiled: LossFunction = torch.compile(mean_loss, dynamic=False)
    runtime.claim_threads()
    model.train()
    flat.follow(model, runtime)
    flat.prepare_step()
    try:
        with warnings.catch_warnings(), runtime.arithmetic():
            warnings.simplefilter("ignore")  # the compiler's remarks on itself
            compiled(model, inputs, targets).backward()  # type: ignore[no-untyped-call]
    except Exception as error:
        first_line = str(error).strip().partition("\n")[0]
        return mean_loss, f"not compiled: {type(error).__name__}: {first_line}"
    finally:
        flat.gradient.zero_()
    return compiled, ""
