"""A stand-in for the training worker: writes what its script says, computes nothing.

Run as `python scripted_worker.py RUN_FOLDER SCRIPT`; SCRIPT is a name in `SCRIPTS`.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
from pathlib import Path

from ttgpt.engine import commands, events
from ttgpt.engine.commands import Chunk, Reply
from ttgpt.engine.errors import DataError
from ttgpt.engine.host.locks import Lock
from ttgpt.engine.runs.event_log import EventWriter
from ttgpt.engine.runs.rundir import RunFolder
from ttgpt.engine.worker.server import Asked, Server

TEXT = "ROMEO:\nWhat \x1b[31msay"


class Worker:
    def __init__(self, run: RunFolder) -> None:
        self.run = run
        self.log = EventWriter(run.events)
        self.paused = False
        self.waits_for_disk = False

    def open(self) -> None:
        self.run.update(state="running", pid=os.getpid(), device="cpu")
        self.log.write(
            events.Opened(
                backend="torch",
                device="cpu",
                device_count=1,
                dtype="float32",
                parameters=804_000,
                vocab_size=65,
                steps_done=0,
                max_steps=2000,
                tokens_per_step=1024,
            )
        )

    def step(self, step: int) -> None:
        self.log.write(events.Step(step, step * 1024, 4.0 / step, 1e-3, 0.5, 12.0, 3696.0))

    def save(self, step: int, kind: str) -> None:
        self.log.write(events.Saving(step))
        path = f"checkpoints/{step:06d}"
        self.log.write(events.Checkpoint(step, path, 3_200_000, 2.0, 2.1, kind))

    def end(self, step: int, reason: str) -> int:
        self.log.write(events.Finished(step, reason))
        self.run.update(state="stopped" if reason in ("stopped", "signal") else "finished")
        self.log.write(events.Closed("done"))
        return 0

    def serve(self) -> int:
        """Answer requests until asked to stop."""
        server = Server(self.run.socket_path())
        self.step(2)
        try:
            while True:
                asked = server.inbox.get()
                if isinstance(asked, Asked) and self._answer(server, asked):
                    self.save(2, "interval")
                    return self.end(2, "stopped")
        finally:
            server.close()

    def _answer(self, server: Server, asked: Asked) -> bool:
        number, command = asked.request.id, asked.request.command
        if isinstance(command, commands.Generate):
            self._write(server, asked, command)
            return False
        if isinstance(command, commands.Pause):
            self.run.update(state="paused")
        if isinstance(command, commands.Resume):
            self.run.update(state="running")
        result: dict[str, object] = {"task": "train", "step": 2}  # also of a snapshot
        if isinstance(command, commands.Status):
            result["waiting_for_disk"] = self.waits_for_disk
        if isinstance(command, commands.Set):
            result = {"name": command.name, "old": "before", "new": command.value}
        server.send(asked.peer, Reply(number, result=result))
        return isinstance(command, (commands.Stop, commands.Abort))

    def _write(self, server: Server, asked: Asked, command: commands.Generate) -> None:
        number = asked.request.id
        if command.prompt == "refused":
            error = DataError("The prompt is refused.", "It is this one.", "Try another.")
            server.send(asked.peer, Reply(number, error=error))
            return
        for part in range(0, len(TEXT), 6):
            for sample in range(command.num_samples):
                server.send(asked.peer, Chunk(number, sample, TEXT[part : part + 6], part))
        seed = 4711 if command.seed == -1 else command.seed
        result = {
            "samples": [
                {"text": TEXT, "seed": seed + number, "tokens": len(TEXT)}
                for number in range(command.num_samples)
            ],
            "prompt": command.prompt,
            "seed": seed,
            "tokens": len(TEXT) * command.num_samples,
            "tokens_per_s": 212.0,
            "first_ms": 41.0,
            "reason": "length",
            "checkpoint": command.checkpoint,
            "step": int(Path(command.checkpoint or "2").name),
        }
        server.send(asked.peer, Reply(number, result=result))


def finish(worker: Worker) -> int:
    worker.open()
    worker.step(1)
    worker.step(2)
    worker.log.write(events.Evaluated(2, 2.0, 2.1, 512, True))
    worker.log.write(events.Sample(2, "\n", TEXT, 0.8, 40, 1.0, 1, 300.0))
    worker.log.write(
        events.Health("slow", "warning", 2, "Steps became slower.", "12 ms, then 30 ms")
    )
    worker.save(2, "final")
    return worker.end(2, "max_steps")


def fail(worker: Worker) -> int:
    worker.open()
    worker.step(1)
    message = "The text is gone.\nSomebody moved it.\nPut it back."
    worker.log.write(events.Failed(1, "DataError", message, exit_status=4))
    worker.run.update(state="failed")
    return 4


def fail_by_a_bug(worker: Worker) -> int:
    worker.open()
    worker.log.write(events.Failed(1, "ValueError", "ValueError: 7", trace="Traceback ..."))
    worker.run.update(state="failed")
    return 1


def die(worker: Worker) -> int:
    worker.open()
    worker.step(1)
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def refuse(worker: Worker) -> int:
    print("refused: somebody trains this run already", file=sys.stderr)
    return 3


def serve(worker: Worker) -> int:
    worker.open()
    worker.step(1)
    return worker.serve()


def full(worker: Worker) -> int:
    """Answer, but write no more: the disk is full."""
    worker.waits_for_disk = True
    return serve(worker)


def deaf(worker: Worker) -> int:
    """Hear nothing but signals, as a worker does while it opens its device."""
    raised: queue.SimpleQueue[int] = queue.SimpleQueue()
    signal.signal(signal.SIGTERM, lambda number, frame: raised.put(number))
    worker.open()
    while raised.empty():
        signal.pause()
    return worker.end(1, "signal")


def never_ends(worker: Worker) -> int:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    worker.open()
    worker.step(1)
    while True:
        signal.pause()


SCRIPTS = {
    script.__name__: script
    for script in (finish, fail, fail_by_a_bug, die, refuse, serve, full, deaf, never_ends)
}


if __name__ == "__main__":
    run = RunFolder(Path(sys.argv[1]))
    lock = Lock(run.lock)
    lock.acquire("a test")
    code = SCRIPTS[sys.argv[2]](Worker(run))
    lock.release()
    sys.exit(code)
