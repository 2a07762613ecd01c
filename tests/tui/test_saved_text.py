from pathlib import Path

import pytest

from ttgpt.engine.errors import DataError
from ttgpt.tui.saved_text import save_text, shortened


def test_a_text_is_kept_with_its_origin(home: Path) -> None:
    path = save_text(home, "stage2-1750", "ROMEO:\nWhat", "step 1750, seed 7")
    assert path.parent == home / "texts"
    assert path.name.endswith("-stage2-1750.txt")
    assert path.read_text("utf-8") == "ROMEO:\nWhat\n\n-- \nstep 1750, seed 7\n"


def test_two_texts_of_one_second_are_two_files(home: Path) -> None:
    paths = {save_text(home, "a", str(number), "") for number in range(3)}
    assert len(paths) == 3


def test_printing_the_file_steers_no_terminal(home: Path) -> None:
    path = save_text(home, "a", "x\x1b[2J", "y\x07")
    assert "\x1b" not in path.read_text("utf-8")
    assert "\x07" not in path.read_text("utf-8")


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "\x1b[2J", "", ".", "é" * 200])
def test_a_name_cannot_leave_the_folder(home: Path, name: str) -> None:
    path = save_text(home, name, "x", "")
    assert path.parent == home / "texts"
    assert path.is_file()


def test_a_disk_that_refuses_is_told(home: Path) -> None:
    (home / "texts").write_text("")
    with pytest.raises(DataError, match="The text cannot be saved"):
        save_text(home, "a", "x", "")


def test_paths_are_written_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    assert shortened(Path("/home/ada/ttgpt/texts/a.txt")) == "~/ttgpt/texts/a.txt"
    assert shortened(Path("/data/texts/a.txt")) == "/data/texts/a.txt"
