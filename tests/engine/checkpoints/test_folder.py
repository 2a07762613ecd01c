import hashlib
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from disk_faults import flip
from saved_run import save_checkpoint

from ttgpt.engine.checkpoints.folder import imported, take_in
from ttgpt.engine.checkpoints.info import WHOLE, list_checkpoints
from ttgpt.engine.checkpoints.labels import FILE, Label, read_labels, set_label
from ttgpt.engine.checkpoints.seals import Seals
from ttgpt.engine.errors import DataError, UsageError


@pytest.fixture
def foreign_run(tmp_path: Path) -> Path:
    run = tmp_path / "2026-11-21-071233-elsewhere"
    save_checkpoint(run, 500)
    save_checkpoint(run, 1000)
    return run


def test_a_checkpoint_of_any_folder_is_taken_in(home: Path, foreign_run: Path) -> None:
    target = take_in(home, foreign_run / "checkpoints" / "000500")
    assert target == home / "imported" / foreign_run.name / "checkpoints" / "000500"
    take_in(home, foreign_run)
    [folder] = imported(home)
    assert [(i.step, i.state) for i in list_checkpoints(folder)] == [(500, WHOLE), (1000, WHOLE)]


def test_another_one_of_the_same_name_takes_no_place(home: Path, tmp_path: Path) -> None:
    runs = [tmp_path / place / "run" for place in ("one", "two", "three")]
    sources = [save_checkpoint(run, 5, val_loss=2.0 + n) for n, run in enumerate(runs)]
    targets = [take_in(home, source) for source in sources]
    assert [target.parents[1].name for target in targets] == ["run", "run-2", "run-3"]
    for source, target in zip(sources, targets, strict=True):
        assert (target / "state.json").read_bytes() == (source / "state.json").read_bytes()


def test_one_that_was_taken_in_before_is_there_already(home: Path, foreign_run: Path) -> None:
    target = take_in(home, foreign_run)
    with pytest.raises(UsageError, match=r"elsewhere 1,000 is there already") as refused:
        take_in(home, foreign_run)
    assert str(target) in refused.value.why
    assert len(imported(home)) == 1


@pytest.mark.parametrize(
    "name", ["../../../../settings.yaml", "/etc/hostname", "..", "", "notes.txt", "sub/notes.txt"]
)
def test_names_that_a_checkpoint_vouches_for_lead_nowhere_else(
    home: Path, foreign_run: Path, name: str
) -> None:
    source = foreign_run / "checkpoints" / "001000"
    (home / "settings.yaml").write_text("theme: nord\n")
    stranger = source / name
    if name.endswith((".yaml", ".txt")):
        stranger.parent.mkdir(exist_ok=True)
        stranger.write_text("worker: {python: evil}\n")
    state = json.loads((source / "state.json").read_bytes())
    content = stranger.read_bytes() if stranger.is_file() else b""
    state["files"][name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    del state["digest"]
    canonical = json.dumps(state, sort_keys=True, separators=(",", ":")).encode()
    state["digest"] = hashlib.sha256(canonical).hexdigest()
    (source / "state.json").write_text(json.dumps(state, indent=2) + "\n")
    with pytest.raises(DataError, match=r"state\.json"):
        take_in(home, source)
    assert (home / "settings.yaml").read_text() == "theme: nord\n"
    assert not list(home.rglob("*.txt"))
    assert Seals().check(source)


def test_a_copy_that_is_damaged_is_not_there(home: Path, foreign_run: Path) -> None:
    flip(take_in(home, foreign_run) / "weights.safetensors", 90)
    assert take_in(home, foreign_run).parents[1].name == f"{foreign_run.name}-2"


def test_a_damaged_one_is_not_taken_in(home: Path, foreign_run: Path) -> None:
    path = foreign_run / "checkpoints" / "001000"
    flip(path / "weights.safetensors", 90)
    with pytest.raises(DataError, match=r"weights\.safetensors has changed"):
        take_in(home, path)
    assert imported(home) == []


def test_a_pickle_is_named_and_never_opened(home: Path, tmp_path: Path) -> None:
    (tmp_path / "model.pt").write_bytes(b"\x80\x04.")
    with pytest.raises(DataError) as refused:
        take_in(home, tmp_path)
    assert "model.pt is a pickle" in refused.value.why


def test_what_is_at_home_already_is_not_taken_in(home: Path) -> None:
    path = save_checkpoint(home / "runs" / "stage1", 5)
    with pytest.raises(UsageError, match="already"):
        take_in(home, path)


def test_nothing_is_not_a_checkpoint(home: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not a checkpoint"):
        take_in(home, tmp_path / "nowhere")


def test_labels_are_kept_by_step(tmp_path: Path) -> None:
    assert read_labels(tmp_path) == {}
    set_label(tmp_path, 500, kept=True)
    set_label(tmp_path, 500, name="  the good one ")
    assert read_labels(tmp_path) == {500: Label(True, "the good one")}
    set_label(tmp_path, 500, kept=False, name="")
    assert read_labels(tmp_path) == {}


def test_labels_that_are_set_at_the_same_time_are_all_kept(tmp_path: Path) -> None:
    together = threading.Barrier(4)

    def name(first: int) -> None:
        together.wait()
        for step in range(first, first + 5):
            set_label(tmp_path, step, kept=True)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(name, (100, 200, 300, 400)))
    assert len(read_labels(tmp_path)) == 20


def test_a_label_that_the_disk_refuses_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="label cannot be saved"):
        set_label(tmp_path / "gone", 500, kept=True)


def test_a_damaged_file_of_labels_is_told(tmp_path: Path) -> None:
    for content in ("[1]", "{", '{"x": {}}', '{"1": 2}'):
        (tmp_path / FILE).write_text(content)
        with pytest.raises(DataError, match=FILE):
            read_labels(tmp_path)
