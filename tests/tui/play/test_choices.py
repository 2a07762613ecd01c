import math
from pathlib import Path

from saved_run import CHARACTERS, damage, save_checkpoint
from written_run import WrittenRun

from ttgpt.engine.checkpoints.folder import take_in
from ttgpt.engine.checkpoints.labels import set_label
from ttgpt.engine.checkpoints.seals import Seals
from ttgpt.engine.data.tokenizer import ByteTokenizer
from ttgpt.tui.play.choices import Choice, list_choices, read_vocabulary


def lines(choices: list[Choice]) -> list[tuple[str, int | None, str]]:
    return [(choice.run_name, choice.step, " ".join(choice.marks)) for choice in choices]


def ended(home: Path, name: str) -> Path:
    run = WrittenRun(home, name, live=False)
    run.folder.update(state="finished")
    run.close()
    return run.folder.path


def test_an_empty_home_has_nothing_that_writes(home: Path) -> None:
    assert list_choices(home, Seals()) == []


def test_live_weights_come_first_then_the_newest_of_the_newest_run(home: Path) -> None:
    old = ended(home, "stage1")
    save_checkpoint(old, 500, val_loss=2.5)
    save_checkpoint(old, 1000, val_loss=2.3, kind="final")
    # Folder names hold the second of their making; two runs of one second sort by name.
    run = WrittenRun(home, "stage2")
    save_checkpoint(run.folder.path, 250, val_loss=1.8)
    save_checkpoint(run.folder.path, 500, val_loss=1.9)
    assert lines(list_choices(home, Seals())) == [
        ("stage2", None, "live"),
        ("stage2", 500, "last"),
        ("stage2", 250, "best"),
        ("stage2", 0, "untrained"),
        ("stage1", 1000, "best final"),
        ("stage1", 500, ""),
        ("stage1", 0, "untrained"),
    ]
    run.close()


def test_marks_say_why_a_checkpoint_stands_out(home: Path) -> None:
    run = ended(home, "stage1")
    for step, kind, loss in (
        (1, "interval", 2.0),
        (2, "milestone", 1.5),
        (3, "asked", 1.5),
        (4, "interval", math.nan),
    ):
        save_checkpoint(run, step, kind=kind, val_loss=loss)
    # Of equal losses the earlier is best; one that was not measured never is.
    assert [" ".join(c.marks) for c in list_choices(home, Seals())] == [
        "last",
        "asked",
        "best milestone",
        "",
        "untrained",
    ]


def test_a_damaged_checkpoint_is_listed_and_cannot_write(home: Path) -> None:
    run = ended(home, "stage1")
    damage(save_checkpoint(run, 500, val_loss=1.0))
    save_checkpoint(run, 400, val_loss=2.0)
    broken, whole, untrained = list_choices(home, Seals())
    assert (broken.marks, broken.is_usable) == (("damaged",), False)
    assert broken.problem.startswith("weights.safetensors has ")
    assert (whole.marks, whole.is_usable) == (("best", "last"), True)
    assert (untrained.checkpoint, untrained.untrained) == (whole.checkpoint, True)


def test_a_run_whose_description_is_damaged_keeps_its_checkpoints(home: Path) -> None:
    run = ended(home, "stage1")
    save_checkpoint(run, 400)
    (run / "run.json").write_text("{")
    assert [choice.run_name for choice in list_choices(home, Seals())] == ["stage1"] * 2


def test_a_crashed_run_has_no_live_weights(home: Path) -> None:
    run = WrittenRun(home)
    run.vanish()
    assert list_choices(home, Seals()) == []
    run.close()


def test_a_checkpoint_tells_its_vocabulary(home: Path) -> None:
    run = ended(home, "stage1")
    save_checkpoint(run, 400, block_size=32, prompt="A")
    choice, _ = list_choices(home, Seals())
    vocabulary = read_vocabulary(choice)
    assert vocabulary is not None
    assert vocabulary.tokenizer.vocab_size == CHARACTERS.vocab_size
    assert (vocabulary.block_size, vocabulary.prompt) == (32, "A")
    assert (vocabulary.shape, vocabulary.parameters) == ("nanogpt 6×6×384", 10_683_648)  # noqa: RUF001
    assert vocabulary.data == home / "data" / "nowhere"


def test_labels_and_what_was_imported_are_in_the_list(home: Path, tmp_path: Path) -> None:
    run = ended(home, "stage1")
    save_checkpoint(run, 400)
    set_label(run, 400, kept=True, name="the good one")
    save_checkpoint(tmp_path / "elsewhere", 7)
    take_in(home, tmp_path / "elsewhere")
    assert lines(list_choices(home, Seals())) == [
        ("stage1", 400, "best last kept"),
        ("stage1", 0, "untrained"),
        ("elsewhere", 7, "best last"),
        ("elsewhere", 0, "untrained"),
    ]
    assert list_choices(home, Seals())[0].name == "the good one"


def test_live_weights_have_the_vocabulary_of_their_data(home: Path) -> None:
    run = WrittenRun(home)
    [choice] = list_choices(home, Seals())
    assert read_vocabulary(choice) is None
    data = home / "data" / "nowhere"
    data.mkdir(parents=True)
    ByteTokenizer().save(data / "tokenizer.json")
    vocabulary = read_vocabulary(choice)
    assert vocabulary is not None
    assert (vocabulary.tokenizer.kind, vocabulary.block_size) == ("byte", 256)
    run.close()


def test_an_unreadable_vocabulary_is_none(home: Path) -> None:
    run = ended(home, "stage1")
    folder = save_checkpoint(run, 400)
    choice, _ = list_choices(home, Seals())
    for harm in (b"{}", b"[", b"\xff"):
        (folder / "tokenizer.json").write_bytes(harm)
        assert read_vocabulary(choice) is None
