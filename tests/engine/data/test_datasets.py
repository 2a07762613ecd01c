import os
from pathlib import Path

import pytest
from disk_faults import flip, tree
from hypothesis import given
from hypothesis import strategies as st
from texts import prepare

from ttgpt.engine.data import datasets
from ttgpt.engine.data import meta as metas
from ttgpt.engine.data.datasets import find, list_sets
from ttgpt.engine.data.meta import check_window
from ttgpt.engine.data.names import check_name, slug
from ttgpt.engine.data.prepare import PreparedData
from ttgpt.engine.disk import sealed
from ttgpt.engine.errors import DataError, UsageError


@pytest.fixture
def ode(tmp_path: Path) -> PreparedData:
    (tmp_path / "ode.txt").write_text("Season of mists and mellow fruitfulness\n" * 10)
    return prepare(str(tmp_path / "ode.txt"), "char", 0.1, tmp_path)


def test_a_home_without_sets_has_an_empty_list(tmp_path: Path) -> None:
    assert list_sets(tmp_path) == []
    assert list_sets(tmp_path / "not-there") == []


def test_sets_are_listed_by_name_and_half_made_ones_are_not(
    ode: PreparedData, tmp_path: Path
) -> None:
    prepare("harbour", "byte", 0.1, tmp_path)
    (tmp_path / "data" / "ode.partial-17").mkdir()
    (tmp_path / "data" / ".cache").mkdir()
    (tmp_path / "data" / "notes.txt").write_text("")
    listed = list_sets(tmp_path)
    assert [one.name for one in listed] == ["harbour-byte", "ode"]
    assert listed[1] == datasets.ListedSet("ode", ode.folder, ode.meta)


def test_a_broken_set_is_listed_with_its_problem(ode: PreparedData, tmp_path: Path) -> None:
    (ode.folder / "train.bin").write_bytes(b"\0\0")
    (tmp_path / "data" / "empty").mkdir()
    empty, broken = list_sets(tmp_path)
    assert empty.meta is None
    assert "meta.json is missing" in empty.problem
    assert broken.meta is None
    assert "train.bin has 2 bytes instead of 720" in broken.problem


def test_every_flipped_byte_is_found(ode: PreparedData) -> None:
    for name, content in tree(ode.folder).items():
        path = ode.folder / name
        for place in range(0, len(content), 7 if name == "train.bin" else 1):
            flip(path, place)
            with pytest.raises(DataError, match=f"damaged: {name} "):
                metas.verify(ode.folder)
            flip(path, place)
    assert metas.verify(ode.folder) == ode.meta


@pytest.mark.parametrize("name", metas.FILES)
def test_a_missing_file_is_named(name: str, ode: PreparedData) -> None:
    (ode.folder / name).unlink()
    with pytest.raises(DataError, match=f"{name} is missing"):
        metas.read_meta(ode.folder)


def test_a_pipe_in_place_of_a_file_does_not_hang(ode: PreparedData) -> None:
    (ode.folder / "meta.json").unlink()
    os.mkfifo(ode.folder / "meta.json")
    with pytest.raises(DataError, match="is not a plain file"):
        metas.read_meta(ode.folder)


def test_a_set_that_vouches_for_too_little_is_refused(ode: PreparedData) -> None:
    body = sealed.read(ode.folder / "meta.json")
    fields = {key: value for key, value in body.items() if key not in ("files", "digest")}
    sealed.write(ode.folder / "meta.json", fields, ["train.bin"])
    with pytest.raises(DataError, match="not of format 2"):
        metas.verify(ode.folder)


def test_another_format_is_refused(ode: PreparedData, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metas, "FORMAT_VERSION", 3)
    with pytest.raises(DataError, match="not of format 3"):
        metas.read_meta(ode.folder)


def test_find_by_name_and_by_folder(
    ode: PreparedData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path / "data")
    assert find("ode", tmp_path) == ode.folder
    assert find("./ode", tmp_path) == Path("ode")
    assert find(str(ode.folder), tmp_path / "elsewhere") == ode.folder
    for nothing in ("", ".", "..", "/", "odes", "a\0b", "~nobody-of-that-name"):
        assert find(nothing, tmp_path) is None


@pytest.mark.parametrize("name", ["harbour", "Ode à Psyché", "雪", "a b", "v1.2"])
def test_good_names(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("", "is empty"),
        ("   ", "is empty"),
        (" a", "begins or ends with a space"),
        (".a", "begins with a dot"),
        ("..", "begins with a dot"),
        ("-a", "begins with a hyphen"),
        ("a..b", "has .. in it"),
        ("a/../b", "has / in it"),
        ("a/b", "has / in it"),
        ("x.partial-1", "has .partial- in it"),
        ("a\tb", "control character"),
        ("a\x1b[31m", "control character"),
        ("a\u202eb", "control character"),
        ("a\udc80", "control character"),
        ("é" * 51, "is too long"),
    ],
)
def test_bad_names(name: str, fault: str) -> None:
    with pytest.raises(UsageError, match=fault):
        check_name(name)


@given(st.text())
def test_a_slug_is_a_good_name_and_a_slug_again(text: str) -> None:
    assert check_name(slug(text)) == slug(text)
    assert slug(slug(text)) == slug(text)


@given(st.text())
def test_no_name_leaves_the_data_folder(name: str) -> None:
    try:
        check_name(name)
    except UsageError:
        return
    folder = Path("/home/data") / name
    assert folder.parent == Path("/home/data")
    assert folder.name == name


def test_a_part_shorter_than_a_window_says_what_fits(ode: PreparedData) -> None:
    ode.meta.check_block_size(39)
    with pytest.raises(DataError) as caught:
        ode.meta.check_block_size(40)
    assert "The validation part has 40 tokens" in caught.value.what
    assert "41" in caught.value.why
    assert "Set model.block_size to 39 or less" in caught.value.next_step
    with pytest.raises(DataError) as caught:
        ode.meta.check_block_size(1_000)
    assert "The training part has 360 tokens" in caught.value.what
    assert "to 39 or less" in caught.value.next_step  # what fits both parts


def test_a_hopeless_text_gets_no_block_size() -> None:
    with pytest.raises(DataError) as caught:
        check_window("validation", 2, 8)
    assert caught.value.next_step == "Take a longer text."
