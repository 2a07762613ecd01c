"""Logits on the host, always from forward passes of one shape: a new shape compiles anew.

B sequences, S block_size, V padded vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import Floats, Tokens
from .device import Device
from .tensors import inputs_to_device, result_to_host


class Inference:
    """Runs a network without dropout and without a graph.

    Args:
        model: The network.
        mask: The attention mask, or None.
        block_size: S.
        vocab_size: Tokens, without padding.
        rows: Sequences of a training batch: evaluation takes the same shape.
        device: Where it lies.
        report: Told before a shape is seen for the first time.
    """

    def __init__(
        self,
        model: Any,
        mask: Any,
        block_size: int,
        vocab_size: int,
        rows: int,
        device: Device,
        report: Callable[[str], None],
    ) -> None:
        self._model, self._mask, self._device = model, mask, device
        self.block_size, self.rows = block_size, rows
        self._vocab_size, self._report = vocab_size, report
        self._seen: set[int] = set()

    def logits(self, tokens: Tokens, rows: int, *, shared: bool) -> Floats:
        """Score sequences [n,t] with t at most S: [n,t,vocab_size], padding columns left out.

        The sequences stand at the start, and what fills the rest is never looked at: a position
        sees only those before it.

        Args:
            tokens: The ids.
            rows: B, at least n.
            shared: Whether the chips share the batch; else each does all of it.
        """
        if self._model is None:
            raise RuntimeError("the session is closed")
        n, length = tokens.shape
        if rows not in self._seen:
            self._seen.add(rows)
            self._report(f"compiling for {rows} x {self.block_size} tokens")
        filled = np.zeros((rows, self.block_size), np.int64)
        filled[:n, :length] = tokens
        mapper = self._device.mapper if shared else None
        self._model.eval()
        with self._device.no_grad():
            x = inputs_to_device(filled, self._vocab_size, mapper)
            scores = result_to_host(self._model(x, self._mask), self._device)  # [B,1,S,V]
        return scores[:n, 0, :length, : self._vocab_size]

    def looks_ahead(self) -> bool:
        """Whether a position's scores depend on later tokens: without a mask they may.

        Older versions take a missing mask for full attention, newer ones for a causal one.
        """
        half = self.block_size // 2
        tokens = np.random.default_rng(0).integers(
            0, self._vocab_size, (1, self.block_size), dtype=np.int64
        )
        before = self.logits(tokens, 1, shared=False)
        tokens[:, half:] = (tokens[:, half:] + 1) % self._vocab_size
        after = self.logits(tokens, 1, shared=False)
        return not np.array_equal(before[:, :half], after[:, :half])

    def close(self) -> None:
        """Let go of everything on the device."""
        self._model = self._mask = None
