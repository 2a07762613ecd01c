"""The models a worker can write with: the one it trains, and checkpoints opened on request."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import checkpoint
from ..backends import Session, get
from ..checkpoint_info import STATE
from ..config import RunConfig
from ..data.tokenizer import Tokenizer
from ..errors import DataError

_Key = tuple[str, int]
"""A checkpoint's folder, and when it was written: a run that goes on may write it anew."""

_KEPT = 2
"""Opened checkpoints held at a time; comparing two is common, and each costs its weights."""


@dataclass(frozen=True)
class Model:
    """Weights that can write, with their vocabulary."""

    session: Session
    tokenizer: Tokenizer
    step: int
    checkpoint: str
    """The checkpoint's folder; empty for live weights."""


class Models:
    """Opens checkpoints for generation and keeps the last few open."""

    def __init__(self, backend: str, numerics: dict[str, Any] | None = None) -> None:
        self._backend = backend
        self._numerics = numerics
        self._opened: dict[_Key, Model] = {}

    def get(self, path: str, in_use: Container[Session] = ()) -> Model:
        """Give an opened checkpoint.

        Args:
            path: Its folder.
            in_use: Sessions that write at the moment and must not be closed.

        Raises:
            DataError: It is missing or damaged.
        """
        folder = Path(path).absolute()
        key = str(folder), _written(folder)
        model = self._opened.pop(key, None) or self._open(str(folder))
        self._opened[key] = model  # newest last
        for old in list(self._opened)[:-_KEPT]:
            if self._opened[old].session not in in_use:
                self._opened.pop(old).session.close()
        return model

    def close(self) -> None:
        """Let go of all models."""
        for model in self._opened.values():
            model.session.close()
        self._opened.clear()

    def _open(self, path: str) -> Model:
        loaded = checkpoint.load(Path(path), with_optimizer=False)
        config = RunConfig.from_dict(loaded.config)
        session = get(self._backend).open(
            config.model,
            config.train,
            loaded.tokenizer.vocab_size,
            config.train.seed,
            numerics=self._numerics,
            training=False,
        )
        try:
            session.load_weights(loaded.weights)
        except DataError:
            session.close()
            raise
        return Model(session, loaded.tokenizer, loaded.step, path)


def _written(folder: Path) -> int:
    try:
        return (folder / STATE).stat().st_mtime_ns
    except (OSError, ValueError):
        return 0  # opening it will say what is wrong
