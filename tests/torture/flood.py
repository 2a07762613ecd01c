"""Do to a worker's socket what no app does while it trains: each step comes out the same."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import random
import socket
import threading
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

from support import TINY_PRESET, WAIT_SECONDS, finish, tiny_preset, wait_for, weights_hash

from ttgpt.engine import events
from ttgpt.engine.commands import COMMAND_TYPES
from ttgpt.engine.runs.event_log import EventReader
from ttgpt.engine.runs.rundir import RunFolder
from ttgpt.engine.runs.starting import StartedRun, start_run
from ttgpt.engine.training.dial import SETTABLE

from .tally import Tally, dice

_LONG = {
    "log_interval: 5": "log_interval: 1",
    "eval_interval: 20": "eval_interval: 500",
    "checkpoint_interval: 10": "checkpoint_interval: 500",
    "sample: {interval: 20": "sample: {interval: 500",
}
_MOST_MEGABYTES = 1000
"""For the worker; without a flood it takes 400."""
_ATTACKERS = 3
_ENDING = {"pause", "stop", "abort", "resume", "shutdown", "checkpoint", "sample"}
"""Commands without a value: nothing in them can be wrong, and some would end the run."""
_VALUES = (None, True, -1, 10**400, 1e308, 1e-320, float("nan"), float("inf"), "", "x", [], {})
_VALUES += ("\ud800", "\x00", "../" * 9, "/dev/zero", [[[[]]]], {"": {"": None}})


def trials(seed: int, home: Path, tally: Tally, steps: int = 1500) -> Iterator[None]:
    """Each trial is a run of some steps, beside a flood that lasts as long as it trains."""
    whole = _begin(home, "whole", steps)
    if finish(whole, 300) != 0:
        raise RuntimeError(f"the run without a flood did not end well: {whole.run.log.read_text()}")
    wanted = _losses(whole.run)
    for number in count():
        started = _begin(home, f"flooded-{number}", steps)
        _flood(started, (seed, number), tally)
        code = finish(started, 300)
        run, where = started.run, f"run {number}"
        if code != 0 or "Traceback" in run.log.read_text():
            tally.fault(
                where, "the worker had trouble", f"code {code}: {run.log.read_text()[-2000:]}"
            )
        found = _losses(run)
        tally.tried["losses compared"] += len(wanted)
        if found != wanted:
            differing = [one for one, other in zip(found, wanted, strict=False) if one != other]
            tally.fault(where, "not the losses of the run without a flood", str(differing[:3]))
        elif weights_hash(run, steps) != weights_hash(whole.run, steps):
            tally.fault(where, "not the weights of the run without a flood")
        tally.tried["runs compared"] += 1
        yield


def _begin(home: Path, name: str, steps: int) -> StartedRun:
    text = TINY_PRESET.replace("max_steps: 40", f"max_steps: {steps}")
    for short, long in _LONG.items():
        text = text.replace(short, long)
    return start_run(home, tiny_preset(text), name=name)


def _losses(run: RunFolder) -> list[tuple[object, ...]]:
    told = [one.event for one in EventReader(run.events).poll()]  # a damaged one has no event
    steps = [(e.step, e.loss, e.lr, e.grad_norm) for e in told if isinstance(e, events.Step)]
    return steps + [(e.step, e.val_loss) for e in told if isinstance(e, events.Evaluated)]


def _flood(started: StartedRun, trial: tuple[int, int], tally: Tally) -> None:
    run, process = started.run, started.process
    wait_for("the socket", lambda: run.socket_path().exists() or process.poll() is not None)
    is_over = threading.Event()
    threads = [
        threading.Thread(target=_attack, args=(run, is_over, dice(*trial, which), tally))
        for which in range(_ATTACKERS)
    ]
    for thread in threads:
        thread.start()
    try:
        while process.poll() is None and run.state() != "finished":
            _ask_in_peace(run, is_over, tally)
            with contextlib.suppress(FileNotFoundError, IndexError):  # it has just ended
                status = Path(f"/proc/{process.pid}/status").read_text()
                tally.measured("most megabytes", int(status.split("VmHWM:")[1].split()[0]) >> 10)
    finally:
        is_over.set()
        for thread in threads:
            thread.join(WAIT_SECONDS)
    if tally.peak["most megabytes"] > _MOST_MEGABYTES:
        tally.fault(f"{trial}", "took too much memory", f"{tally.peak['most megabytes']} MB")


def _ask_in_peace(run: RunFolder, is_over: threading.Event, tally: Tally) -> None:
    """Be the app beside the flood: it is answered, unless all places are taken."""
    try:
        with _connected(run, WAIT_SECONDS) as peer:
            peer.sendall(b'{"id": 1, "type": "status"}\n')
            if b'"ok"' in peer.makefile("rb").readline():
                tally.tried["peaceful questions answered"] += 1
            else:
                tally.tried["peaceful questions turned away"] += 1
    except TimeoutError:
        tally.fault(run.name, "a peaceful question was not answered in a minute")
    except OSError:
        tally.tried["peaceful questions turned away"] += 1
    is_over.wait(0.05)


def _attack(run: RunFolder, is_over: threading.Event, chance: random.Random, tally: Tally) -> None:
    while not is_over.is_set():
        kind = chance.choice(sorted(_ATTACKS))
        with contextlib.suppress(OSError):  # dropped, turned away, or at its end
            _ATTACKS[kind](run, chance)
        tally.tried[kind] += 1


def _connected(run: RunFolder, seconds: float = 2.0) -> socket.socket:
    peer = socket.socket(socket.AF_UNIX)
    peer.settimeout(seconds)
    try:
        peer.connect(str(run.socket_path()))
    except OSError:
        peer.close()
        raise
    return peer


def _send(run: RunFolder, *blocks: bytes, reads: int = 0) -> None:
    with _connected(run) as peer:
        for block in blocks:
            peer.sendall(block)
        for _ in range(reads):
            peer.recv(65536)


def _request(**fields: Any) -> bytes:
    return json.dumps({"id": 1, **fields}).encode() + b"\n"


def _generate(length: int = 100_000) -> bytes:
    return _request(type="generate", prompt="MARTHA:\n", max_new_tokens=length)


def _hostile_commands(run: RunFolder, chance: random.Random) -> None:
    lines = []
    for _ in range(20):
        kind = COMMAND_TYPES[chance.choice(sorted(COMMAND_TYPES.keys() - _ENDING))]
        names = [field.name for field in dataclasses.fields(kind)]  # type: ignore[arg-type]
        fields = {name: chance.choice(_VALUES) for name in names if chance.random() < 0.6}
        if kind.type == "set":
            fields["name"] = chance.choice([*SETTABLE, "model.n_layer", "x"])
            fields.setdefault("value", "x")
        lines.append(_request(type=kind.type, **fields))
    _send(run, *lines, reads=1)


def _many_connections(run: RunFolder, chance: random.Random) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(300):
            with contextlib.suppress(OSError):
                stack.enter_context(_connected(run, 0.01))


_ATTACKS: dict[str, Callable[[RunFolder, random.Random], None]] = {
    "random bytes": lambda run, chance: _send(run, chance.randbytes(50_000)),
    "half a line": lambda run, chance: _send(run, _generate()[: chance.randrange(1, 60)]),
    "16 MB without an end": lambda run, chance: _send(run, *[b"x" * (1 << 16)] * 300),
    "deep lists": lambda run, chance: _send(run, b"[" * 100_000 + b"\n", reads=1),
    "a deep value": lambda run, chance: _send(
        run, b'{"id": 1, "type": "set", "name": "train.lr_scale", "value": '
        + b"[" * 100_000 + b"]" * 100_000 + b"}\n", reads=1
    ),
    "300 connections": _many_connections,
    "hung up at once": lambda run, chance: _connected(run).close(),
    "texts, then hung up": lambda run, chance: _send(run, *[_generate()] * 100),
    "texts, read a little": lambda run, chance: _send(run, *[_generate()] * 20, reads=20),
    "questions, never read": lambda run, chance: _send(run, *[_request(type="status")] * 3000),
    "hostile commands": _hostile_commands,
    "a foreign id": lambda run, chance: _send(
        run, json.dumps({"id": chance.choice(_VALUES), "type": "status"}).encode() + b"\n", reads=1
    ),
}  # fmt: skip
