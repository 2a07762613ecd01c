"""Errors of the engine, as the form shows them."""

from __future__ import annotations

import pytest

from ttgpt.engine.data.decoding import check_is_text, decoded, records
from ttgpt.engine.errors import TtgptError
from ttgpt.tui.texts.field_words import for_form


def read(raw: bytes, encoding: str) -> None:
    """Read a text to its end, as lines of JSON where that is said of it."""
    if encoding == "records":
        list(records(iter([raw.decode()]), "text", "a.jsonl"))
    else:
        check_is_text(raw, "a.txt", encoding)
        list(decoded(raw, "a.txt", encoding))


@pytest.mark.parametrize(
    ("raw", "encoding", "said"),
    [
        (b"caf\xe9", "utf-8", "Read it so: encoding latin-1 above."),
        ("né à".encode("utf-16-le") * 99, "utf-8", "Read it so: encoding utf-16-le above."),
        (b"it\x81s", "cp1252", "Try another encoding above."),
        (b'{"body": "a"}', "records", "Say which field holds the text: field NAME above."),
        (b'{"text": 1}', "records", "Choose another field: field NAME above. Or mend the line."),
    ],
)
def test_the_next_step_names_the_fields(raw: bytes, encoding: str, said: str) -> None:
    with pytest.raises(TtgptError) as caught:
        read(raw, encoding)
    shown = for_form(caught.value)
    assert shown.next_step == said
    assert "--" not in str(shown)
    assert (type(shown), shown.what) == (type(caught.value), caught.value.what)
