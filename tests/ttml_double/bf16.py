"""bfloat16 in float32's clothes: the upper half of the bits, rounded."""

from __future__ import annotations

import numpy as np


def nearest(values: np.ndarray) -> np.ndarray:
    """Round to the nearest bfloat16, ties to even."""
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
    rounded = (bits + (np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1)))) & np.uint32(
        0xFFFF0000
    )
    return rounded.view(np.float32)


def stochastic(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Round up or down with odds by the distance, as the fused AdamW does when asked."""
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
    dice = rng.integers(0, 1 << 16, bits.shape, dtype=np.uint32)
    return ((bits + dice) & np.uint32(0xFFFF0000)).view(np.float32)
