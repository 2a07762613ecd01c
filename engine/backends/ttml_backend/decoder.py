"""Writing text: the whole window is computed anew for each token, in one fixed shape.

NanoGPT has no cache of keys and values, and Llama's compiles for every width.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .. import Floats, Tokens
from .inference import Inference

_SIZES = (1, 8, 64)
"""Numbers of sequences that a forward pass is compiled for."""


class TtmlDecoder:
    """Continues n sequences together; see `backends.Session.decoder`."""

    def __init__(self, inference: Inference, prompt_ids: Tokens) -> None:
        self._inference, self._block_size = inference, inference.block_size
        self._window = np.array(prompt_ids[:, -self._block_size :], dtype=np.int64)  # [n, t]
        self._rows = next(size for size in _SIZES if size >= min(len(prompt_ids), _SIZES[-1]))
        self._logits: Floats | None = None

    def logits(self) -> Floats:
        """Give the next token's logits, [n, vocab_size]."""
        if self._logits is None:
            parts = np.array_split(self._window, -(-len(self._window) // self._rows))
            scored = [self._inference.logits(p, self._rows, shared=False)[:, -1] for p in parts]
            self._logits = np.concatenate(scored)
        return np.copy(self._logits)

    def append(self, ids: Sequence[int]) -> None:
        """Append one token to each of the n sequences."""
        column = np.array(ids, dtype=np.int64).reshape(len(self._window), 1)
        is_full = self._window.shape[1] == self._block_size
        self._window = np.concatenate((self._window, column), axis=1)
        if is_full:
            self._window = self._window[:, -(self._block_size // 2) :]
        self._logits = None
