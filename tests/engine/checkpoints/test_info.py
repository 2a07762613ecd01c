import json
import math
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
from disk_faults import flip

from ttgpt.engine.checkpoints import checkpoint
from ttgpt.engine.checkpoints.info import (
    CheckpointInfo,
    folder_of,
    list_checkpoints,
    read_info,
    verify,
)
from ttgpt.engine.data.tokenizer import ByteTokenizer
from ttgpt.engine.disk import sealed
from ttgpt.engine.errors import DataError

WEIGHTS = {"wte.weight": np.zeros((256, 4), np.float32)}


def save(run: Path, step: int, optimizer: bool = False, **state: object) -> Path:
    return checkpoint.save(
        run / "checkpoints",
        step,
        WEIGHTS,
        {"step": np.zeros(1, np.float32)} if optimizer else None,
        {},
        ByteTokenizer().to_json(),
        {"kind": "interval", "tokens": 1, "train_loss": 2.0, "val_loss": 2.5, **state},
    )


def test_a_run_without_checkpoints_has_an_empty_list(tmp_path: Path) -> None:
    assert list_checkpoints(tmp_path) == []
    assert list_checkpoints(tmp_path / "nothing") == []


def test_a_checkpoint_describes_itself(tmp_path: Path) -> None:
    path = save(tmp_path, 500, kind="best", created=1_700_000_000.5, optimizer=True)
    size = sum(file.stat().st_size for file in path.iterdir())
    assert list_checkpoints(tmp_path) == [
        CheckpointInfo(path, 500, "best", 2.0, 2.5, size, 1_700_000_000.5, "whole", True)
    ]


def test_the_list_is_in_order_of_steps(tmp_path: Path) -> None:
    for step in (900_000, 1_000_000, 5):
        save(tmp_path, step)
    for other in ("000600.partial", "000600.old", "latest", "12"):
        (tmp_path / "checkpoints" / other).mkdir()
    assert [info.step for info in list_checkpoints(tmp_path)] == [5, 900_000, 1_000_000]
    assert folder_of(tmp_path, 5) == tmp_path / "000005"


def test_of_the_weights_only_the_first_bytes_are_read(tmp_path: Path) -> None:
    path = save(tmp_path, 500)
    state = sealed.read(path / "state.json")
    os.truncate(path / "weights.safetensors", 1 << 26)
    fields = {name: state[name] for name in state if name not in ("files", "digest")}
    sealed.write(path / "state.json", fields, state["files"])
    before = _bytes_read()
    assert list_checkpoints(tmp_path)[0].state == "whole"
    assert _bytes_read() - before < 1 << 17


def _bytes_read() -> int:
    """By this process so far, as the kernel counts them."""
    return int(Path("/proc/self/io").read_text().split()[1])


def test_a_pickle_is_never_taken_for_a_checkpoint(tmp_path: Path) -> None:
    folder = tmp_path / "checkpoints" / "000500"
    folder.mkdir(parents=True)
    (folder / "model.pt").write_bytes(b"PK\x03\x04")
    info = read_info(folder)
    assert info.state == "not ours"
    assert "model.pt is a pickle" in info.problem
    with pytest.raises(DataError):
        verify(folder)


def test_a_pickle_under_the_name_of_weights_is_refused_even_where_it_is_vouched_for(
    tmp_path: Path,
) -> None:
    path = save(tmp_path, 500)
    for content in (pickle.dumps([1, 2, 3] * 9), b"PK\x03\x04" * 9, b"not safetensors at all"):
        (path / "weights.safetensors").write_bytes(content)
        state = json.loads((path / "state.json").read_bytes())
        files, _ = state.pop("files"), state.pop("digest")
        sealed.write(path / "state.json", state, files)
        info = read_info(path)
        assert info.state == "damaged"
        assert "never opened" in info.problem or "does not begin" in info.problem
        with pytest.raises(DataError, match=r"weights\.safetensors"):
            verify(path)


def test_weights_of_another_program_are_told_apart(tmp_path: Path) -> None:
    folder = tmp_path / "checkpoints" / "000500"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"x")
    assert read_info(folder).state == "not ours"


def test_a_loss_that_was_not_finite_is_nan(tmp_path: Path) -> None:
    info = read_info(save(tmp_path, 1, val_loss=math.inf, train_loss=math.nan))
    assert math.isnan(info.val_loss)
    assert math.isnan(info.train_loss)


@pytest.mark.parametrize(
    ("harm", "state", "problem"),
    [
        (lambda p: (p / "state.json").unlink(), "incomplete", "state.json is missing"),
        (lambda p: (p / "config.json").unlink(), "incomplete", "config.json is missing"),
        (lambda p: (p / "state.json").write_text("{}"), "damaged", "state.json is damaged"),
        (lambda p: (p / "state.json").write_text("[1"), "damaged", "state.json is damaged"),
        (lambda p: (p / "state.json").write_text("[" * 10**5), "damaged", "state.json is damaged"),
        (lambda p: (p / "state.json").write_bytes(b""), "damaged", "state.json is damaged"),
        (lambda p: (p / "weights.safetensors").write_bytes(b""), "damaged", "has 0 bytes"),
        (lambda p: p.rename(p.with_name("000501")), "damaged", "holds step 500"),
    ],
)
def test_a_broken_one_is_listed_as_what_it_is(
    harm: object, state: str, problem: str, tmp_path: Path
) -> None:
    path = save(tmp_path, 500)
    harm(path)  # type: ignore[operator]
    (info,) = list_checkpoints(tmp_path)
    assert info.state == state
    assert problem in info.problem
    assert info.step in (500, 501)
    assert math.isnan(info.val_loss)


def test_a_pipe_does_not_hang_the_list(tmp_path: Path) -> None:
    path = save(tmp_path, 500)
    (path / "state.json").unlink()
    os.mkfifo(path / "state.json")
    assert list_checkpoints(tmp_path)[0].state == "damaged"


@pytest.mark.parametrize(
    "fields",
    [
        {"format": 1, "step": "5", "kind": "best", "created": 1.0},
        {"format": 1, "step": 5, "kind": None, "created": 1.0},
        {"format": 1, "step": 5, "kind": "best"},
        {"step": 5, "kind": "best", "created": 1.0},
    ],
)
def test_a_sealed_file_that_is_no_checkpoint(fields: dict[str, object], tmp_path: Path) -> None:
    path = save(tmp_path, 5)
    names = ("weights.safetensors", "config.json", "tokenizer.json")
    sealed.write(path / "state.json", fields, names)
    assert read_info(path).state == "damaged"
    sealed.write(path / "state.json", {**fields, "format": 1, "step": 5}, names[1:])
    assert read_info(path).state == "damaged"


def test_verify_reads_everything(tmp_path: Path) -> None:
    path = save(tmp_path, 500)
    assert verify(path)["step"] == 500
    flip(path / "weights.safetensors", 500)
    assert read_info(path).state == "whole"  # by its size
    with pytest.raises(DataError, match=r"weights\.safetensors has changed"):
        verify(path)
    assert verify(path, skip={"weights.safetensors"})["step"] == 500
