"""Float32 products by oneDNN, where PyTorch's own choice leaves half of the processor unused.

PyTorch multiplies float32 matrices by MKL, whose kernels for AMD processors do without AVX-512.
oneDNN, which PyTorch carries too, has them: on a Zen 5 it takes half the time, for the same
rounding (benchmarks/RESULTS.md). There is no switch for it, so its operator is called by name.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

_LEAST_ROWS = 256
"""Fewer are left to MKL: a kernel is made for each new number of rows, in a millisecond."""


def suits(x: Tensor) -> bool:
    """Say whether a float32 product of x [..., in] is better done by oneDNN."""
    if x.device.type != "cpu" or x.dtype != torch.float32:
        return False
    if x.numel() < _LEAST_ROWS * x.shape[-1]:
        return False
    if torch.compiler.is_compiling():  # PyTorch 2.13's compiler takes weights of it for constants
        return False
    return is_faster_here()


@lru_cache
def is_faster_here(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Say whether this is an AMD processor with AVX-512, and PyTorch has both libraries."""
    if torch.backends.cpu.get_cpu_capability() != "AVX512" or not torch.backends.mkl.is_available():  # type: ignore[no-untyped-call]
        return False
    try:
        with cpuinfo.open(encoding="ascii", errors="replace") as file:
            if "AuthenticAMD" not in file.read(4096):
                return False
        some = torch.arange(12.0).view(4, 3)
        return torch.equal(_linear(some, some, None), F.linear(some, some))
    except (OSError, AttributeError, RuntimeError, TypeError):  # no such file, or no such operator
        return False


def product(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """Give x @ weight.T + bias: x [..., in], weight [out, in], bias [out] or None; all float32."""
    made: Tensor = _Product.apply(x, weight, bias)  # type: ignore[no-untyped-call]
    return made


def _linear(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    made: Tensor = torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], "")
    return made


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.has_bias = bias is not None
        return _linear(x, weight, bias)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        x, weight = ctx.saved_tensors
        (grad,) = grads
        flat = grad.reshape(-1, grad.shape[-1])  # [B * T, out]
        to_weight = _linear(flat.t(), x.reshape(-1, x.shape[-1]).t(), None)
        return _linear(grad, weight.t(), None), to_weight, flat.sum(0) if ctx.has_bias else None
