"""The one reader of small files: what is refused, and in which words."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ttgpt.engine.disk import reading
from ttgpt.engine.disk.reading import DamagedFileError


def _sparse(path: Path) -> None:
    path.touch()
    os.truncate(path, 2 << 30)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: None, "is missing"),
        (lambda path: path.write_bytes(b""), "is not JSON"),
        (lambda path: path.write_bytes(b'{"a": "\xff"}'), "is not JSON"),
        (lambda path: path.write_bytes(b"[" * 100_000), "is not JSON: nested too deeply"),
        (lambda path: path.write_bytes(b"[" * 99 + b"]" * 99), "is not JSON: nested too deeply"),
        (lambda path: path.write_bytes(b"[]"), "is not a JSON object"),
        (os.mkfifo, "is not a plain file"),
        (lambda path: path.symlink_to("/dev/zero"), "is not a plain file"),
        (lambda path: path.mkdir(), "is not a plain file"),
        (lambda path: path.symlink_to(path.name), "cannot be read"),
        (_sparse, "is too large"),
    ],
)
def test_what_is_no_small_file_of_json_is_refused_in_words(
    tmp_path: Path, make: Callable[[Path], object], reason: str
) -> None:
    path = tmp_path / "run.json"
    make(path)
    with pytest.raises(DamagedFileError) as refused:
        reading.read_object(path)
    assert refused.value.short.startswith(f"run.json {reason}")
    assert refused.value.exit_code == 4
    assert refused.value.missing == (reason == "is missing")


def test_a_file_of_settings_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text('{"a": 1}')
    (tmp_path / "run.json").symlink_to("kept")
    assert reading.read_object(tmp_path / "run.json") == {"a": 1}


def test_a_name_that_is_too_long_is_told() -> None:
    with pytest.raises(DamagedFileError, match="File name too long"):
        reading.read_bytes(Path("x" * 300))
