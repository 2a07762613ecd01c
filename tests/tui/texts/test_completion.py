from pathlib import Path

import pytest

from ttgpt.tui.texts.completion import Offered, common_start, complete

KNOWN = [Offered("harbour", "bundled"), Offered("~/old/keats.txt", "used before")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("keats.txt", "keats-letters.txt", "Byron.md", ".hidden"):
        (tmp_path / name).write_text("abc")
    (tmp_path / "kept").mkdir()
    return tmp_path


def texts(typed: str) -> list[str]:
    return [one.text for one in complete(typed, KNOWN)]


def test_nothing_typed_offers_what_is_known() -> None:
    assert texts("") == ["harbour", "~/old/keats.txt"]


def test_a_name_that_is_known_offers_the_others_too() -> None:
    assert texts("harbour") == ["harbour", "~/old/keats.txt"]


def test_a_word_finds_what_was_used_before() -> None:
    assert texts("KEATS") == ["~/old/keats.txt"]


def test_a_path_goes_on_with_what_lies_there(folder: Path) -> None:
    found = complete(f"{folder}/ke", KNOWN)
    assert [one.text for one in found] == [
        f"{folder}/keats-letters.txt",
        f"{folder}/keats.txt",
        f"{folder}/kept/",
    ]
    assert [one.about for one in found] == ["3 B", "3 B", "folder"]


def test_hidden_files_are_offered_to_who_asks_for_them(folder: Path) -> None:
    assert not any(".hidden" in one for one in texts(f"{folder}/"))
    assert texts(f"{folder}/.h") == [f"{folder}/.hidden"]


def test_the_tilde_stays_as_it_was_typed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder))
    assert texts("~/By") == ["~/Byron.md"]


@pytest.mark.parametrize("typed", ["/nowhere/at/all", "\0", "~nobody-of-that-name/x"])
def test_what_leads_nowhere_offers_nothing(typed: str) -> None:
    assert texts(typed) == []


def test_completion_goes_as_far_as_there_is_no_choice(folder: Path) -> None:
    typed = f"{folder}/k"
    assert common_start(typed, complete(typed, KNOWN)) == f"{folder}/ke"
    assert common_start("x", []) == "x"
    assert common_start("KEATS", complete("KEATS", KNOWN)) == "KEATS"
