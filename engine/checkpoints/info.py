"""What a checkpoint folder says of itself, without touching its weights. Standard library only."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..disk import sealed
from ..disk.reading import DamagedFileError, open_plain
from ..errors import DataError

FORMAT_VERSION = 1
STATE = "state.json"
WEIGHTS = "weights.safetensors"
OPTIMIZER = "optimizer.safetensors"
CONFIG = "config.json"
TOKENIZER = "tokenizer.json"

WHOLE, DAMAGED, INCOMPLETE, NOT_OURS = "whole", "damaged", "incomplete", "not ours"

PICKLES = (".pt", ".pth", ".bin", ".ckpt", ".pkl", ".pickle")
"""Endings of files that can run a stranger's program when they are opened: they never are."""

BYTES_PER_PARAMETER = 12
"""Of a checkpoint: the weight and AdamW's two moments, in float32."""

_STEP_NAME = re.compile(r"[0-9]{6,18}")


@dataclass(frozen=True)
class CheckpointInfo:
    """One checkpoint in the list. What a broken one does not say is NaN, 0 or empty."""

    path: Path
    step: int
    kind: str
    """interval, best, milestone, asked or final."""
    train_loss: float
    val_loss: float
    """Nats per token; NaN where not measured or not finite."""
    bytes: int
    """On disk."""
    created: float
    """Unix time in seconds."""
    state: str
    """`whole` by its description and sizes, `damaged`, `incomplete`: a file is missing, or
    `not ours`: another program's, or a pickle."""
    has_optimizer: bool = False
    """Whether training can go on from it exactly."""
    lr_scale: float = 1.0
    """What the schedule's learning rate was multiplied with when it was saved."""
    problem: str = ""


def folder_of(checkpoints: Path, step: int) -> Path:
    """Give where a step's checkpoint lies in a run's folder `checkpoints`."""
    return checkpoints / f"{step:06d}"


def list_checkpoints(run_folder: Path) -> list[CheckpointInfo]:
    """List a run's checkpoints by step, broken ones too; half-written ones are not there yet."""
    try:
        found = [p for p in (run_folder / "checkpoints").iterdir() if _STEP_NAME.fullmatch(p.name)]
    except OSError:
        return []
    return sorted((read_info(p) for p in found), key=lambda info: info.step)


def whole_checkpoints(run_folder: Path) -> list[CheckpointInfo]:
    """List the checkpoints of a run that are whole, by step."""
    return [info for info in list_checkpoints(run_folder) if info.state == WHOLE]


def read_info(folder: Path) -> CheckpointInfo:
    """Describe one checkpoint from its state.json and its files' sizes; never raises."""
    size = _size_on_disk(folder)
    try:
        state = read_state(folder)
        sealed.check_sizes(folder, state)
        _check_header(folder)
        if _STEP_NAME.fullmatch(folder.name) and int(folder.name) != state["step"]:
            raise DamagedFileError(folder, f"holds step {state['step']}")
    except DamagedFileError as error:
        step = int(folder.name) if _STEP_NAME.fullmatch(folder.name) else 0
        reason = foreign(folder)
        standing = NOT_OURS if reason else INCOMPLETE if error.missing else DAMAGED
        problem = reason or error.short
        return CheckpointInfo(
            folder, step, "", math.nan, math.nan, size, 0.0, standing, problem=problem
        )
    return CheckpointInfo(
        path=folder,
        step=state["step"],
        kind=state["kind"],
        train_loss=loss_of(state, "train_loss"),
        val_loss=loss_of(state, "val_loss"),
        bytes=size,
        created=state["created"],
        state=WHOLE,
        has_optimizer=OPTIMIZER in state["files"],
        lr_scale=_lr_scale(state),
    )


def foreign(folder: Path) -> str:
    """Say why a folder is not a checkpoint of this program; empty when nothing tells."""
    try:
        names = sorted(file.name for file in folder.iterdir())
    except OSError:
        return ""
    pickles = [name for name in names if name.endswith(PICKLES)]
    if pickles:
        return f"{pickles[0]} is a pickle, which could run a program: it is never opened"
    ours = (STATE, WEIGHTS)
    if not any(name in names for name in ours) and any(n.endswith(".safetensors") for n in names):
        return f"it has weights but no {STATE}: another program wrote it"
    return ""


def verify(folder: Path, skip: Container[str] = ()) -> dict[str, Any]:
    """Check every byte of a checkpoint and give its state.json.

    Args:
        folder: The checkpoint.
        skip: Files of which only the size is checked.

    Raises:
        DataError: It is missing, damaged or from another version; names the file.
    """
    if not os.path.isdir(folder):
        raise DataError(
            f"There is no checkpoint {folder}.", "", "Choose one that `ttgpt-tui runs show` lists."
        )
    try:
        state = read_state(folder)
        _check_header(folder)
        sealed.check_hashes(folder, state, skip)
    except DamagedFileError as error:
        raise damaged(folder, error.short) from error
    return state


def read_state(folder: Path) -> dict[str, Any]:
    """Read state.json and check that it is one.

    Raises:
        DamagedFileError: It is missing, damaged or from another version.
    """
    state = sealed.read(folder / STATE)
    if state.get("format") != FORMAT_VERSION:
        found = state.get("format")
        raise DamagedFileError(folder / STATE, f"is of format {found!r}, not {FORMAT_VERSION}")
    numbers = isinstance(state.get("step"), int) and isinstance(state.get("created"), (int, float))
    if not (numbers and isinstance(state.get("kind"), str) and _is_step(state["step"])):
        raise DamagedFileError(folder / STATE, "is not a checkpoint's")
    if set(state["files"]) - {OPTIMIZER} != {WEIGHTS, CONFIG, TOKENIZER}:
        raise DamagedFileError(folder / STATE, "does not list a checkpoint's files")
    return state


def _is_step(step: int) -> bool:
    return _STEP_NAME.fullmatch(f"{step:06d}") is not None


def loss_of(state: dict[str, Any], key: str) -> float:
    """Give a loss from a state; null, as NaN and infinity are written, is NaN."""
    value = state.get(key)
    return float(value) if isinstance(value, (int, float)) else math.nan


def _lr_scale(state: dict[str, Any]) -> float:
    progress = state.get("progress")
    value = progress.get("lr_scale") if isinstance(progress, dict) else None
    return float(value) if isinstance(value, (int, float)) else 1.0


def damaged(folder: Path, reason: str) -> DataError:
    """Say that a checkpoint cannot be used."""
    return DataError(
        f"Checkpoint {folder.name} is damaged: {reason}.",
        f"It lies in {folder}.",
        "Choose another checkpoint.",
    )


def _check_header(folder: Path) -> None:
    """Check that the weights begin as safetensors do: the header's length, then its JSON.

    Raises:
        DamagedFileError: They do not; a pickle under this name is among what is refused.
    """
    path = folder / WEIGHTS
    try:
        with open_plain(path) as file:
            head = file.read(9)
    except OSError:
        return  # the check of its size tells
    if len(head) < 9 or head[8:9] == b"{":
        return
    if head[:2] == b"PK" or head[:1] == b"\x80":
        raise DamagedFileError(path, "is a pickle, which could run a program: never opened")
    raise DamagedFileError(path, "does not begin as safetensors do")


def _size_on_disk(folder: Path) -> int:
    try:
        return sum(file.stat().st_size for file in folder.iterdir())
    except OSError:
        # It may be removed by the run's own clean-up while the list is made.
        return 0
