import json
import math
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from disk_faults import failing_sync, file_size_limit, flip, snapshots, tree

from ttgpt.engine.checkpoints import checkpoint
from ttgpt.engine.checkpoints import folder as checkpoint_folder
from ttgpt.engine.checkpoints import info as checkpoint_info
from ttgpt.engine.checkpoints.info import list_checkpoints
from ttgpt.engine.data.tokenizer import CharTokenizer
from ttgpt.engine.errors import DataError

CONFIG = {"model": {"n_layer": 2}}
TOKENIZER = CharTokenizer.from_text("abc").to_json()
STATE = {"tokens": 4_096, "train_loss": 1.5, "val_loss": 1.75, "kind": "interval"}


def arrays(seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {
        "wte.weight": rng.normal(size=(5, 4)).astype(np.float32),
        "ln_f.weight": np.array([1, math.nan, math.inf, -0.0], np.float32),
    }


def moments() -> dict[str, np.ndarray]:
    return {"exp_avg.wte.weight": arrays(9)["wte.weight"], "step": np.array(500, np.float32)}


def save(folder: Path, step: int = 500, seed: int = 0, **changes: object) -> Path:
    state = {**STATE, **changes}
    return checkpoint.save(folder, step, arrays(seed), moments(), CONFIG, TOKENIZER, state)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    checkpoint.prepare_folder(tmp_path / "run" / "checkpoints")
    return tmp_path / "run"


@pytest.fixture
def folder(run: Path) -> Path:
    return run / "checkpoints"


def same(first: dict[str, np.ndarray] | None, second: dict[str, np.ndarray]) -> bool:
    return (
        first is not None
        and set(first) == set(second)
        and all(first[name].dtype == second[name].dtype for name in second)
        and all(first[name].shape == second[name].shape for name in second)
        and all(first[name].tobytes() == second[name].tobytes() for name in second)
    )


def test_what_is_saved_is_loaded_bit_for_bit(folder: Path) -> None:
    path = save(folder, rng=[1, 2**127], nested={"a": [None, True]})
    assert path == folder / "000500"
    loaded = checkpoint.load(path)
    assert same(loaded.weights, arrays())
    assert same(loaded.optimizer, moments())
    assert loaded.step == 500
    assert loaded.config == CONFIG
    assert loaded.tokenizer.to_json() == TOKENIZER
    assert loaded.state["rng"] == [1, 2**127]
    assert loaded.state["nested"] == {"a": [None, True]}
    assert {key: loaded.state[key] for key in STATE} == STATE


def test_a_view_that_is_not_contiguous_is_saved_as_it_reads(folder: Path) -> None:
    matrix = np.arange(12, dtype=np.float32).reshape(3, 4)
    views = {"turned": matrix.T, "some": matrix[:, ::2], "back": matrix[::-1]}
    path = checkpoint.save(folder, 1, views, None, CONFIG, TOKENIZER, STATE)
    loaded = checkpoint.load(path).weights
    for name, view in views.items():
        np.testing.assert_array_equal(loaded[name], view)


def test_without_an_optimizer(folder: Path) -> None:
    path = checkpoint.save(folder, 1, arrays(), None, CONFIG, TOKENIZER, STATE)
    assert not (path / "optimizer.safetensors").exists()
    assert checkpoint.load(path).optimizer is None


def test_the_optimizer_is_left_unread_where_not_asked_for(folder: Path) -> None:
    path = save(folder)
    flip(path / "optimizer.safetensors", 20)
    assert checkpoint.load(path, with_optimizer=False).optimizer is None
    with pytest.raises(DataError, match=r"optimizer\.safetensors has changed"):
        checkpoint.load(path)


def test_losses_that_are_not_finite_are_saved_as_null(folder: Path) -> None:
    path = save(folder, val_loss=math.nan, train_loss=math.inf)
    assert checkpoint.load(path).state["val_loss"] is None
    json.loads((path / "state.json").read_bytes(), parse_constant=pytest.fail)


def test_a_caller_cannot_overwrite_what_save_writes(folder: Path) -> None:
    state = {**STATE, "step": 7, "format": 9, "files": {}, "digest": ""}
    path = checkpoint.save(folder, 500, arrays(), None, CONFIG, TOKENIZER, state)
    assert checkpoint.load(path).step == 500


def test_another_name_and_place_are_fine(folder: Path, tmp_path: Path) -> None:
    moved = tmp_path / "my best one"
    shutil.copytree(save(folder), moved)
    assert checkpoint.load(moved).step == 500


def test_a_million_steps_have_a_longer_name(folder: Path) -> None:
    assert save(folder, 1_234_567).name == "1234567"


@pytest.mark.parametrize("mask", [0x01, 0x20, 0xFF])
def test_every_flipped_byte_of_every_file_is_found(mask: int, folder: Path) -> None:
    path = save(folder)
    for name, content in tree(path).items():
        for place in range(len(content)):
            flip(path / name, place, mask)
            with pytest.raises(DataError) as caught:
                checkpoint_info.verify(path)
            assert caught.value.what.startswith(f"Checkpoint 000500 is damaged: {name} ")
            assert caught.value.next_step == "Choose another checkpoint."
            flip(path / name, place, mask)
    checkpoint.load(path)


def test_state_that_reads_alike_is_found_too(folder: Path) -> None:
    path = save(folder) / "state.json"
    content = path.read_bytes()
    for alike in (content + b"\n", content.replace(b": ", b":  ", 1), content.replace(b"\n", b"")):
        path.write_bytes(alike)
        with pytest.raises(DataError, match=r"state\.json is damaged"):
            checkpoint.load(path.parent)


@pytest.mark.parametrize("keep", [0, 1, 0.5, -1])
def test_every_cut_file_is_found(keep: float, folder: Path) -> None:
    path = save(folder)
    for name, content in tree(path).items():
        short = content[: int(len(content) * keep) if 0 < keep < 1 else int(keep)]
        (path / name).write_bytes(short)
        with pytest.raises(DataError, match=f"{name} "):
            checkpoint.load(path)
        (path / name).write_bytes(content)


@pytest.mark.parametrize(
    "name",
    [
        "weights.safetensors",
        "optimizer.safetensors",
        "config.json",
        "tokenizer.json",
        "state.json",
    ],
)
def test_every_missing_file_is_named(name: str, folder: Path) -> None:
    path = save(folder)
    (path / name).unlink()
    with pytest.raises(DataError, match=f"{name} is missing"):
        checkpoint.load(path, with_optimizer=False)


def test_a_missing_checkpoint_is_refused(folder: Path) -> None:
    with pytest.raises(DataError, match="There is no checkpoint"):
        checkpoint.load(folder / "000007")


def test_a_newer_format_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(folder)
    monkeypatch.setattr(checkpoint_info, "FORMAT_VERSION", 2)
    with pytest.raises(DataError, match="is of format 1, not 2"):
        checkpoint.load(path)


def test_saving_the_same_step_replaces_it(run: Path, folder: Path) -> None:
    save(folder, seed=0)
    path = save(folder, seed=1, kind="final")
    assert same(checkpoint.load(path).weights, arrays(1))
    assert [info.kind for info in list_checkpoints(run)] == ["final"]
    assert os.listdir(folder) == ["000500"]


@pytest.mark.parametrize("size", [0, 100, 300, 600])
def test_a_full_disk_leaves_the_older_ones_alone(size: int, folder: Path) -> None:
    save(folder, 400)
    save(folder, 500)
    before = tree(folder)
    for step in (500, 600):
        with file_size_limit(size), pytest.raises(DataError) as caught:
            save(folder, step, seed=1)
        assert caught.value.what == f"Checkpoint 000{step} could not be saved."
        assert caught.value.why.startswith("The disk is full")
    assert tree(folder) == before
    assert sorted(os.listdir(folder)) == ["000400", "000500"]


@pytest.mark.parametrize("step", [500, 600])
def test_a_disk_that_fails_at_any_sync(step: int, folder: Path) -> None:
    save(folder, 500)
    before = tree(folder)
    with failing_sync(0) as calls:
        save(folder, 700)
    checkpoint_folder.remove(folder / "000700")
    for nth in range(1, len(calls)):
        with failing_sync(nth), pytest.raises(DataError, match="could not be saved"):
            save(folder, step, seed=1)
        assert tree(folder) == before
        assert os.listdir(folder) == ["000500"]


def test_a_folder_that_cannot_be_written(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("a file is in the way")
    with pytest.raises(DataError, match="could not be saved"):
        save(folder)
    with pytest.raises(DataError, match="cannot be used for checkpoints"):
        checkpoint.prepare_folder(folder)


def test_an_error_of_the_caller_leaves_nothing(folder: Path) -> None:
    with pytest.raises(TypeError):
        save(folder, strange=object())
    assert os.listdir(folder) == []


def test_a_swap_that_fails_puts_the_old_one_back(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(folder)
    before, rename = tree(folder), Path.rename

    def refuse(path: Path, target: Path) -> Path:
        if path.name.endswith(".partial"):
            raise OSError(5, "Input/output error")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(DataError, match="Input/output error"):
        save(folder, seed=1)
    assert tree(folder) == before


@pytest.mark.parametrize("step", [500, 600])
def test_the_power_may_go_at_any_moment(step: int, run: Path, tmp_path: Path) -> None:
    """Whatever is on the disk then, nothing half-made is listed and step 500 is never lost."""
    folder = run / "checkpoints"
    save(folder, 500, seed=0)
    with snapshots(run, tmp_path) as copies:
        save(folder, step, seed=1)
    assert len(copies) > 10
    for copy in copies:
        assert {info.state for info in list_checkpoints(copy)} <= {"whole"}
        checkpoint.prepare_folder(copy / "checkpoints")
        for info in list_checkpoints(copy):
            loaded = checkpoint.load(info.path)
            assert same(loaded.weights, arrays(0)) or same(loaded.weights, arrays(1))
        assert 500 in {info.step for info in list_checkpoints(copy)}
        assert all(name.isdigit() for name in os.listdir(copy / "checkpoints"))


def test_prepare_folder_clears_what_a_crash_left(folder: Path) -> None:
    save(folder)
    before = tree(folder)
    (folder / "000600.partial").mkdir()
    (folder / "000600.partial" / "weights.safetensors").write_bytes(b"half")
    checkpoint.prepare_folder(folder)
    assert tree(folder) == before
    assert os.listdir(folder) == ["000500"]


def test_a_removed_checkpoint_is_gone(run: Path, folder: Path) -> None:
    save(folder, 400)
    checkpoint_folder.remove(save(folder, 500))
    assert os.listdir(folder) == ["000400"]
    with pytest.raises(DataError, match="could not be deleted"):
        checkpoint_folder.remove(folder / "000500")


def test_a_removal_cut_short_leaves_no_damaged_checkpoint(
    run: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save(folder)

    def half(doomed: Path) -> None:
        (doomed / "weights.safetensors").unlink()
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", half)
        with pytest.raises(DataError, match="could not be deleted"):
            checkpoint_folder.remove(path)
    assert list_checkpoints(run) == []
    checkpoint.prepare_folder(folder)
    assert os.listdir(folder) == []
