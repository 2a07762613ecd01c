"""The training job: a generator that does one step at a time and yields what happened.

`None` is a turn without news: the worker serves generation and commands between any two turns.
Everything random is derived from the seed and the step, so a resumed run needs no more than the
weights, the optimizer's moments and the step to go on bit for bit.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Generator, Iterator

from .. import events
from ..backends import Session, StepResult
from ..checkpoints.progress import Progress, SaveCheckpoint, SaveRequest
from ..data.batches import TrainBatches
from ..data.mapped import DataSet
from ..errors import DataError
from ..sampling.generation import Generation
from ..sampling.sampler import NotFiniteError, SamplingConfig
from .dial import Dial
from .evaluation import Evaluation
from .schedule import learning_rate, resolve_steps
from .stopwatch import Stopwatch

News = events.Event | None

_COMPLETE = ("max_steps", "early_stop")
"""Reasons to end after which nothing is left to do."""

NOT_FINITE = "the loss is not finite"
"""The reason of a pause after a step that left no usable weights."""

UNSAVED = "the checkpoint could not be saved"
"""The reason of a pause that ends by itself when there is space again."""


class Trainer:
    """Trains one session on one data set, as the dial says."""

    def __init__(
        self,
        session: Session,
        data: DataSet,
        dial: Dial,
        progress: Progress,
        save: SaveCheckpoint,
    ) -> None:
        train, block_size = dial.config.train, dial.config.model.block_size
        self.session = session
        self.data = data
        self.dial = dial
        self.progress = progress
        self.dial.lr_scale = progress.lr_scale
        self._save_checkpoint = save
        self._batches = TrainBatches(data.train, train.batch_size, block_size, train.seed)
        self._evaluation = Evaluation(session, data, block_size, train.eval_tokens)
        self._stopwatch = Stopwatch()
        self._last: StepResult | None = None
        self._finite = True
        self._told_not_finite = False
        self._saved_step = progress.step if progress.step else -1

    @property
    def max_steps(self) -> int:
        """Steps at which the run ends, from `max_steps` or `epochs`."""
        config = self.dial.config
        return resolve_steps(config.train, len(self.data.train), config.model.block_size)[0]

    @property
    def tokens_per_step(self) -> int:
        """Tokens that one optimizer step sees."""
        return self.dial.config.train.sequences_per_step * self.dial.config.model.block_size

    @property
    def lr(self) -> float:
        """The next step's learning rate."""
        train = self.dial.config.train
        return learning_rate(self.progress.step, train, self.max_steps) * self.dial.lr_scale

    def run(self) -> Iterator[News]:
        """Train to the end; the last event is `finished`."""
        # The start of a run; or of a resumed one, what its stop cut short.
        yield from self._do_what_is_due()
        reason = ""
        while not reason:
            reason = self._reason_to_end()
            if not reason:
                yield from self._step()
                yield from self._do_what_is_due()
        yield from self._end(reason)

    def aside(self) -> Iterator[News]:
        """Do what was asked for while training is held: draw the samples, save a checkpoint."""
        if self.dial.wants_sample:
            yield from self._sample()
        if self.dial.wants_checkpoint:
            yield from self._try_to_save("asked")

    def _reason_to_end(self) -> str:
        patience = self.dial.config.train.patience
        if self.dial.ending:
            return self.dial.ending
        if self.progress.step >= self.max_steps:
            return "max_steps"
        if patience is not None and self.progress.evaluations_since_best >= patience:
            return "early_stop"
        return ""

    def _step(self) -> Iterator[News]:
        train, progress = self.dial.config.train, self.progress
        lr = self.lr
        with self._stopwatch:
            batches = self._batches.micro_batches(progress.step, train.grad_accum_steps)
            result = self.session.train_step(batches, lr)
        self._stopwatch.steps += 1
        self._last = result
        progress.step += 1
        if progress.step % train.log_interval and progress.step not in (1, self.max_steps):
            yield None
            return
        with self._stopwatch:  # reading the loss waits for the device: that time is the step's
            loss, grad_norm = float(result.loss), float(result.grad_norm)
        yield self._logged(loss, grad_norm, lr)
        self._finite = True  # weights may recover where the step itself was skipped
        if (yield from self._is_finite()):
            yield from self._finite_again()

    def _finite_again(self) -> Iterator[News]:
        if self._told_not_finite:
            self._told_not_finite = False
            step = self.progress.step
            text = f"over: the loss is finite again at step {step:,}"
            yield events.Health("not_finite", "info", step, text, since=step, is_over=True)

    def _logged(self, loss: float, grad_norm: float, lr: float) -> events.Step:
        ms = self._stopwatch.take()
        return events.Step(
            step=self.progress.step,
            tokens=self.progress.step * self.tokens_per_step,
            loss=loss,
            lr=lr,
            grad_norm=grad_norm,
            ms=round(ms, 3),
            tokens_per_s=round(1000 * self.tokens_per_step / ms, 1) if ms else 0.0,
        )

    def _is_finite(self) -> Generator[News, None, bool]:
        """Say if the last step left usable weights; hold training when it did not."""
        if self._last is not None and self._finite:
            loss, grad_norm = float(self._last.loss), float(self._last.grad_norm)
            if not (math.isfinite(loss) and math.isfinite(grad_norm)):
                yield from self._not_finite(f"loss {loss:.4g}, gradient norm {grad_norm:.4g}")
        return self._finite

    def _not_finite(self, found: str) -> Iterator[News]:
        """Hold training, each time somebody let it go on; tell once where it may not be held."""
        self._finite = False
        if self.dial.config.train.pause_on_divergence:
            self.dial.paused = NOT_FINITE
        elif self._told_not_finite:
            return
        self._told_not_finite = True
        step = self.progress.step
        yield events.Health(
            kind="not_finite",
            level="error",
            step=step,
            text=f"not finite since step {step:,}",
            evidence=f"{found}; weights like these are never saved",
            advice="Go back to a checkpoint from before, with a lower learning rate.",
            since=step,
        )

    def _do_what_is_due(self) -> Iterator[News]:
        """Evaluate, sample and save where this step calls for it, and it was not done yet."""
        config, progress = self.dial.config, self.progress
        step, is_best = progress.step, False
        if step % config.train.eval_interval == 0 and progress.evaluated_step != step:
            is_best = yield from self._evaluate()
        interval = config.sample.interval
        is_due = interval and step % interval == 0 and progress.sampled_step != step
        if is_due or self.dial.wants_sample:
            yield from self._sample()
        kind = self._checkpoint_due(is_best)
        if kind:
            yield from self._save(kind)

    def _checkpoint_due(self, is_best: bool) -> str:
        train, step = self.dial.config.train, self.progress.step
        if step == 0 or step >= self.max_steps:
            return ""  # the end saves it
        if self.dial.ending == "aborted":
            return ""
        is_saved = self._saved_step == step
        if step in train.milestones and not is_saved:
            return "milestone"
        if self.dial.wants_checkpoint:
            return "asked"
        if is_best and train.keep_best:
            return "best"
        return "interval" if step % train.checkpoint_interval == 0 and not is_saved else ""

    def _evaluate(self) -> Generator[News, None, bool]:
        """Measure both losses; the value says if this is the best.

        A run that is to end does not wait for it; it is made up for when the run goes on.
        """
        progress = self.progress
        if not (yield from self._is_finite()):
            return False
        yield events.Evaluating(progress.step)
        losses = yield from self._evaluation.measure(lambda: bool(self.dial.ending))
        if losses is None:
            return False
        train_loss, val_loss = losses
        is_best = val_loss < progress.best_val_loss
        if is_best:
            progress.best_val_loss, progress.best_step = val_loss, progress.step
        progress.evaluations_since_best = 0 if is_best else progress.evaluations_since_best + 1
        progress.train_loss, progress.val_loss = train_loss, val_loss
        progress.evaluated_step = progress.step
        tokens = self._evaluation.val_tokens
        yield events.Evaluated(progress.step, train_loss, val_loss, tokens, is_best)
        if self._finite and not (math.isfinite(train_loss) and math.isfinite(val_loss)):
            # The step's own loss was that of the weights before it.
            yield from self._not_finite(f"val {val_loss:.4g}, train {train_loss:.4g}")
        return is_best and progress.step > 0

    def _sample(self) -> Iterator[News]:
        self.dial.wants_sample = False
        if not (yield from self._is_finite()):
            return
        sample = self.dial.config.sample
        yield events.Sampling(self.progress.step)
        for prompt in sample.prompts:
            generation = Generation(
                self.session,
                self.data.tokenizer,
                prompt,
                SamplingConfig(sample.temperature, sample.top_k, sample.top_p),
                seed=sample.seed,
                max_new_tokens=sample.max_new_tokens,
                lenient=True,
            )
            try:
                for _ in generation.tokens():
                    yield None
                    if self.dial.ending:
                        return
            except NotFiniteError as error:
                yield from self._not_finite(error.what.rstrip("."))
                return
            yield events.Sample(
                step=self.progress.step,
                prompt=generation.prompt,
                text=generation.texts[0],
                temperature=sample.temperature,
                top_k=sample.top_k,
                top_p=sample.top_p,
                seed=sample.seed,
                tokens_per_s=round(generation.tokens_per_s, 1),
            )
        self.progress.sampled_step = self.progress.step

    def _save(self, kind: str) -> Iterator[News]:
        """Save a checkpoint. Where that fails, training waits: nothing is lost by waiting."""
        while not (yield from self._try_to_save(kind)):
            if self.dial.ending == "aborted" or not self._finite:
                break
        self.dial.take_up_ending()

    def _try_to_save(self, kind: str) -> Generator[News, None, bool]:
        """Save once. Weights that are not finite are never saved: they push out good ones."""
        self.dial.wants_checkpoint = False
        if not (yield from self._is_finite()):
            return False
        step = self.progress.step
        yield events.Saving(step)
        self.progress.lr_scale = self.dial.lr_scale
        try:
            saved = self._save_checkpoint(
                SaveRequest(step, kind, dataclasses.replace(self.progress))
            )
        except NotFiniteError as error:
            yield from self._not_finite(error.what.rstrip("."))
            return False
        except DataError as error:
            if self.dial.ending == "signal":
                raise  # nobody can be waited for
            if self.dial.ending != "aborted":
                self.dial.put_off_ending(UNSAVED)
            yield events.Health("save_failed", "error", step, str(error))
            return False
        self._saved_step = step
        yield saved
        return True

    def _end(self, reason: str) -> Iterator[News]:
        step = self.progress.step
        if reason in _COMPLETE and self.progress.evaluated_step != step:
            yield from self._evaluate()
        reason = self.dial.ending or reason
        # A finished run's last checkpoint is marked final even where an interval just saved it.
        if reason in _COMPLETE:
            yield from self._save("final")
        elif reason != "aborted" and step and self._saved_step != step:
            yield from self._save("interval")
        yield events.Finished(step, self.dial.ending or reason)
