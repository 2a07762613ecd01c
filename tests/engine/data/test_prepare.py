import hashlib
import io
import json
import os
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from disk_faults import failing_sync, file_size_limit, snapshots, tree
from hypothesis import given, settings
from hypothesis import strategies as st
from texts import build, gpt2_files, prepare, resolve

from ttgpt.engine.data import mapped, sources
from ttgpt.engine.data import meta as metas
from ttgpt.engine.data.datasets import list_sets
from ttgpt.engine.data.download import Download
from ttgpt.engine.data.tokenizer import BpeTokenizer, Tokenizer
from ttgpt.engine.errors import DataError, TtgptError, UsageError

ODE = "My heart aches, and a drowsy numbness pains\n" * 20


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def file(tmp_path: Path, text: str = ODE, name: str = "keats.txt") -> str:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def tokens_of(path: Path) -> list[int]:
    content = path.read_bytes()
    return [int.from_bytes(content[i : i + 2], "little") for i in range(0, len(content), 2)]


@pytest.mark.parametrize("kind", ["char", "byte", "bpe"])
def test_the_parts_are_the_text_in_order(kind: str, tmp_path: Path, home: Path) -> None:
    text = "Où sont les neiges d'antan ? 雪\n" * 30
    made = prepare(file(tmp_path, text), kind, 0.25, home)
    tokenizer = Tokenizer.load(made.folder / "tokenizer.json")
    train, val = (
        tokenizer.decode(tokens_of(made.folder / f"{part}.bin")) for part in ("train", "val")
    )
    assert train + val == text
    assert len(train) == int(len(text) * 0.75)
    assert made.meta.train_tokens == len(tokenizer.encode(train))
    assert made.meta.val_tokens == len(tokenizer.encode(val))
    assert made.meta.characters == len(text)
    assert made.meta.vocab_size == tokenizer.vocab_size
    assert made.is_new


def test_the_split_is_the_usual_one(home: Path) -> None:
    meta = prepare("harbour", "char", 0.1, home).meta
    assert meta.train_tokens == int(0.9 * meta.characters)


def test_the_same_text_gives_the_same_bytes(tmp_path: Path, home: Path) -> None:
    first = prepare(file(tmp_path), "char", 0.1, home)
    second = prepare(file(tmp_path), "char", 0.1, tmp_path / "elsewhere")
    assert tree(first.folder) == tree(second.folder)
    assert set(tree(first.folder)) == {"train.bin", "val.bin", "tokenizer.json", "meta.json"}


def test_the_vocabulary_of_gpt2_is_taken_from_its_files(tmp_path: Path, home: Path) -> None:
    learned = build("bpe", ODE)
    assert isinstance(learned, BpeTokenizer)
    with pytest.raises(DataError, match="GPT-2's tokenizer is not here") as caught:
        prepare(file(tmp_path), "gpt2", 0.1, home)
    assert str(home / "tokenizers" / "gpt2") in caught.value.why
    gpt2_files(home / "tokenizers" / "gpt2", learned)
    made = prepare(file(tmp_path), "gpt2", 0.1, home)
    assert (made.folder.name, made.meta.vocab_size) == ("keats-gpt2", learned.vocab_size)
    tokenizer = Tokenizer.load(made.folder / "tokenizer.json")
    parts = [tokens_of(made.folder / name) for name in ("train.bin", "val.bin")]
    assert "".join(map(tokenizer.decode, parts)) == ODE
    (home / "tokenizers" / "gpt2" / "merges.txt").write_text("#version: 0.2\n")
    assert prepare(file(tmp_path), "gpt2", 0.1, home).is_new  # other files, another set


def test_files_that_are_no_texts_are_told(tmp_path: Path, home: Path) -> None:
    (tmp_path / "odes").mkdir()
    file(tmp_path / "odes")
    (tmp_path / "odes" / "noise.bin").write_bytes(bytes(range(256)))
    for is_new in (True, False):
        made = prepare(str(tmp_path / "odes"), "char", 0.1, home, name="odes")
        assert (made.is_new, [one.reason for one in made.left_out]) == (is_new, ["binary"])


def test_at_every_moment_there_is_a_whole_set_or_none(tmp_path: Path, home: Path) -> None:
    source = file(tmp_path)
    with snapshots(home, tmp_path / "moments") as moments:
        prepare(source, "char", 0.1, home)
    listed = [list_sets(moment) for moment in moments]
    assert [len(sets) for sets in listed] == sorted(len(sets) for sets in listed)
    for one in listed[-1]:
        assert metas.verify(one.folder).characters == len(ODE)


def test_meta_names_the_text_and_every_file(tmp_path: Path, home: Path) -> None:
    made = prepare(file(tmp_path), "byte", 0.1, home)
    raw = json.loads((made.folder / "meta.json").read_bytes())
    assert raw["sha256"] == hashlib.sha256(ODE.encode()).hexdigest()
    assert raw["sources"][0]["origin"] == str(tmp_path / "keats.txt")
    for name, content in tree(made.folder).items():
        if name != "meta.json":
            assert raw["files"][name]["sha256"] == hashlib.sha256(content).hexdigest()
    assert metas.verify(made.folder) == made.meta


def test_a_set_that_is_there_is_not_written_again(tmp_path: Path, home: Path) -> None:
    first = prepare(file(tmp_path), "char", 0.1, home)
    with failing_sync(1) as calls:
        second = prepare(file(tmp_path), "char", 0.1, home)
    assert (second.folder, second.meta, second.is_new) == (first.folder, first.meta, False)
    assert calls == []


def test_names_follow_the_source_and_the_tokenizer(tmp_path: Path, home: Path) -> None:
    source = file(tmp_path, name="Keats, Poems (1820).txt")
    assert prepare(source, "char", 0.1, home).folder == home / "data" / "keats-poems-1820"
    assert prepare(source, "byte", 0.1, home).folder.name == "keats-poems-1820-byte"
    assert prepare("harbour", "char", 0.1, home).folder.name == "harbour"


def test_another_text_of_the_same_name_stands_beside_it(tmp_path: Path, home: Path) -> None:
    first = prepare(file(tmp_path), "char", 0.1, home)
    before = tree(first.folder)
    second = prepare(file(tmp_path, ODE + "more"), "char", 0.1, home)
    third = prepare(file(tmp_path, ODE + "more"), "char", 0.2, home)
    assert len({first.folder, second.folder, third.folder}) == 3
    assert second.folder.name.startswith("keats-")
    assert tree(first.folder) == before
    assert prepare(file(tmp_path, ODE + "more"), "char", 0.1, home).folder == second.folder
    assert prepare(file(tmp_path, ODE), "char", 0.1, home).folder == first.folder


def test_a_damaged_set_is_not_reused_and_not_touched(tmp_path: Path, home: Path) -> None:
    first = prepare(file(tmp_path), "char", 0.1, home)
    (first.folder / "val.bin").write_bytes(b"\0" * (first.folder / "val.bin").stat().st_size)
    second = prepare(file(tmp_path), "char", 0.1, home)
    assert second.folder != first.folder
    assert second.is_new
    (second.folder / "meta.json").unlink()
    with pytest.raises(DataError, match=f"{second.folder.name} is damaged"):
        prepare(file(tmp_path), "char", 0.1, home)


def test_a_file_does_not_pass_for_a_bundled_text(tmp_path: Path, home: Path) -> None:
    own = prepare(file(tmp_path, name="harbour.txt"), "char", 0.1, home)
    assert own.folder.name.startswith("harbour-")
    with pytest.raises(UsageError, match="comes with the program"):
        prepare(file(tmp_path), "char", 0.1, home, name="harbour")
    assert prepare("harbour", "char", 0.1, home, name="harbour").folder.name == "harbour"


def test_a_chosen_name_is_kept(tmp_path: Path, home: Path) -> None:
    made = prepare(file(tmp_path), "char", 0.1, home, name="Ode à l'automne")
    assert made.folder == home / "data" / "Ode à l'automne"
    assert made.meta.name == "Ode à l'automne"
    assert not prepare(file(tmp_path), "char", 0.1, home, name="Ode à l'automne").is_new


def test_a_chosen_name_that_is_taken_is_refused(tmp_path: Path, home: Path) -> None:
    made = prepare(file(tmp_path), "char", 0.1, home, name="ode")
    before = tree(made.folder)
    for source, kind, share in (("harbour", "char", 0.1), (file(tmp_path), "byte", 0.1)):
        with pytest.raises(UsageError, match="There is a data set ode already"):
            prepare(source, kind, share, home, name="ode")
    with pytest.raises(UsageError, match="There is a data set ode already"):
        prepare(file(tmp_path), "char", 0.3, home, name="ode")
    assert tree(home / "data") == {f"ode/{name}": content for name, content in before.items()}


@pytest.mark.parametrize("name", ["", "../evil", "a/b", ".hidden", "..", "a\nb", "x" * 200])
def test_an_impossible_name_writes_nothing(name: str, tmp_path: Path, home: Path) -> None:
    with pytest.raises(UsageError, match="The name"):
        prepare(file(tmp_path), "char", 0.1, home, name=name)
    assert not home.exists()


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1, float("nan"), 0.6])
def test_an_impossible_share_is_refused(share: float, tmp_path: Path, home: Path) -> None:
    with pytest.raises(UsageError, match="val_fraction"):
        prepare(file(tmp_path), "char", share, home)


def test_an_unknown_tokenizer_is_refused(tmp_path: Path, home: Path) -> None:
    with pytest.raises(UsageError, match="Did you mean char"):
        prepare(file(tmp_path), "chars", 0.1, home)


@pytest.mark.parametrize("text", ["a", "abcd", "a" * 20])
def test_a_text_too_short_to_split_is_refused(text: str, tmp_path: Path, home: Path) -> None:
    with pytest.raises(DataError, match="is too short"):
        prepare(file(tmp_path, text), "char", 0.1, home)
    assert list((home / "data").iterdir()) == []


def test_many_characters_take_four_bytes(tmp_path: Path, home: Path) -> None:
    points = [p for p in range(0x20, 0x12000) if not 0xD800 <= p < 0xE000]
    text = "".join(map(chr, points))
    made = prepare(file(tmp_path, text), "char", 0.1, home)
    assert made.meta.vocab_size == len(points) > 1 << 16
    assert made.meta.token_bytes == 4
    data = mapped.load(made.folder)
    assert [*data.train, *data.val] == list(range(len(points)))
    assert data.train.dtype == np.uint32


@pytest.mark.parametrize("size", [0, 10, 200, 700])
def test_a_full_disk_leaves_nothing(size: int, tmp_path: Path, home: Path) -> None:
    source = file(tmp_path)
    with file_size_limit(size), pytest.raises(DataError, match="The disk is full"):
        prepare(source, "char", 0.1, home)
    assert list((home / "data").iterdir()) == []
    assert prepare(source, "char", 0.1, home).is_new


def test_a_disk_that_fails_at_any_sync_leaves_nothing(tmp_path: Path, home: Path) -> None:
    source = file(tmp_path)
    with failing_sync(0) as calls:
        prepare(source, "char", 0.1, tmp_path / "count")
    # The last sync makes the finished set's name durable: the set itself is there by then.
    for nth in range(1, len(calls)):
        with failing_sync(nth), pytest.raises(DataError, match="The disk is full"):
            prepare(source, "char", 0.1, home)
        assert list((home / "data").iterdir()) == []


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(DataError, match="could not be written"):
        prepare(file(tmp_path), "char", 0.1, tmp_path / "home")


def test_leftovers_of_the_dead_go_and_those_of_the_living_stay(tmp_path: Path, home: Path) -> None:
    dead, living = (home / "data" / f"x.partial-{pid}" for pid in (2**22 + 1, os.getppid()))
    for leftover in (dead, living):
        leftover.mkdir(parents=True)
        (leftover / "train.bin").write_bytes(b"")
    prepare(file(tmp_path), "char", 0.1, home)
    assert living.exists()
    assert not dead.exists()


def test_two_at_once_end_with_one_set(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, rename = file(tmp_path), Path.rename

    def slower(path: Path, target: Path) -> Path:
        monkeypatch.undo()
        prepare(source, "char", 0.1, tmp_path / "other")
        rename(tmp_path / "other" / "data" / "keats", target)  # the other process was first
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", slower)
    made = prepare(source, "char", 0.1, home)
    assert not made.is_new
    assert [path.name for path in (home / "data").iterdir()] == ["keats"]


def known_text(monkeypatch: pytest.MonkeyPatch) -> None:
    digest = hashlib.sha256(ODE.encode()).hexdigest()
    known = Download("play", "https://example.org/", len(ODE.encode()), digest)
    monkeypatch.setitem(sources.DOWNLOADS, "play", known)


def test_a_prepared_download_needs_no_network(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known_text(monkeypatch)

    def offline(url: str, timeout: float, start: int) -> "nullcontext[io.BytesIO]":
        raise OSError("no network")

    with pytest.raises(DataError, match="play could not be fetched"):
        prepare("play", "char", 0.1, home, opener=offline)
    first = prepare(
        "play", "char", 0.1, home, opener=lambda *_: nullcontext(io.BytesIO(ODE.encode()))
    )
    (home / "downloads" / "play.txt").unlink()
    assert prepare("play", "char", 0.1, home, opener=offline).folder == first.folder
    with pytest.raises(DataError, match="could not be fetched"):
        prepare("play", "byte", 0.1, home, opener=offline)


def test_resolve_takes_names_folders_and_files(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    bundled = resolve("harbour", home)
    assert bundled.is_new
    assert not resolve("harbour", home).is_new
    own = prepare(file(tmp_path), "byte", 0.2, home, name="my ode")
    assert resolve("my ode", home, "char", 0.1) == resolve(str(own.folder), home)
    assert resolve("my ode", home).meta.tokenizer == "byte"
    assert resolve("keats.txt", home).folder == home / "data" / "keats"


def test_resolve_heeds_the_settings_for_a_named_text(home: Path) -> None:
    by_character = resolve("harbour", home, "char", 0.1)
    by_byte = resolve("harbour", home, "byte", 0.1)
    more_held_out = resolve("harbour", home, "char", 0.3)
    assert [made.meta.tokenizer for made in (by_character, by_byte)] == ["char", "byte"]
    assert more_held_out.meta.val_fraction == 0.3
    assert resolve("harbour", home, "char", 0.1) == resolve("harbour", home)


def test_resolve_names_the_nearest_set(tmp_path: Path, home: Path) -> None:
    prepare(file(tmp_path), "char", 0.1, home)
    with pytest.raises(DataError, match="Did you mean keats"):
        resolve("keets", home)


def test_resolve_refuses_a_damaged_set(tmp_path: Path, home: Path) -> None:
    made = prepare(file(tmp_path), "char", 0.1, home)
    (made.folder / "val.bin").write_bytes(b"")
    with pytest.raises(DataError, match=r"val\.bin has 0 bytes"):
        resolve("keats", home)


@given(text=st.text(min_size=1, max_size=60), kind=st.sampled_from(["char", "byte", "bpe"]))
@settings(deadline=None)
def test_any_text_is_prepared_whole_or_refused(
    text: str, kind: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("any")
    source = folder / "text"
    source.write_bytes(text.encode())
    try:
        made = prepare(str(source), kind, 0.3, folder)
    except TtgptError as error:
        assert error.what  # noqa: PT017
        assert error.next_step  # noqa: PT017
        return
    ids = [*tokens_of(made.folder / "train.bin"), *tokens_of(made.folder / "val.bin")]
    decoded = Tokenizer.load(made.folder / "tokenizer.json").decode(ids)
    assert decoded == text.removeprefix("\ufeff")


def test_a_listener_that_is_gone_is_no_fault_of_the_disk(tmp_path: Path, home: Path) -> None:
    def say(what: str, done: int, total: int) -> None:
        if what == "encoding":
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        prepare(file(tmp_path), "char", 0.1, home, say=say)
    assert not list(home.glob("data/*"))
