"""The child process that tries a configuration: the trainer's own first steps, measured.

See `host.children`: the question holds `home`, `backend` and `config`; the remarks are `{"say": …}`
and `{"step": n, "of": n}`. Nothing of it is saved. SIGTERM ends it after the step.
"""

from __future__ import annotations

import contextlib
import dataclasses
import resource
import socket
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from ..host import children
from .libraries import settle_libraries
from .process import StopFlag

if TYPE_CHECKING:
    from ..backends import Description
    from ..config import RunConfig
    from ..data.meta import Meta
    from ..events import Event

_EVALUATED_TOKENS = 16_384
_LONG_SECONDS = 60.0
"""After this long, fewer steps than planned are enough."""
_FEWEST = 4
"""Steps that are measured however long they take."""


def _measure(
    question: dict[str, Any], stop: StopFlag, opened: contextlib.ExitStack
) -> dict[str, Any]:
    # Imported here: a signal in the seconds that this takes ends the process at once.
    from .. import backends
    from ..checkpoints.progress import Progress, SaveRequest
    from ..config import RunConfig
    from ..data import mapped
    from ..home import COMPILED
    from ..training.dial import Dial
    from ..training.trainer import Trainer
    from . import ready
    from .device import take_device

    config = RunConfig.from_dict(question["config"])
    found = ready.work({**question, "data": question["config"]["data"]})
    dataset = mapped.load(Path(found["folder"]))
    dataset.meta.check_block_size(config.model.block_size)
    backend = backends.get(found["backend"])
    take_device(backend.device(config.train.device), "a try of a few steps", opened)
    children.tell({"say": "opening the device"})
    session = backend.open(
        config.model,
        config.train,
        dataset.meta.vocab_size,
        config.train.seed,
        report=lambda what: children.tell({"say": what}),
        cache=Path(question["home"]) / COMPILED,
    )
    opened.callback(session.close)

    def refuse(request: SaveRequest) -> NoReturn:
        raise AssertionError("a try saves nothing")

    trainer = Trainer(session, dataset, Dial(_shortened(config)), Progress(), refuse)
    measured = _Measured()
    _follow(trainer.run(), measured, stop)
    return measured.result(config, session.describe(), dataset.meta)


def _shortened(config: RunConfig) -> RunConfig:
    """Let the trainer log each step, evaluate and sample once, and save nothing."""
    train = dataclasses.replace(
        config.train,
        log_interval=1,
        eval_interval=10**9,
        checkpoint_interval=10**9,
        milestones=(),
        patience=None,
        max_steps=10**9,  # a try ends by itself, before the steps do: their end is a save
        epochs=None,
        pause_on_divergence=False,
        eval_tokens=min(config.train.eval_tokens, _EVALUATED_TOKENS),
    )
    sample = dataclasses.replace(config.sample, interval=10**9 if config.sample.interval else 0)
    return dataclasses.replace(config, train=train, sample=sample)


class _Measured:
    """Adds up how long each part took."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.ms: list[float] = []
        self.evaluation_s = self.sample_s = 0.0
        self.evaluated_tokens = 0
        self._since = self.began

    def take(self, event: Event | None) -> None:
        from .. import events

        now = time.monotonic()
        if isinstance(event, (events.Evaluating, events.Sampling)):
            self._since = now
            children.tell(
                {"say": "evaluating" if isinstance(event, events.Evaluating) else "sampling"}
            )
        elif isinstance(event, events.Evaluated):
            self.evaluation_s, self.evaluated_tokens = now - self._since, event.tokens
        elif isinstance(event, events.Sample):
            self.sample_s = now - self._since
        elif isinstance(event, events.Step):
            self.ms.append(event.ms)

    @property
    def is_enough(self) -> bool:
        from ..runs.tries import STEPS

        is_long = time.monotonic() - self.began > _LONG_SECONDS
        return len(self.ms) >= STEPS or (is_long and len(self.ms) >= _FEWEST)

    def result(self, config: RunConfig, used: Description, meta: Meta) -> dict[str, Any]:
        from ..runs.tries import Try

        on_host = used.device.startswith("cpu")
        return dataclasses.asdict(
            Try(
                host=socket.gethostname(),
                device=used.device,
                dtype=used.dtype,
                parameters=used.parameters,
                vocab_size=meta.vocab_size,
                train_tokens=meta.train_tokens,
                val_tokens=meta.val_tokens,
                tokens_per_step=config.train.sequences_per_step * config.model.block_size,
                steps=len(self.ms),
                first_ms=self.ms[0],
                ms_per_step=statistics.median(self.ms[1:] or self.ms),
                evaluation_s=self.evaluation_s,
                evaluated_tokens=self.evaluated_tokens,
                sample_s=self.sample_s,
                peak_bytes=_peak_bytes() if on_host else None,
                created=time.time(),
            )
        )


def _follow(news: Iterator[Event | None], measured: _Measured, stop: StopFlag) -> None:
    from ..errors import Interrupted
    from ..runs.tries import STEPS

    for event in news:
        before = len(measured.ms)
        measured.take(event)
        if len(measured.ms) > before:
            children.tell({"step": len(measured.ms), "of": STEPS})
        if stop.raised:
            raise Interrupted("The try was ended.", "Somebody asked for it.", "Nothing was kept.")
        if measured.is_enough:
            return


def _peak_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # kilobytes, but on a Mac


def work(question: dict[str, Any]) -> dict[str, Any]:
    """Try a configuration and give what was measured.

    Raises:
        TtgptError: It cannot be trained here, or the try was ended.
    """
    stop = StopFlag()
    settle_libraries()
    with contextlib.ExitStack() as opened:
        return _measure(question, stop, opened)


if __name__ == "__main__":
    children.answer(work)
