"""Kill a worker inside saves, renames and event writes, go on, and compare with a whole run."""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

from support import TINY_PRESET, WAIT_SECONDS, finish, tiny_preset, wait_for, weights_hash

from ttgpt.engine import events
from ttgpt.engine.checkpoints import info
from ttgpt.engine.checkpoints.folder import PARTIAL
from ttgpt.engine.disk.folders import OLD
from ttgpt.engine.errors import TtgptError
from ttgpt.engine.runs.event_log import Damaged, EventReader
from ttgpt.engine.runs.rundir import RunFolder
from ttgpt.engine.runs.starting import StartedRun, resume_run, start_run
from ttgpt.engine.worker.launch import start_training

from .tally import Tally, dice

STEPS = 60

_BUSY = {
    "max_steps: 40": f"max_steps: {STEPS}, keep_last: 4",
    "log_interval: 5": "log_interval: 1",
    "checkpoint_interval: 10": "checkpoint_interval: 2",
    "interval: 20": "interval: 6",
}
"""So that most of the time goes into saving and writing."""


def trials(seed: int, home: Path, tally: Tally, kills: int = 4) -> Iterator[None]:
    """Each trial is a run that is killed some times and must end as the one that was not."""
    whole = _begin(home, "whole")
    if finish(whole, 300) != 0:
        raise RuntimeError(f"the run without kills did not end well: {whole.run.log.read_text()}")
    wanted = _written(whole.run, tally)
    for number in count():
        run = _killed(home, f"killed-{number}", kills, dice(seed, "kills", number), tally)
        _compare(run, whole.run, wanted, tally)
        tally.tried["runs compared"] += 1
        yield


def _begin(home: Path, name: str) -> StartedRun:
    text = TINY_PRESET
    for calm, busy in _BUSY.items():
        text = text.replace(calm, busy)
    return start_run(home, tiny_preset(text), name=name)


def _killed(home: Path, name: str, kills: int, chance: random.Random, tally: Tally) -> RunFolder:
    started = _begin(home, name)
    run = started.run
    for _ in range(kills):
        window = chance.choice(sorted(_WINDOWS))
        _WINDOWS[window](run, started.process, chance)
        if started.process.poll() is not None:
            break  # it came to its end first
        started.process.kill()
        started.process.wait()
        tally.tried["kills"] += 1
        tally.tried[f"kills {_found_in(run)}"] += 1
        _check_kept(run, f"{name}, killed in {window}", tally)
        # The command's own way looks at everything first, in a process that costs as much again.
        if chance.random() < 0.3:
            started = _gone_on(home, run, f"{name}, killed in {window}", tally)
        else:
            started = StartedRun(run, start_training(run))
    if finish(started, 300) != 0:
        tally.fault(name, "did not end well", run.log.read_text()[-2000:])
    return run


def _gone_on(home: Path, run: RunFolder, when: str, tally: Tally) -> StartedRun:
    try:
        return resume_run(home, run)
    except TtgptError as error:
        tally.fault(when, f"it does not go on: {error.why}", error.what)
    return wait_for("the run to go on", lambda: _or_none(home, run))


def _or_none(home: Path, run: RunFolder) -> StartedRun | None:
    try:
        return resume_run(home, run)
    except TtgptError:
        return None


def _wait(process: subprocess.Popen[bytes], condition: Callable[[], object]) -> None:
    """Wait without a pause: what is waited for lasts for less than a millisecond."""
    deadline = time.monotonic() + WAIT_SECONDS
    while process.poll() is None and not condition():
        assert time.monotonic() < deadline


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except FileNotFoundError:
        return []


def _in_a_save(run: RunFolder, process: subprocess.Popen[bytes], chance: random.Random) -> None:
    _let_some_pass(run, process, chance)
    _wait(process, lambda: any(name.endswith(PARTIAL) for name in _names(run.checkpoints)))
    time.sleep(chance.uniform(0, 0.008))


def _at_a_rename(run: RunFolder, process: subprocess.Popen[bytes], chance: random.Random) -> None:
    _let_some_pass(run, process, chance)
    _wait(process, lambda: any(run.checkpoints.glob(f"*{PARTIAL}/{info.STATE}")))
    time.sleep(chance.uniform(0, 0.003))


def _at_an_event(run: RunFolder, process: subprocess.Popen[bytes], chance: random.Random) -> None:
    _let_some_pass(run, process, chance)
    size = run.events.stat().st_size if run.events.exists() else 0
    _wait(process, lambda: run.events.exists() and run.events.stat().st_size > size)


def _at_a_small_file(
    run: RunFolder, process: subprocess.Popen[bytes], chance: random.Random
) -> None:
    _wait(process, lambda: any(name.endswith(".partial") for name in _names(run.path)))
    time.sleep(chance.uniform(0, 0.001))


def _while_starting(
    run: RunFolder, process: subprocess.Popen[bytes], chance: random.Random
) -> None:
    _wait(process, run.lock.exists)
    time.sleep(chance.uniform(0, 1.5))


def _while_stopping(
    run: RunFolder, process: subprocess.Popen[bytes], chance: random.Random
) -> None:
    _let_some_pass(run, process, chance)
    process.terminate()
    time.sleep(chance.uniform(0, 0.03))


_WINDOWS = {
    "a save": _in_a_save,
    "a rename": _at_a_rename,
    "an event": _at_an_event,
    "a small file": _at_a_small_file,
    "the start": _while_starting,
    "the stop": _while_stopping,
}


def _let_some_pass(run: RunFolder, process: subprocess.Popen[bytes], chance: random.Random) -> None:
    """Let the worker get to its steps, and some of them pass."""
    size = run.events.stat().st_size if run.events.exists() else 0
    wanted = size + chance.randrange(1000, 6000)
    _wait(process, lambda: run.events.exists() and run.events.stat().st_size > wanted)


def _found_in(run: RunFolder) -> str:
    """Say by what a killed worker left in which window it was hit."""
    checkpoints = _names(run.checkpoints)
    if any(name.endswith(OLD) for name in checkpoints):
        return "between two renames"
    if any(name.endswith(PARTIAL) for name in checkpoints):
        return "inside a save"
    if any(name.endswith(".partial") for name in _names(run.path)):
        return "inside a small file"
    if run.events.exists() and not run.events.read_bytes().endswith(b"\n"):
        return "inside an event"
    return "elsewhere"


def _check_kept(run: RunFolder, when: str, tally: Tally) -> None:
    """Look that what bears a checkpoint's name is whole, and that every event can be read."""
    for name in _names(run.checkpoints):
        if name.endswith((PARTIAL, OLD)):
            continue
        try:
            info.verify(run.checkpoints / name)
            tally.tried["checkpoints verified"] += 1
        except TtgptError as error:
            tally.fault(when, "a checkpoint is not whole", f"{name}: {error.why}")
    for one in EventReader(run.events).poll() if run.events.exists() else ():
        if isinstance(one, Damaged):
            tally.fault(when, "a damaged event", str(one))


Written = dict[tuple[str, int], object]


def _written(run: RunFolder, tally: Tally) -> Written:
    """Give losses and texts by step; a step that was done again must have come out the same."""
    found: Written = {}
    for one in EventReader(run.events).poll():
        if isinstance(one, Damaged):
            continue
        event = one.event
        if isinstance(event, events.Step):
            result: object = (event.loss, event.lr, event.grad_norm)
        elif isinstance(event, events.Evaluated):
            result = (event.train_loss, event.val_loss)
        elif isinstance(event, events.Sample):
            result = event.text
        else:
            continue
        if found.setdefault((event.type, event.step), result) != result:
            tally.fault(run.name, "a step came out in two ways", f"{event.type} {event.step}")
    return found


def _compare(run: RunFolder, whole: RunFolder, wanted: Written, tally: Tally) -> None:
    found = _written(run, tally)
    differing = sorted(
        key for key in wanted.keys() | found.keys() if wanted.get(key) != found.get(key)
    )
    if differing:
        tally.fault(run.name, "not as the run without kills", str(differing[:5]))
    tally.tried["losses and texts compared"] += len(wanted)
    if weights_hash(run, STEPS) != weights_hash(whole, STEPS):
        tally.fault(run.name, "not the weights of the run without kills")
