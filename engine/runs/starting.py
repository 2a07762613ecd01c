"""Start, or go on with, a run: the one path that the app and the command line share.

The caller may be the app, which never loads numpy or torch, so what needs them (looking for the
backend, preparing the text) is done by a short-lived child process; see `worker.ready`.
"""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..cards.save_often import save_often
from ..checkpoints import rewind
from ..checkpoints.info import TOKENIZER, whole_checkpoints
from ..config import RunConfig
from ..data.meta import Meta, read_meta
from ..data.tokenizer import Tokenizer
from ..disk.folders import disk_error
from ..doctor import Host
from ..doctor.cards import read_cards
from ..doctor.readiness import explained, why_no_card
from ..doctor.reset import refuse_while_resetting
from ..errors import TtgptError, UsageError
from ..host import children, locks
from ..presets import Preset
from ..training import schedule
from ..training.dial import LR_SCALE, PROMPTS, SETTABLE, check_prompts, fixed, read_lr_scale
from ..worker.launch import refuse_second_trainer, start_training
from ..worker.program import worker_program
from ..worker_settings import load_backend, load_worker
from .rundir import RunFolder, check_name, create_run

READY = "ttgpt.engine.worker.ready"
Say = Callable[[str], None]
"""Takes a few words about what is being done, for a progress line."""

_RESUMABLE = (
    *(name for name in SETTABLE if name != LR_SCALE),
    "train.epochs",
    "train.keep_best",
    "train.keep_last",
    "train.milestones",
)


@dataclass(frozen=True)
class StartedRun:
    """A run and the handle of its worker; the handle may be dropped."""

    run: RunFolder
    process: subprocess.Popen[bytes]


def start_run(
    home: Path,
    preset: Preset,
    *,
    settings: dict[str, str] | None = None,
    data: str | None = None,
    backend: str = "auto",
    name: str | None = None,
    say: Say = lambda what: None,
) -> StartedRun:
    """Check everything, prepare the data, make the run folder and start its worker.

    Args:
        home: The home folder.
        preset: What to train.
        settings: Dotted names to values that replace the preset's.
        data: A prepared set's name, a bundled text, or a path; replaces the preset's.
        backend: A backend's name; `auto` takes the one in the settings.
        name: The run's name; None makes one from the preset's.
        say: Told what is being done.

    Raises:
        TtgptError: Something does not fit; no run was made.
    """
    backend = load_backend(home) if backend == "auto" else backend
    changes: dict[str, Any] = dict(settings or {})
    if data is not None:
        changes["data.source"] = data
    config = preset.config.with_settings(changes)
    if backend == "ttml":
        _check_card(home)
    if name is not None:
        check_name(home, name)
    ready = _ask_ready(home, backend, config, say)
    meta = read_meta(Path(ready["folder"]))
    meta.check_block_size(config.model.block_size)
    # A set that was prepared earlier keeps its own settings; the run is recorded with these.
    config = config.with_settings(
        {
            "data.tokenizer": meta.tokenizer,
            "data.vocab_size": meta.recipe.vocab_size,
            "data.val_fraction": meta.val_fraction,
        }
    )
    _check_prompts(config, changes, Path(ready["folder"]) / TOKENIZER, say)
    if ready["backend"] == "ttml":
        config = save_often(config, changes, read_cards(Host.here(home)), say)
    with _turn(home):
        _refuse_others(home, ready["backend"])
        run = create_run(
            home,
            preset=preset.name,
            preset_text=preset.text,
            config=config,
            backend=ready["backend"],
            data=Path(ready["folder"]),
            data_sha256=meta.sha256,
            name=name,
        )
        say("starting the worker")
        return StartedRun(run, start_training(run))


def resume_run(
    home: Path,
    run: RunFolder,
    *,
    settings: dict[str, str] | None = None,
    from_step: int | None = None,
    say: Say = lambda what: None,
) -> StartedRun:
    """Go on with a run that ended or crashed, from its newest whole checkpoint.

    Args:
        home: The home folder.
        run: The run.
        settings: Dotted names to values; only what changes nothing already computed.
        from_step: Go back to this step's checkpoint; later ones are set aside.
        say: Told what is being done.

    Raises:
        TtgptError: It is live, has nothing left to do, or a setting may not change.
    """
    with _turn(run.home):
        _check_idle(run)
        _refuse_others(home, run.info().backend)
        changes = dict(settings or {})
        scale = changes.pop(LR_SCALE, None)
        lr_scale = run.info().lr_scale if scale is None else read_lr_scale(scale)
        config = _resumed_config(run, changes)
        _tell_rise(run, config, say)
        if PROMPTS in changes:
            _check_prompts(config, changes, run.path / TOKENIZER, say)
        if from_step is None:
            _check_something_left(run, config)
        else:
            rewind.set_aside_after(run, from_step)
        try:
            run.write_config(config)
            run.mark_starting(lr_scale=lr_scale)
        except OSError as error:
            raise disk_error(f"The run {run.info().name!r} cannot go on.", error) from error
        say("starting the worker")
        try:
            return StartedRun(run, start_training(run))
        except TtgptError:
            run.mark_refused()
            raise


@contextlib.contextmanager
def _turn(home: Path) -> Iterator[None]:
    """Let one start at a time look whether it may be, and make itself known to the others."""
    try:
        with locks.one_at_a_time(home / "starting.lock"):
            yield
    except OSError as error:
        raise disk_error(f"Cannot start a run in {home}.", error) from error


def _check_prompts(config: RunConfig, changes: dict[str, Any], path: Path, say: Say) -> None:
    """Refuse prompts that the vocabulary cannot write; of a preset's say what is left out.

    Raises:
        UsageError: A character of a prompt that was asked for is outside the vocabulary.
        DataError: The tokenizer cannot be read.
    """
    tokenizer = Tokenizer.load(path)
    if PROMPTS in changes:
        check_prompts(config.sample.prompts, tokenizer)
    elif missing := tokenizer.missing(config.sample.prompts):
        say(f"sample.prompts: the text has no {missing!r}; samples begin without")


def _check_card(home: Path) -> None:
    """Say at once what the doctor would say; the worker's interpreter is asked once more later."""
    refuse_while_resetting(Host.here(home))
    blocking = why_no_card(Host.here(home, load_worker(home), "ttml"))
    if blocking is not None:
        raise blocking.as_error()


def _refuse_others(home: Path, backend: str) -> None:
    """Refuse to start beside whoever uses the device already."""
    refuse_second_trainer(home, backend)
    if backend == "ttml":
        refuse_while_resetting(Host.here(home))


def _check_idle(run: RunFolder) -> None:
    lock = locks.Lock(run.lock)
    try:
        if not run.is_live():
            # The worker may be out of sight, on another host or in a container of its own.
            lock.acquire("starting")
            lock.release()
            return
    except locks.LockHeldError:
        pass
    name = run.info().name
    raise UsageError(
        f"The run {name!r} is {run.live_words}.",
        "A worker has it in hand.",
        f"Watch it: ttgpt-tui attach '{name}'.",
    )


def _resumed_config(run: RunFolder, settings: dict[str, str]) -> RunConfig:
    for setting in settings:
        if setting not in _RESUMABLE:
            raise fixed(setting, "when a run goes on", (*_RESUMABLE, LR_SCALE))
    return run.config().with_settings(dict(settings))


def _ask_ready(home: Path, backend: str, config: RunConfig, say: Say) -> dict[str, Any]:
    try:
        return children.ask(
            READY,
            {
                "home": str(home),
                "backend": backend,
                "data": config.to_dict()["data"],
                "config": config.to_dict(),
            },
            folder=home,
            remark=lambda said: say(said["say"]),
            program=worker_program(home, backend),
        )
    except children.NoAnswer as silence:
        raise explained(home, backend, silence) from silence


def _length(run: RunFolder, config: RunConfig) -> int:
    meta: Meta = read_meta(run.home / run.info().data)
    return schedule.resolve_steps(config.train, meta.train_tokens, config.model.block_size)[0]


def _tell_rise(run: RunFolder, config: RunConfig, say: Say) -> None:
    """Say where a longer schedule begins with a higher learning rate than the run ended with."""
    whole, before = whole_checkpoints(run.path), run.config()
    if not whole or before.train == config.train:
        return
    old, new = (
        schedule.learning_rate(whole[-1].step, one.train, _length(run, one))
        for one in (before, config)
    )
    if new > old:
        say(schedule.rise(old, new))


def _check_something_left(run: RunFolder, config: RunConfig) -> None:
    whole, max_steps = whole_checkpoints(run.path), _length(run, config)
    # One that ended between its last checkpoint and its last word has that word left to say.
    is_finished = run.info().state == "finished"
    if is_finished and whole and whole[-1].step >= max_steps:
        raise UsageError(
            f"The run {run.info().name!r} is complete at step {whole[-1].step:,}.",
            f"Its length is {max_steps:,} steps.",
            f"Give it more: --set train.max_steps={2 * max_steps}.",
        )
