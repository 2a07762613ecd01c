"""Write text: a generator of tokens, whose sampling may be turned between any two of them."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence

import numpy as np

from .. import commands
from ..backends import Session
from ..data.tokenizer import Tokenizer
from .sample_text import LENGTH, DrawnToken, SampleText
from .sampler import SamplingConfig, new_rng
from .window import seen


class Generation:
    """One prompt continued by one or more samples, in step with each other.

    Args:
        session: The model.
        tokenizer: Its vocabulary.
        prompt: Text to continue. An empty one becomes a line end, where texts begin.
        sampling: Temperature, top-k and the like; may be replaced while tokens are drawn.
        seed: Sample i draws from the stream of seed + i.
        max_new_tokens: Tokens written for each sample.
        num_samples: How many samples.
        stop: A sample ends once it has written this; empty is off.
        ids: Tokens written after the prompt before. What follows is drawn as if they had been
            drawn here, with the same window and the same numbers.
        block_size: Tokens that the model can look back on; needed with ids.
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
        stop: str = "",
        ids: Sequence[int] = (),
        block_size: int = 0,
        lenient: bool = False,
    ) -> None:
        self.prompt = usable_prompt(prompt, tokenizer, lenient=lenient)
        self.sampling = sampling
        self.drawn = 0
        """Tokens drawn so far for the longest sample."""
        self.first_ms = 0.0
        """Milliseconds from the start to the first token."""
        self._session = session
        self._max_new_tokens = max_new_tokens
        self._seconds = 0.0
        given = tokenizer.encode(self.prompt)
        before = [*given, *ids]
        self._window = before[-seen(len(given), len(ids), block_size) :] if ids else before
        self.samples = [
            SampleText(tokenizer, new_rng(seed + i, drawn=len(ids)), stop, before, len(ids))
            for i in range(num_samples)
        ]

    @property
    def texts(self) -> list[str]:
        """What each sample has written so far."""
        return [sample.text for sample in self.samples]

    @property
    def tokens_per_s(self) -> float:
        """Tokens of all samples a second, over the time spent on this generation alone."""
        drawn = sum(sample.tokens for sample in self.samples)
        return drawn / self._seconds if self._seconds else 0.0

    def tokens(self) -> Iterator[list[DrawnToken | None]]:
        """Draw token after token; each item is what each sample drew, None once it has ended."""
        started = time.perf_counter()
        ids = np.array([self._window] * len(self.samples), dtype=np.int64)
        decoder = self._session.decoder(ids)  # ids [n, t]
        while True:
            logits = decoder.logits()  # [n, vocab_size]
            pairs = zip(self.samples, logits, strict=True)
            drawn = [self._next(sample, row) for sample, row in pairs]
            self.drawn += 1
            ended = all(sample.ended for sample in self.samples)
            self._seconds += time.perf_counter() - started
            self.first_ms = self.first_ms or 1000 * self._seconds
            yield drawn  # before the model reads it, which takes as long as the next token
            if ended:
                return
            started = time.perf_counter()
            # An ended sample keeps its row in the batch; what is put there is never read.
            decoder.append([0 if token is None else token.id for token in drawn])

    def _next(self, sample: SampleText, logits: np.ndarray) -> DrawnToken | None:
        if sample.ended:
            return None
        token = sample.draw(logits, self.sampling)
        if sample.tokens >= self._max_new_tokens:
            sample.end(LENGTH)
        return token


def from_command(
    session: Session,
    tokenizer: Tokenizer,
    command: commands.Generate,
    seed: int,
    block_size: int,
) -> Generation:
    """Make the generation that a command asks for, with its seed resolved.

    Raises:
        UsageError: The prompt does not fit the vocabulary.
    """
    return Generation(
        session,
        tokenizer,
        command.prompt,
        sampling_of(command),
        seed=seed,
        max_new_tokens=command.max_new_tokens,
        num_samples=command.num_samples,
        stop=command.stop,
        ids=command.ids,
        block_size=block_size,
    )


def sampling_of(command: commands.Generate | commands.Inspect) -> SamplingConfig:
    """Give the sampling that a command asks for.

    Raises:
        UsageError: A value is out of range.
    """
    return SamplingConfig(
        command.temperature, command.top_k, command.top_p, command.repetition_penalty
    )


def resolve_seed(seed: int) -> int:
    """Give the seed itself, or a random one for -1."""
    return random.SystemRandom().randrange(2**31) if seed == -1 else seed


def usable_prompt(prompt: str, tokenizer: Tokenizer, *, lenient: bool = False) -> str:
    """Give a prompt that the vocabulary can write; an empty one becomes a line end.

    Raises:
        UsageError: It holds a character outside the vocabulary, and lenient is false.
    """
    if lenient:
        missing = set(tokenizer.unknown(prompt))
        prompt = "".join(c for i, c in enumerate(prompt) if i not in missing)
    if prompt:
        tokenizer.encode(prompt)  # names a character that the vocabulary lacks
        return prompt
    return "\n" if not tokenizer.unknown("\n") else tokenizer.decode([0])
