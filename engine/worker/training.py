"""A worker that trains one run, from its first step or its newest whole checkpoint."""

from __future__ import annotations

import contextlib
import os
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path

from .. import backends, events
from ..backends import Session
from ..checkpoints import checkpoint
from ..checkpoints.info import whole_checkpoints
from ..config import RunConfig
from ..data import mapped
from ..disk.folders import disk_error
from ..doctor.host import Host
from ..errors import DataError, EnvironmentNotReady, TtgptError
from ..health import history
from ..health.finding import Evaluation
from ..home import COMPILED
from ..host import leftovers
from ..host.locks import Lock, LockHeldError
from ..runs.event_log import EventWriter
from ..runs.rundir import RunFolder, RunInfo
from ..training.dial import LR_SCALE, Dial
from ..training.trainer import Trainer
from .announcing import announce
from .device import take_device, taking_once
from .job import Job
from .journal import Journal
from .loop import Loop
from .models import Models
from .process import StopFlag, rotate_log
from .readings import Readings
from .saving import CheckpointSaver, Restored, newest_whole
from .server import Server
from .watchman import Watchman


def main(folder: Path, stop: StopFlag) -> int:
    """Train a run to its end; the value is the exit code."""
    run = RunFolder(folder)
    lock = Lock(run.lock)
    try:
        lock.acquire(f"run {folder.name}")
        log = EventWriter(run.events)
    except LockHeldError as held:
        print(f"refused: {held.owner} trains this run already", flush=True)
        return EnvironmentNotReady.exit_code
    except OSError as error:
        print(disk_error(f"The run folder {folder} cannot be used.", error), flush=True)
        return DataError.exit_code
    rotate_log(run.log)
    try:
        with contextlib.ExitStack() as opened:
            code = _train(run, log, stop, opened)
        with contextlib.suppress(OSError):  # said or not, it is so
            log.write(events.Closed("done" if code == 0 else "failed"))
        return code
    finally:
        log.close()
        lock.release()


def _train(run: RunFolder, log: EventWriter, stop: StopFlag, opened: contextlib.ExitStack) -> int:
    """Train; whatever goes wrong becomes a `failed` event, here and nowhere else."""
    try:
        job, loop = _open(run, log, stop, opened)
        loop.run()
        return 0 if job.ended else TtgptError.exit_code
    except Exception as error:
        traceback.print_exc()
        if isinstance(error, OSError) and error.filename:
            error = disk_error("The run cannot go on.", error)
        is_refusal = False
        with contextlib.suppress(OSError, TtgptError):  # the disk may be what went wrong
            is_refusal = run.mark_refused() != "failed"
        with contextlib.suppress(OSError, TtgptError):
            log.write(_failure(run, error, is_refusal=is_refusal))
        return error.exit_code if isinstance(error, TtgptError) else TtgptError.exit_code


def _open(
    run: RunFolder, log: EventWriter, stop: StopFlag, opened: contextlib.ExitStack
) -> tuple[Job, Loop]:
    info = run.update(state="starting", pid=os.getpid(), socket=str(run.socket_path()))
    dial = Dial(run.config())
    dataset = _load_data(run, info)
    leftovers.clean(run.path)
    dataset.tokenizer.save(run.path / "tokenizer.json")
    session = _open_session(run, info, dial.config, dataset.tokenizer.vocab_size, log, opened)
    checkpoint.prepare_folder(run.checkpoints)
    restored = newest_whole(run)
    _restore(session, restored)
    take = taking_once(f"run {run.path}", opened)
    models = Models(info.backend, session.describe().numerics, take)
    opened.callback(models.close)
    saver = CheckpointSaver(
        run, session, dataset.tokenizer, dial, in_use=lambda: models.checkpoints
    )
    scaled = _take_lr_scale(restored, info)
    trainer = Trainer(session, dataset, dial, restored.progress, saver)
    journal = Journal(run, log)
    before = _evaluations_before(run, restored)
    watchman = Watchman(session, dataset, dial.config.train, before)
    announce(run, journal, session, trainer, restored)
    if scaled is not None:
        journal.tell(scaled)
    watch = _watch(info, watchman, run)
    job = Job(run, journal, session, dataset.tokenizer, trainer, dial, watch)
    server = Server(run.socket_path())
    opened.callback(server.close)
    return job, Loop(server, models, stop, training=job)


def _open_session(
    run: RunFolder,
    info: RunInfo,
    config: RunConfig,
    vocab_size: int,
    log: EventWriter,
    opened: contextlib.ExitStack,
) -> Session:
    """Take the device, and build the model on it with fresh weights."""
    backend = backends.get(info.backend)
    take_device(backend.device(config.train.device), f"run {run.path}", opened)
    _report(log, "opening the device")
    session = backend.open(
        config.model,
        config.train,
        vocab_size,
        config.train.seed,
        numerics=info.numerics or None,
        report=lambda what: _report(log, what),
        cache=run.home / COMPILED,
    )
    opened.callback(session.close)
    return session


def _watch(
    info: RunInfo, watchman: Watchman, run: RunFolder
) -> Callable[[events.Event], Iterable[events.Event]]:
    """Give what adds to the events of a run; the cards' readings only where a card trains."""
    if info.backend == "torch":
        return watchman.watch
    readings = Readings(Host.here(run.home))
    return lambda event: readings.watch(watchman.watch(event))


def _load_data(run: RunFolder, info: RunInfo) -> mapped.DataSet:
    dataset = mapped.load(run.home / info.data)  # an absolute path stays as it is
    if info.data_sha256 and dataset.meta.sha256 != info.data_sha256:
        raise DataError(
            f"The data set {info.data} is not the one this run began with.",
            "Its text has changed since.",
            "Prepare the first text again under this name, or start a new run.",
        )
    return dataset


def _report(log: EventWriter, what: str) -> None:
    with contextlib.suppress(OSError):  # a full disk is no reason to end here
        log.write(events.Compiling(what))


def _restore(session: Session, restored: Restored) -> None:
    if restored.checkpoint is None:
        return
    session.load_weights(restored.checkpoint.weights)
    if restored.checkpoint.optimizer is not None:
        session.load_optimizer_state(restored.checkpoint.optimizer)


def _evaluations_before(run: RunFolder, restored: Restored) -> list[Evaluation]:
    """Give what the run is measured against: nothing where it has to warm up anew."""
    found = restored.checkpoint
    if found is None or found.optimizer is None:
        return []  # without its moments the loss jumps up for a while
    return history.evaluations(run.events, restored.progress.step)


def _take_lr_scale(restored: Restored, info: RunInfo) -> events.Setting | None:
    """Take the scale that was set last, and say so where the checkpoint has another."""
    old = restored.progress.lr_scale
    if info.lr_scale is None or info.lr_scale == old:
        return None
    restored.progress.lr_scale = info.lr_scale
    return events.Setting(LR_SCALE, old, info.lr_scale)


def _failure(run: RunFolder, error: Exception, *, is_refusal: bool) -> events.Failed:
    whole = whole_checkpoints(run.path)
    known = isinstance(error, TtgptError)
    return events.Failed(
        step=whole[-1].step if whole else 0,
        kind=type(error).__name__,
        message=str(error) if known else f"{type(error).__name__}: {error}",
        trace="" if known else "".join(traceback.format_exception(error)),
        exit_status=error.exit_code if isinstance(error, TtgptError) else TtgptError.exit_code,
        last_checkpoint=whole[-1].path.name if whole else "",
        is_refusal=is_refusal,
    )
