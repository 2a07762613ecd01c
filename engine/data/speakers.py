"""Who speaks in a play: lines that are a name and a colon. Standard library only."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from ..disk.reading import open_plain
from ..errors import TtgptError
from .meta import token_bytes
from .token_file import read_tokens
from .tokenizer import Tokenizer

_TOKENS_READ = 400_000
_LINE = re.compile(r"^([A-Z][A-Za-z .'-]{0,30}:)$", re.MULTILINE)


def speakers(data: Path, most: int = 8) -> list[str]:
    """Give the names that open most speeches in a prepared set, such as `ROMEO:`.

    Reads the beginning of the training part; empty when it is no play, or cannot be read.
    """
    try:
        tokenizer = Tokenizer.load(data / "tokenizer.json")
        width = token_bytes(tokenizer.vocab_size)
        with open_plain(data / "train.bin") as file:
            tokens = read_tokens(file, 0, _TOKENS_READ, width)
        text = tokenizer.decode(tokens)
    except (OSError, TtgptError):
        return []
    counted = Counter(_LINE.findall(text))
    return [name for name, count in counted.most_common(most) if count > 1]
