"""Save and load checkpoints: a folder for each step, whole or not there.

checkpoints/000500/  weights.safetensors    canonical names, float32
                     optimizer.safetensors  may be absent
                     config.json  tokenizer.json
                     state.json             step, losses and the trainer's own state; vouches
                                            for all the others, see `disk.sealed`
"""

from __future__ import annotations

import errno
import re
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import safetensors.numpy
from safetensors import SafetensorError

from ..data.tokenizer import Tokenizer
from ..disk import atomic, reading, sealed
from ..disk.folders import disk_error, filled_aside, recover
from ..disk.reading import DamagedFileError
from . import info as checkpoint_info
from .folder import PARTIAL
from .info import CONFIG, FORMAT_VERSION, OPTIMIZER, STATE, TOKENIZER, WEIGHTS

Arrays = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class LoadedCheckpoint:
    """A checkpoint, every byte of it checked."""

    step: int
    weights: Arrays
    optimizer: Arrays | None
    """None where it was not saved or not asked for."""
    config: dict[str, Any]
    tokenizer: Tokenizer
    state: dict[str, Any]
    """Everything in state.json, and `progress` always; a number that was not finite is None."""


def prepare_folder(checkpoints: Path) -> None:
    """Make a run's folder of checkpoints ready to write: remove what a crash left half-made.

    Only the run's one trainer may call this.

    Raises:
        DataError: The disk refuses.
    """
    try:
        checkpoints.mkdir(parents=True, exist_ok=True)
        for partial in checkpoints.glob(f"*{PARTIAL}"):
            shutil.rmtree(partial)
        recover(checkpoints)
    except OSError as error:
        raise disk_error(f"{checkpoints} cannot be used for checkpoints.", error) from error


def save(
    checkpoints: Path,
    step: int,
    weights: Mapping[str, npt.NDArray[Any]],
    optimizer: Mapping[str, npt.NDArray[Any]] | None,
    config: dict[str, Any],
    tokenizer_json: dict[str, Any],
    state: dict[str, Any],
) -> Path:
    """Write a checkpoint; a reader sees all of it or nothing, also after a power cut.

    Args:
        checkpoints: The run's folder `checkpoints`.
        step: Optimizer steps done.
        weights: Canonical names to arrays.
        optimizer: What `Session.optimizer_state` gave, or None.
        config: `RunConfig.to_dict()`.
        tokenizer_json: `Tokenizer.to_json()`.
        state: Plain values for state.json, `kind` among them (see `CheckpointInfo`);
            `train_loss` and `val_loss` are shown in lists, `tokens` is how many were seen.
            `created` is now unless given. `format`, `step`, `files` and `digest` are added.

    Returns:
        The checkpoint's folder. One of the same step that was there is replaced.

    Raises:
        DataError: The disk is full or refuses. Nothing half-made is left, older ones are untouched.
    """
    folder = checkpoint_info.folder_of(checkpoints, step)
    fields = {"kind": "interval", "created": time.time(), **state}
    fields |= {"format": FORMAT_VERSION, "step": step}
    files = [WEIGHTS, CONFIG, TOKENIZER] + ([OPTIMIZER] if optimizer is not None else [])
    aside = folder.with_name(folder.name + PARTIAL)
    try:
        with filled_aside(folder, aside, replace=True):
            _write_arrays(aside / WEIGHTS, weights)
            if optimizer is not None:
                _write_arrays(aside / OPTIMIZER, optimizer)
            atomic.write_json(aside / CONFIG, config)
            atomic.write_json(aside / TOKENIZER, tokenizer_json)
            sealed.write(aside / STATE, fields, files)
    except OSError as error:
        raise disk_error(f"Checkpoint {folder.name} could not be saved.", error) from error
    return folder


def load(folder: Path, *, with_optimizer: bool = True) -> LoadedCheckpoint:
    """Read a checkpoint after checking every byte that is read.

    Args:
        folder: The checkpoint's folder, under whatever name.
        with_optimizer: False leaves the optimizer's file unread.

    Raises:
        DataError: It is missing or damaged; names the file.
    """
    state = checkpoint_info.verify(folder, skip=() if with_optimizer else (OPTIMIZER,))
    optimizer = None
    if with_optimizer and OPTIMIZER in state["files"]:
        optimizer = _read_arrays(folder, OPTIMIZER)
    return LoadedCheckpoint(
        step=state["step"],
        weights=_read_arrays(folder, WEIGHTS),
        optimizer=optimizer,
        config=_read_config(folder),
        tokenizer=Tokenizer.load(folder / TOKENIZER),
        state=_with_progress(state),
    )


def _with_progress(state: dict[str, Any]) -> dict[str, Any]:
    """Add how far the run was where that was not saved, as in a checkpoint that was taken in."""
    if isinstance(state.get("progress"), dict):
        return state
    losses = {name: state.get(name) for name in ("train_loss", "val_loss")}
    return {**state, "progress": {"step": state["step"], **losses}}


def _write_arrays(path: Path, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    # safetensors writes memory as it lies: a transposed view would come back scrambled.
    dense = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    try:
        safetensors.numpy.save_file(dense, path)
    except SafetensorError as error:
        # It hides the system's error number in its text, each generation in its own way.
        number = re.search(r"(?:os error|code:) ([0-9]+)", str(error))
        raise OSError(int(number[1]) if number else errno.EIO, str(error)) from error


def _read_arrays(folder: Path, name: str) -> Arrays:
    try:
        arrays: Arrays = safetensors.numpy.load_file(folder / name)
    except (SafetensorError, OSError, KeyError) as error:
        raise checkpoint_info.damaged(folder, f"{name} cannot be read ({error})") from error
    return arrays


def _read_config(folder: Path) -> dict[str, Any]:
    try:
        return reading.read_object(folder / CONFIG)
    except DamagedFileError as error:
        raise checkpoint_info.damaged(folder, error.short) from error
