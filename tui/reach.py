"""Find the worker that can generate: the one that trains, or one started for the purpose."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from ttgpt.engine.errors import UsageError
from ttgpt.engine.runs.rundir import RunFolder, live_run
from ttgpt.engine.worker.launch import start_player
from ttgpt.engine.worker.player import PlayerFolder

from .last_words import last_words, log_size
from .link import WorkerGone, WorkerLink


async def reach_worker(home: Path, trained_by: Path | None = None) -> WorkerLink:
    """Connect to the live run's worker, which holds the device, or else to the generation worker.

    Args:
        home: The home folder.
        trained_by: The run whose live weights are wanted; no other worker has them.

    Raises:
        UsageError: That run does not train any more.
        TtgptError: The generation worker could not start; the error is its own.
        WorkerGone: A worker is there but does not answer.
    """
    run = RunFolder(trained_by) if trained_by else await asyncio.to_thread(live_run, home)
    if run is not None:
        link = await _reached(run, run.is_live)
        if link is not None:
            return link
        if trained_by is not None:
            raise _ended(run)
    player = PlayerFolder(home / "player")
    link = await _reached(player, lambda: player.owner() is not None)
    return link or await _start(player)


async def _reached(
    worker: RunFolder | PlayerFolder, alive: Callable[[], bool]
) -> WorkerLink | None:
    """Connect to a folder's worker; None when there is none, or it ends just now."""
    if alive():
        try:
            return await WorkerLink.connect(worker.socket_path(), log=worker.log, alive=alive)
        except WorkerGone:
            if alive():
                raise
    return None


def _ended(run: RunFolder) -> UsageError:
    return UsageError(
        f"{run.name} does not train any more.",
        "Its live weights went with its worker.",
        "Choose one of its checkpoints.",
    )


async def _start(player: PlayerFolder) -> WorkerLink:
    written = log_size(player.log)
    process = start_player(player)

    def alive() -> bool:
        # Of two started at once one gives way, and the other serves both callers.
        return process.poll() is None or player.owner() is not None

    try:
        return await WorkerLink.connect(
            player.socket_path(), log=player.log, alive=alive, seconds=60.0
        )
    except WorkerGone as gone:
        raise (player.error() or _explained(gone, last_words(player.log, written))) from None


def _explained(gone: WorkerGone, words: str) -> WorkerGone:
    """Give the reason that a worker wrote into its log as it ended, where it wrote one."""
    return WorkerGone(words.split("\n")[-1] or gone.why, gone.log)
