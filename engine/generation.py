"""Write text: a generator of tokens, whose sampling may be turned between any two of them."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from . import commands
from .backends import Session
from .data.tokenizer import TextStream, Tokenizer
from .errors import UsageError
from .sampler import SamplingConfig, draw, new_rng, probabilities

MAX_SAMPLES = 64


class Generation:
    """One prompt continued by one or more samples, in step with each other.

    Args:
        session: The model.
        tokenizer: Its vocabulary.
        prompt: Text to continue. An empty one becomes a line end, where texts begin.
        sampling: Temperature, top-k and top-p; may be replaced while tokens are drawn.
        seed: Sample i draws from its own stream, made of the seed and i.
        max_new_tokens: Tokens written for each sample.
        num_samples: How many samples.
        lenient: Leave out prompt characters that the vocabulary lacks, instead of refusing.

    Raises:
        UsageError: The prompt holds a character outside the vocabulary, or nothing that is in it.
    """

    def __init__(
        self,
        session: Session,
        tokenizer: Tokenizer,
        prompt: str,
        sampling: SamplingConfig,
        *,
        seed: int,
        max_new_tokens: int,
        num_samples: int = 1,
        lenient: bool = False,
    ) -> None:
        self.prompt = _usable(prompt, tokenizer, lenient)
        self.sampling = sampling
        self.texts = [""] * num_samples
        self.drawn = 0
        """Tokens drawn so far for each sample."""
        self.first_ms = 0.0
        """Milliseconds from the start to the first token."""
        self._session = session
        self._tokenizer = tokenizer
        self._max_new_tokens = max_new_tokens
        self._rngs = [new_rng(seed, i) for i in range(num_samples)]
        self._seconds = 0.0

    @property
    def tokens_per_s(self) -> float:
        """Tokens of all samples a second, over the time spent on this generation alone."""
        return self.drawn * len(self.texts) / self._seconds if self._seconds else 0.0

    def tokens(self) -> Iterator[list[str]]:
        """Draw token after token; each item is the text it added to each sample."""
        started = time.perf_counter()
        ids = np.array([self._tokenizer.encode(self.prompt)] * len(self.texts), dtype=np.int64)
        decoder = self._session.decoder(ids)  # ids [n, t]
        streams = [TextStream(self._tokenizer) for _ in self.texts]
        while True:
            logits = decoder.logits()  # [n, vocab_size]
            pairs = zip(logits, self._rngs, strict=True)
            drawn = [draw(row, self.sampling, rng) for row, rng in pairs]
            added = [stream.feed([token]) for stream, token in zip(streams, drawn, strict=True)]
            self.drawn += 1
            last = self.drawn >= self._max_new_tokens
            if last:
                added = [a + s.finish() for a, s in zip(added, streams, strict=True)]
            else:
                decoder.append(drawn)
            self.texts = [text + new for text, new in zip(self.texts, added, strict=True)]
            self._seconds += time.perf_counter() - started
            self.first_ms = self.first_ms or 1000 * self._seconds
            yield added
            if last:
                return
            started = time.perf_counter()


def from_command(
    session: Session, tokenizer: Tokenizer, command: commands.Generate, seed: int
) -> Generation:
    """Make the generation that a command asks for, with its seed resolved.

    Raises:
        UsageError: A value is out of range, or the prompt does not fit the vocabulary.
    """
    if not 1 <= command.num_samples <= MAX_SAMPLES:
        raise UsageError(
            f"{command.num_samples} samples were asked for.",
            f"One request makes 1 to {MAX_SAMPLES}.",
            "Ask again for the rest with another seed.",
        )
    if command.max_new_tokens < 1:
        raise UsageError(
            f"max_new_tokens is {command.max_new_tokens}.", "It must be at least 1.", "Try 300."
        )
    return Generation(
        session,
        tokenizer,
        command.prompt,
        SamplingConfig(command.temperature, command.top_k, command.top_p),
        seed=seed,
        max_new_tokens=command.max_new_tokens,
        num_samples=command.num_samples,
    )


def resolve_seed(seed: int) -> int:
    """Give the seed itself, or a random one for -1.

    Raises:
        UsageError: It is below -1.
    """
    if seed < -1:
        raise UsageError(f"The seed is {seed}.", "It must be 0 or more.", "-1 draws a random one.")
    return random.SystemRandom().randrange(2**31) if seed == -1 else seed


def inspect(session: Session, tokenizer: Tokenizer, command: commands.Inspect) -> dict[str, Any]:
    """Give the likeliest next tokens after a text, by the model alone and after the sampling cuts.

    Returns:
        `tokens`: a list of `{"text", "before", "after"}`, likeliest first, and `entropy` in nats
        of the model's own distribution.
    """
    text = _usable(command.text, tokenizer, lenient=True)
    logits = session.decoder(np.array([tokenizer.encode(text)], dtype=np.int64)).logits()[0]
    before = probabilities(logits, SamplingConfig(1.0, 0, 1.0))
    after = probabilities(logits, SamplingConfig(command.temperature, command.top_k, command.top_p))
    order = np.argsort(-before, kind="stable")[: max(1, command.count)]
    seen = before[before > 0]
    return {
        "tokens": [
            {
                "text": tokenizer.decode([int(i)]),
                "before": float(before[i]),
                "after": float(after[i]),
            }
            for i in order
        ],
        "entropy": float(-(seen * np.log(seen)).sum()),
    }


def _usable(prompt: str, tokenizer: Tokenizer, lenient: bool) -> str:
    if lenient:
        missing = set(tokenizer.unknown(prompt))
        prompt = "".join(c for i, c in enumerate(prompt) if i not in missing)
    if prompt:
        tokenizer.encode(prompt)  # names a character that the vocabulary lacks
        return prompt
    start = "\n" if not tokenizer.unknown("\n") else tokenizer.decode([0])
    return start
