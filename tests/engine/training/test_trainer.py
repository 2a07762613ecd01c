"""The trainer above a scripted session: what is due when, and what happens when things go wrong."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from texts import resolve

from ttgpt.engine import events
from ttgpt.engine.backends import Description, MicroBatch, StepResult, Tokens, Weights
from ttgpt.engine.config import RunConfig
from ttgpt.engine.data import mapped
from ttgpt.engine.errors import DataError
from ttgpt.engine.sampling.sampler import NotFiniteError
from ttgpt.engine.training.dial import Dial
from ttgpt.engine.training.trainer import UNSAVED, News, Progress, SaveRequest, Trainer


class ScriptedSession:
    """A session that computes nothing: losses come from a list, logits are flat."""

    def __init__(
        self, vocab_size: int, losses: Sequence[float] = (), val: Sequence[float] = ()
    ) -> None:
        self.vocab_size = vocab_size
        self.losses = list(losses)
        self.val = list(val)
        self.lrs: list[float] = []
        self.evaluations = 0

    def train_step(self, micro_batches: Sequence[MicroBatch], lr: float) -> StepResult:
        self.lrs.append(lr)
        step = len(self.lrs) - 1
        return StepResult(self.losses[step] if step < len(self.losses) else 1.0, 0.5)

    def evaluate(self, inputs: Tokens, targets: Tokens) -> tuple[float, int]:
        # Each evaluation asks for the training part first, then for the validation part.
        number, self.evaluations = self.evaluations // 2, self.evaluations + 1
        loss = self.val[min(number, len(self.val) - 1)] if self.val else 2.0
        return loss * targets.size, targets.size

    def decoder(self, prompt_ids: Tokens) -> FlatDecoder:
        return FlatDecoder(len(prompt_ids), self.vocab_size)

    def weights(self) -> Weights:
        return {}

    def load_weights(self, weights: Weights) -> None: ...
    def norm_gains(self) -> Weights:
        return {}

    def optimizer_state(self) -> Weights:
        return {}

    def load_optimizer_state(self, state: Weights) -> None: ...
    def describe(self) -> Description:
        raise NotImplementedError

    def close(self) -> None: ...


class FlatDecoder:
    def __init__(self, n: int, vocab_size: int) -> None:
        self.shape = (n, vocab_size)

    def logits(self) -> np.ndarray[Any, np.dtype[np.float32]]:
        return np.zeros(self.shape, dtype=np.float32)

    def append(self, ids: Sequence[int]) -> None: ...


class Saver:
    """Keeps what it was asked to save; fails while `broken`."""

    def __init__(self) -> None:
        self.saved: list[SaveRequest] = []
        self.broken = False

    def __call__(self, request: SaveRequest) -> events.Checkpoint:
        if self.broken:
            raise DataError(
                "Checkpoint could not be saved.", "The disk is full.", "Free some space."
            )
        self.saved.append(request)
        p = request.progress
        return events.Checkpoint(request.step, "x", 1, p.train_loss, p.val_loss, request.kind)


class Bench:
    """A trainer with its parts at hand."""

    def __init__(self, home: Path, session: ScriptedSession | None = None, **train: Any) -> None:
        made = resolve("harbour", home)
        self.session = session or ScriptedSession(made.meta.vocab_size)
        config = RunConfig.from_dict(
            {
                "model": {"n_layer": 1, "n_head": 1, "n_embd": 2, "block_size": 8},
                "train": {"max_steps": 20, "log_interval": 1, "eval_interval": 1000,
                          "eval_tokens": 64, "checkpoint_interval": 1000, "batch_size": 2, **train},
                "data": {},
                "sample": {"interval": 0, "max_new_tokens": 3},
            }
        )  # fmt: skip
        self.dial = Dial(config)
        self.saver = Saver()
        self.trainer = Trainer(
            self.session, mapped.load(made.folder), self.dial, Progress(), self.saver
        )

    def run(self) -> list[events.Event]:
        return [e for e in self.trainer.run() if e is not None]

    def until(self, news: Iterator[News], kind: type[events.Event]) -> events.Event:
        return next(e for e in news if isinstance(e, kind))


def of(found: list[events.Event], kind: type[events.Event]) -> list[Any]:
    return [e for e in found if isinstance(e, kind)]


def test_intervals(home: Path) -> None:
    bench = Bench(home, eval_interval=8, checkpoint_interval=5, keep_best=0, log_interval=4)
    found = bench.run()
    assert [e.step for e in of(found, events.Step)] == [1, 4, 8, 12, 16, 20]
    assert [e.step for e in of(found, events.Evaluated)] == [0, 8, 16, 20]
    assert [(r.step, r.kind) for r in bench.saver.saved] == [
        (5, "interval"), (10, "interval"), (15, "interval"), (20, "final"),
    ]  # fmt: skip
    assert isinstance(found[-1], events.Finished)


def test_tokens_count_every_token_seen(home: Path) -> None:
    found = Bench(home, grad_accum_steps=3, max_steps=2).run()
    assert [e.tokens for e in of(found, events.Step)] == [48, 96]  # 3 x 2 x 8 a step


def test_the_lr_scale_multiplies_the_schedule(home: Path) -> None:
    bench = Bench(home, schedule="constant", warmup_steps=0, lr=0.5, max_steps=3)
    news = bench.trainer.run()
    bench.until(news, events.Step)
    bench.dial.set("train.lr_scale", 0.1)
    list(news)
    assert bench.session.lrs == pytest.approx([0.5, 0.05, 0.05])


def test_a_new_best_is_saved_and_milestones_too(home: Path) -> None:
    session = ScriptedSession(63, val=[4.0, 3.0, 3.5, 2.0])
    bench = Bench(home, session, eval_interval=5, milestones=(7,))
    found = bench.run()
    assert [e.is_best for e in of(found, events.Evaluated)] == [True, True, False, True, False]
    assert [(r.step, r.kind) for r in bench.saver.saved] == [
        (5, "best"), (7, "milestone"), (15, "best"), (20, "final"),
    ]  # fmt: skip
    assert bench.trainer.progress.best_step == 15


def test_patience_ends_the_run(home: Path) -> None:
    session = ScriptedSession(63, val=[4.0, 3.0, 3.1, 3.2, 3.3])
    found = Bench(home, session, eval_interval=2, patience=2).run()
    assert found[-1] == events.Finished(6, "early_stop")


def test_more_steps_while_running(home: Path) -> None:
    bench = Bench(home, max_steps=5)
    news = bench.trainer.run()
    bench.until(news, events.Step)
    bench.dial.set("train.max_steps", 9)
    assert list(news)[-1] == events.Finished(9, "max_steps")


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_not_finite_pauses_and_is_never_saved(home: Path, bad: float) -> None:
    session = ScriptedSession(63, losses=[2.0, 2.0, bad])
    bench = Bench(home, session, checkpoint_interval=1)
    news = bench.trainer.run()
    finding = bench.until(news, events.Health)
    assert isinstance(finding, events.Health)
    assert (finding.kind, finding.step) == ("not_finite", 3)
    assert bench.dial.paused
    bench.dial.ending = "stopped"
    assert list(news)[-1] == events.Finished(3, "stopped")
    assert [r.step for r in bench.saver.saved] == [1, 2]


def test_a_loss_that_is_finite_again_is_told(home: Path) -> None:
    session = ScriptedSession(63, losses=[2.0, math.nan, math.nan, 2.0, 2.0])
    found = of(Bench(home, session, max_steps=5, pause_on_divergence=False).run(), events.Health)
    assert [(one.kind, one.step, one.is_over) for one in found] == [
        ("not_finite", 2, False), ("not_finite", 4, True),
    ]  # fmt: skip


def test_weights_that_only_an_evaluation_shows_to_be_broken_are_neither_saved_nor_sampled(
    home: Path,
) -> None:
    session = ScriptedSession(63, val=[4.0, math.nan])
    bench = Bench(home, session, eval_interval=4, checkpoint_interval=2)
    bench.dial.set("sample.interval", 4)
    news = bench.trainer.run()
    finding = bench.until(news, events.Health)
    assert isinstance(finding, events.Health)
    assert (finding.kind, finding.step) == ("not_finite", 4)
    assert bench.dial.paused
    bench.dial.ending = "stopped"
    rest = list(news)
    assert rest[-1] == events.Finished(4, "stopped")
    assert not [event for event in rest if isinstance(event, events.Sample)]
    assert [r.step for r in bench.saver.saved] == [2]


class BrokenDecoder(FlatDecoder):
    def logits(self) -> np.ndarray[Any, np.dtype[np.float32]]:
        return np.full(self.shape, np.nan, dtype=np.float32)


def test_logits_that_are_not_finite_hold_training_like_a_loss(home: Path) -> None:
    bench = Bench(home)
    session = bench.session
    session.decoder = lambda ids: BrokenDecoder(len(ids), 63)  # type: ignore[method-assign]
    bench.dial.set("sample.interval", 4)
    bench.dial.set("sample.prompts", ["THE"])
    bench.trainer.progress.sampled_step = 0
    finding = bench.until(bench.trainer.run(), events.Health)
    assert isinstance(finding, events.Health)
    assert (finding.kind, finding.step) == ("not_finite", 4)
    assert bench.dial.paused


def test_weights_that_are_not_finite_are_not_saved_and_hold_training(home: Path) -> None:
    bench = Bench(home, checkpoint_interval=4)

    def refuse(request: SaveRequest) -> events.Checkpoint:
        raise NotFiniteError("wte.weight is not finite.")

    trainer = Trainer(bench.session, bench.trainer.data, bench.dial, Progress(), refuse)
    news = trainer.run()
    finding = bench.until(news, events.Health)
    assert isinstance(finding, events.Health)
    assert (finding.kind, finding.step) == ("not_finite", 4)
    assert finding.evidence.startswith("wte.weight is not finite")
    bench.dial.ending = "stopped"
    assert list(news)[-1] == events.Finished(4, "stopped")


def test_a_full_disk_pauses_and_the_save_is_tried_again(home: Path) -> None:
    bench = Bench(home, checkpoint_interval=4)
    bench.saver.broken = True
    news = bench.trainer.run()
    finding = bench.until(news, events.Health)
    assert isinstance(finding, events.Health)
    assert finding.kind == "save_failed"
    assert "Free some space." in finding.text
    assert bench.dial.paused
    bench.saver.broken, bench.dial.paused = False, ""
    bench.until(news, events.Checkpoint)
    assert [(r.step, r.kind) for r in bench.saver.saved] == [(4, "interval")]


def test_a_full_disk_at_the_end_waits_too(home: Path) -> None:
    bench = Bench(home, max_steps=2)
    bench.saver.broken = True
    news = bench.trainer.run()
    bench.until(news, events.Health)
    bench.saver.broken, bench.dial.paused = False, ""
    assert list(news)[-1] == events.Finished(2, "max_steps")
    assert [(r.step, r.kind) for r in bench.saver.saved] == [(2, "final")]


@pytest.mark.parametrize("paused", ["", "asked"])
def test_a_stop_that_cannot_save_stops_once_it_can(home: Path, paused: str) -> None:
    bench = Bench(home, checkpoint_interval=4)
    bench.saver.broken = True
    news = bench.trainer.run()
    # Asked while the fourth step's checkpoint is being saved: that save is not the end's own.
    assert isinstance(bench.until(news, events.Saving), events.Saving)
    bench.dial.ending, bench.dial.paused = "stopped", paused
    bench.until(news, events.Health)
    assert (bench.dial.ending, bench.dial.paused) == ("", UNSAVED)
    bench.saver.broken, bench.dial.paused = False, ""
    assert list(news)[-1] == events.Finished(4, "stopped")
    assert [r.step for r in bench.saver.saved] == [4]


def test_a_full_disk_on_a_signal_fails_aloud(home: Path) -> None:
    bench = Bench(home)
    news = bench.trainer.run()
    bench.until(news, events.Step)
    bench.saver.broken, bench.dial.ending = True, "signal"
    with pytest.raises(DataError, match="could not be saved"):
        list(news)


def test_abort_saves_nothing(home: Path) -> None:
    bench = Bench(home)
    news = bench.trainer.run()
    bench.until(news, events.Step)
    bench.dial.ending = "aborted"
    assert list(news)[-1] == events.Finished(1, "aborted")
    assert not bench.saver.saved


def test_sampling_leaves_out_what_the_vocabulary_lacks(home: Path) -> None:
    bench = Bench(home, max_steps=1)
    bench.dial.set("sample.prompts", ["MARTHA\u00e9:", "\u2603"])
    bench.dial.wants_sample = True
    samples = of(bench.run(), events.Sample)
    assert [s.prompt for s in samples] == ["MARTHA:", "\n"]
    assert all(len(s.text) == 3 for s in samples)
