from pathlib import Path

import numpy as np
import pytest
from disk_faults import flip
from texts import prepare

from ttgpt.engine.data import mapped, meta
from ttgpt.engine.data.prepare import PreparedData
from ttgpt.engine.disk import sealed
from ttgpt.engine.errors import DataError

TEXT = "O Goddess! hear these tuneless numbers, wrung\n" * 10


@pytest.fixture
def psyche(tmp_path: Path) -> PreparedData:
    (tmp_path / "psyche.txt").write_text(TEXT)
    return prepare(str(tmp_path / "psyche.txt"), "char", 0.1, tmp_path)


def test_a_set_is_mapped_not_read(psyche: PreparedData) -> None:
    loaded = mapped.load(psyche.folder)
    assert isinstance(loaded.train, np.memmap)
    assert loaded.train.dtype == np.uint16
    assert not loaded.train.flags.writeable
    assert loaded.tokenizer.decode([*loaded.train.tolist(), *loaded.val.tolist()]) == TEXT
    assert loaded.meta == psyche.meta
    assert loaded.folder == psyche.folder


def test_a_missing_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"meta\.json is missing"):
        mapped.load(tmp_path / "nothing")


def test_a_changed_token_is_found(psyche: PreparedData) -> None:
    flip(psyche.folder / "val.bin", 5)
    with pytest.raises(DataError, match=r"val\.bin has changed"):
        mapped.load(psyche.folder)


def test_a_tokenizer_of_another_text_is_found(psyche: PreparedData) -> None:
    """Even where somebody sealed the set again."""
    other = '{"format": 1, "kind": "char", "characters": "ab"}'
    (psyche.folder / "tokenizer.json").write_text(other)
    body = sealed.read(psyche.folder / meta.META)
    fields = {k: v for k, v in body.items() if k not in ("files", "digest")}
    sealed.write(psyche.folder / meta.META, fields, meta.FILES)
    with pytest.raises(DataError, match="do not belong together"):
        mapped.load(psyche.folder)
