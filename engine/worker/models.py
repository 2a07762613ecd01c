"""The models a worker can write with: copies of the one it trains, and checkpoints on request."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Container
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import backends
from ..backends import Backend, Session
from ..checkpoints import checkpoint
from ..checkpoints.info import STATE
from ..config import RunConfig
from ..data.tokenizer import Tokenizer
from ..errors import DataError, EnvironmentNotReady, UsageError

_Key = tuple[str, int, bool, str]
"""A checkpoint's folder, when it was written (a run that goes on may write it anew), whether it is
taken untrained, and the backend. Of a snapshot: no folder, and its step."""

_KEPT = 4
"""Opened checkpoints held at a time: as many as are compared; each costs its weights."""


@dataclass(frozen=True)
class Model:
    """Weights that can write, with their vocabulary."""

    session: Session
    tokenizer: Tokenizer
    step: int
    checkpoint: str
    """The checkpoint's folder; empty for live weights."""
    config: RunConfig

    @property
    def block_size(self) -> int:
        """Tokens that the model can look back on."""
        return self.config.model.block_size


class Models:
    """Opens checkpoints and copies live weights for generation, and keeps the last few open.

    Args:
        backend: The worker's own.
        numerics: How the worker's own model rounds, taken over where the backend is the same.
        take: Takes a device's lock before another backend opens it.
    """

    def __init__(
        self,
        backend: str,
        numerics: dict[str, Any] | None = None,
        take: Callable[[str], None] = lambda device: None,
    ) -> None:
        self._backend = backend
        self._numerics = numerics
        self._take = take
        self._opened: dict[_Key, Model] = {}

    def get(
        self,
        path: str,
        in_use: Container[Session] = (),
        *,
        untrained: bool = False,
        backend: str = "",
    ) -> Model:
        """Give an opened checkpoint.

        Args:
            path: Its folder.
            in_use: Sessions that write at the moment and must not be closed.
            untrained: Leave the weights as the run's seed made them, before the first step.
            backend: Where to compute; empty is the worker's own.

        Raises:
            DataError: It is missing or damaged.
            EnvironmentNotReady: The backend cannot run here.
        """
        folder = Path(path).absolute()
        key = str(folder), _written(folder), untrained, backend
        return self._kept(key, in_use, lambda: self._open(str(folder), untrained, backend))

    def snapshot(self, live: Model, since: int, in_use: Container[Session] = ()) -> Model:
        """Give a copy of a training job's weights, which later steps leave as it is.

        Args:
            live: The weights as they are now.
            since: The step at which they were asked for: a copy made since then is as good, so
                that many who ask at once share one.
            in_use: As of `get`.
        """
        steps = [model.step for model in self._opened.values() if not model.checkpoint]
        step = max((step for step in steps if step >= since), default=live.step)
        return self._kept(_live_key(step), in_use, lambda: self._copy(live))

    def held(self, step: int) -> Model:
        """Give the snapshot of a step.

        Raises:
            UsageError: It is not held any more, or never was.
        """
        key = _live_key(step)
        if key not in self._opened:
            raise UsageError(
                f"The live weights of step {step:,} are gone.",
                f"The last {_KEPT} models that were asked for are held, and training went on.",
                "Ask again: it begins with the weights as they are now.",
            )
        self._opened[key] = model = self._opened.pop(key)
        return model

    @property
    def checkpoints(self) -> list[Path]:
        """The folders of the checkpoints that are held."""
        return [Path(m.checkpoint) for m in self._opened.values() if m.checkpoint]

    def close(self) -> None:
        """Let go of all models."""
        for model in self._opened.values():
            model.session.close()
        self._opened.clear()

    def _kept(self, key: _Key, in_use: Container[Session], make: Callable[[], Model]) -> Model:
        model = self._opened.pop(key, None) or make()
        self._opened[key] = model  # newest last
        for old in list(self._opened)[:-_KEPT]:
            if self._opened[old].session not in in_use:
                self._opened.pop(old).session.close()
        return model

    def _copy(self, live: Model) -> Model:
        session = self._session("", live.config, live.tokenizer.vocab_size)
        try:
            session.load_weights(live.session.weights())
        except BaseException:
            session.close()
            raise
        return dataclasses.replace(live, session=session)

    def _open(self, path: str, untrained: bool, backend: str) -> Model:
        loaded = checkpoint.load(Path(path), with_optimizer=False)
        _check_vocabulary(loaded)
        config = RunConfig.from_dict(loaded.config)
        session = self._session(backend, config, loaded.tokenizer.vocab_size)
        try:
            if not untrained:
                session.load_weights(loaded.weights)
        except BaseException:
            session.close()
            raise
        step = 0 if untrained else loaded.step
        return Model(session, loaded.tokenizer, step, path, config)

    def _session(self, backend: str, config: RunConfig, vocab_size: int) -> Session:
        found = backends.get(backend or self._backend)
        if found.name != self._backend:
            self._check(found)
        return found.open(
            config.model,
            config.train,
            vocab_size,
            config.train.seed,
            numerics=self._numerics if found.name == self._backend else None,
            training=False,
        )

    def _check(self, backend: Backend) -> None:
        """Look whether another backend than the worker's can run, and take the card for it."""
        found = backend.probe()
        if not found.ok:
            raise EnvironmentNotReady(
                f"The backend {backend.name} cannot run here.", found.reason, found.next_step
            )
        if backend.name == "ttml":  # one process has a card; a CPU is shared
            self._take(backend.device())


def _live_key(step: int) -> _Key:
    return "", step, False, ""


def _check_vocabulary(loaded: checkpoint.LoadedCheckpoint) -> None:
    """Name what is wrong before it becomes a matter of shapes.

    Raises:
        DataError: The weights are for another vocabulary.
    """
    given = loaded.weights.get("wte.weight")
    if given is not None and given.ndim and len(given) != loaded.tokenizer.vocab_size:
        raise DataError(
            "The tokenizer does not match the weights.",
            f"It has {loaded.tokenizer.vocab_size:,} tokens, the weights have {len(given):,}.",
            "Choose another checkpoint.",
        )


def _written(folder: Path) -> int:
    try:
        return (folder / STATE).stat().st_mtime_ns
    except (OSError, ValueError):
        return 0  # opening it will say what is wrong
