from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "sea.txt"
    path.write_text("The sea is wide, the boat is small.\n" * 40)
    return path


def test_an_empty_home_invites(call: Callable[..., Any]) -> None:
    result = call("data", "list")
    assert result.code == 0
    assert "data prepare harbour" in result.out
    assert call("data", "list", "--json").document == {"sets": []}


def test_a_prepared_text_is_listed(call: Callable[..., Any], text: Path, home: Path) -> None:
    made = call("data", "prepare", str(text), "--tokenizer", "byte", "--json")
    assert made.code == 0
    assert made.document["tokenizer"] == "byte"
    assert made.document["folder"] == str(home / "data" / made.document["name"])
    (listed,) = call("data", "list", "--json").document["sets"]
    assert made.document == {**listed, "is_new": True, "left_out": []}
    shown = call("data", "list").out.splitlines()
    assert shown[0].split() == ["set", "tokens", "vocab", "tokenizer", "size", "runs", "source"]
    assert shown[1].startswith(made.document["name"])


def test_prepare_takes_a_name_and_says_what_is_next(call: Callable[..., Any], text: Path) -> None:
    result = call("data", "prepare", str(text), "--name", "my sea", "--val-fraction", "0.2")
    assert result.code == 0
    assert "--data 'my sea'" in result.out
    assert "tokens" in result.out


def test_a_missing_text_is_a_data_error(call: Callable[..., Any], tmp_path: Path) -> None:
    result = call("data", "prepare", str(tmp_path / "nothing.txt"))
    assert (result.code, result.out) == (4, "")
    assert [line.split()[0] for line in result.err.splitlines()] == ["what", "why", "next"]


def test_a_wrong_share_is_a_usage_error(call: Callable[..., Any], text: Path) -> None:
    assert call("data", "prepare", str(text), "--val-fraction", "3").code == 2


def test_a_damaged_set_is_listed_as_such(call: Callable[..., Any], text: Path, home: Path) -> None:
    name = call("data", "prepare", str(text), "--json").document["name"]
    (home / "data" / name / "train.bin").write_bytes(b"")
    result = call("data", "list")
    assert result.code == 0
    assert "damaged" in result.out
    assert name in result.err
    (listed,) = call("data", "list", "--json").document["sets"]
    assert set(listed) == {"name", "folder", "problem"}


def test_data_alone_explains_itself(call: Callable[..., Any]) -> None:
    assert "prepare" in call("data").out
