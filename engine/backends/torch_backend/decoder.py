"""Writing text token by token, with the keys and values of earlier tokens kept."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .. import Floats, Tokens
from .model import LanguageModel
from .runtime import Runtime
from .vector_path import vector_path


class TorchDecoder:
    """Continues n sequences together.

    A token that no longer fits in the block restarts the window: the model then sees the last
    block_size // 2 tokens, that one included, from position 0.
    """

    def __init__(self, model: LanguageModel, runtime: Runtime, prompt_ids: Tokens) -> None:
        self._model, self._runtime = model, runtime
        self._block_size = model.config.block_size
        self._window = np.array(prompt_ids[:, -self._block_size :], dtype=np.int64)  # [n, t]
        self._caches = model.new_caches(len(prompt_ids))
        on_cpu = runtime.device.type == "cpu"
        self._vector_path = vector_path(model, self._caches) if on_cpu else None
        self._logits = self._read(self._window)

    def logits(self) -> Floats:
        """Give the next token's logits, [n, vocab_size]."""
        return np.copy(self._logits)

    def append(self, ids: Sequence[int]) -> None:
        """Append one token to each of the n sequences."""
        column = np.array(ids, dtype=np.int64).reshape(len(self._window), 1)
        full = self._window.shape[1] == self._block_size
        self._window = np.concatenate((self._window, column), axis=1)
        if full:
            self._window = self._window[:, -(self._block_size // 2) :]
            for cache in self._caches:
                cache.length = 0
        self._logits = self._read(self._window if full else column)

    def _read(self, ids: Tokens) -> Floats:
        """Show the model new tokens [n, t] and give the scores after the last, [n, V]."""
        if ids.shape[1] == 1 and self._vector_path is not None:
            return self._vector_path.step(ids[:, 0])
        with self._runtime.inference(self._model):
            hidden = self._model(self._runtime.ids(ids), self._caches)
            logits = self._model.logits(hidden[:, -1])
        array: Floats = logits.float().cpu().numpy()
        return array
