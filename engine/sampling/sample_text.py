"""One text that is being drawn: its tokens, its characters, and how it ends."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..data.tokenizer import TextStream, Tokenizer
from .penalty import SPAN
from .sampler import SamplingConfig, draw, surprise

STOPPED, LENGTH = "stop", "length"


class DrawnToken(NamedTuple):
    """A token, the text that became complete with it, and how unlikely the model held it."""

    id: int
    text: str
    surprise: float
    """Nats, by the model alone."""


class SampleText:
    """Draws one sample's tokens and puts their text together.

    Args:
        tokenizer: The vocabulary.
        rng: The sample's own stream of draws.
        stop: The text ends right after this, be it in mid-token; empty is off.
        before: Tokens of the prompt and of what was written before.
        written: How many of these were written, not given: they may end inside a character.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        rng: np.random.Generator,
        stop: str,
        before: Sequence[int],
        written: int,
    ) -> None:
        self.text = ""
        self.tokens = 0
        self.ended = ""
        """Why it has ended: stop or length; empty while it has not."""
        self._stop = stop
        self._rng = rng
        self._recent = deque(before, maxlen=SPAN)
        self._stream = TextStream(tokenizer)
        # What was written counts too: a stop text may begin there and end in what is drawn now.
        self._tail = self._end_of(self._stream.feed(before[len(before) - written :]))

    def draw(self, logits: npt.NDArray[np.floating], sampling: SamplingConfig) -> DrawnToken:
        """Draw the next token from its logits, [V]."""
        token = draw(logits, sampling, self._rng, self._recent)
        self._recent.append(token)
        self.tokens += 1
        return DrawnToken(token, self._added(self._stream.feed([token])), surprise(logits, token))

    def end(self, reason: str) -> None:
        """End it where it is, before a character whose bytes have not all come."""
        self.ended = self.ended or reason

    def _added(self, text: str) -> str:
        if self._stop:
            around = self._tail + text
            place = around.find(self._stop)
            if place >= 0:
                self.ended = STOPPED
                text = text[: place + len(self._stop) - len(self._tail)]
            self._tail = self._end_of(around)
        self.text += text
        return text

    def _end_of(self, text: str) -> str:
        """Give the end of a text that a stop text could begin in."""
        return text[max(0, len(text) - len(self._stop) + 1) :] if self._stop else ""
