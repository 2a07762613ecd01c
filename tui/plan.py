"""What a configuration would train here: sizes that are counted, and times that were measured."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ttgpt.engine.canonical import parameter_count
from ttgpt.engine.config import RunConfig
from ttgpt.engine.data.datasets import list_sets
from ttgpt.engine.data.meta import Meta
from ttgpt.engine.data.sources import BUNDLED, locate, read
from ttgpt.engine.errors import TtgptError
from ttgpt.engine.estimate import training_bytes
from ttgpt.engine.host import memory
from ttgpt.engine.runs import tries
from ttgpt.engine.runs.tries import Try
from ttgpt.engine.training.schedule import resolve_steps

from .format import count, duration, grouped, size

_GUESSED_CHARACTERS = 96
"""Stands for those of a text that is not prepared yet: a few kB of parameters more or less."""
_KNOWN_CHARACTERS = {"tiny-shakespeare": 65}
"""Of a text that is fetched when it is wanted; its hash is checked, so this holds."""
_TOKENS = {"byte": 256, "gpt2": 50_257}
PROGRAM_BYTES = 450_000_000
"""Of the program and its libraries beside the network: the most that was measured, see estimate."""

Row = tuple[str, str, str]
"""A label, what is so, and a style."""


@dataclass(frozen=True)
class Plan:
    """What is known of a run before it starts."""

    parameters: int
    is_exact: bool
    """Whether the vocabulary is known, and with it the number of parameters."""
    bytes_needed: int
    """Counted, the program's own share included."""
    bytes_free: int | None
    tokens_per_step: int
    steps: int | None
    """None where it follows from the length of a text that is not prepared yet."""
    meta: Meta | None
    """Of the prepared text."""
    measured: Try | None
    seconds: float | None
    """From what was measured here."""
    problem: str = ""

    @property
    def is_too_large(self) -> bool:
        """Whether it may be killed for want of memory."""
        need = self.bytes_needed
        if self.measured is not None and self.measured.peak_bytes is not None:
            need = self.measured.peak_bytes
        return self.bytes_free is not None and need > self.bytes_free


def plan_of(home: Path, config: RunConfig, backend: str = "auto") -> Plan:
    """Count and look up what is known of a configuration on this host, with a backend."""
    meta, measured = prepared(home, config), tries.load(home, config, backend)
    known = meta.vocab_size if meta else _known_vocabulary(home, config)
    guessed = _GUESSED_CHARACTERS if config.data.tokenizer == "char" else config.data.vocab_size
    vocabulary = known or guessed
    block, steps = config.model.block_size, config.train.max_steps
    if meta is not None:
        steps, _ = resolve_steps(config.train, meta.train_tokens, block)
    return Plan(
        parameters=parameter_count(config.model, vocabulary),
        is_exact=known is not None,
        bytes_needed=training_bytes(config, vocabulary) + PROGRAM_BYTES,
        bytes_free=memory.available_bytes(),
        tokens_per_step=config.train.sequences_per_step * block,
        steps=steps,
        meta=meta,
        measured=measured,
        seconds=tries.seconds_of(config, measured) if measured else None,
        problem=_too_short(meta, block),
    )


def prepared(home: Path, config: RunConfig) -> Meta | None:
    """Give the prepared set that a configuration's text names, if it is there."""
    source = config.data.source
    for found in list_sets(home):
        if found.meta is None:
            continue
        if found.name == source:
            return found.meta
        if found.name.startswith(f"{source}-") and found.meta.tokenizer == config.data.tokenizer:
            return found.meta
    return None


def _known_vocabulary(home: Path, config: RunConfig) -> int | None:
    """Count the tokens of a text that is not prepared, where that takes no time."""
    source, tokenizer = config.data.source, config.data.tokenizer
    if tokenizer != "char":
        return _TOKENS.get(tokenizer)
    return _bundled_characters(home, source) or _KNOWN_CHARACTERS.get(source)


@cache
def _bundled_characters(home: Path, source: str) -> int | None:
    if source not in BUNDLED:
        return None
    [found] = locate((source,)).sources
    return len(set(read(found, home).decode("utf-8")))


def rows_of(plan: Plan, config: RunConfig) -> list[Row]:
    """Put a plan in rows for people."""
    exact = "" if plan.is_exact else "about "
    rows = [("size", f"{exact}{count(plan.parameters)} parameters", "")]
    rows.append(("length", _length(plan, config), ""))
    rows += _memory(plan)
    rows += _time(plan)
    if plan.problem:
        rows.append(("", plan.problem, "$error"))
    return rows


def _length(plan: Plan, config: RunConfig) -> str:
    if plan.steps is None:
        return f"{config.train.epochs:g} passes over the text"
    return f"{grouped(plan.steps)} steps, {count(plan.steps * plan.tokens_per_step)} tokens"


def _memory(plan: Plan) -> list[Row]:
    peak = plan.measured.peak_bytes if plan.measured else None
    if peak is not None:
        rows = [("memory", f"{size(peak)}, measured", "")]
    else:
        rows = [("memory", f"about {size(plan.bytes_needed)}, counted", "")]
    if plan.is_too_large and plan.bytes_free is not None:
        words = f"only {size(plan.bytes_free)} are free: it may be killed; "
        rows.append(("", words + "a smaller train.batch_size takes less", "$warning"))
    return rows


def _time(plan: Plan) -> list[Row]:
    measured = plan.measured
    if measured is None or plan.seconds is None:
        return [("time", "unknown; t measures it", "dim")]
    day = time.strftime("%d %b", time.localtime(measured.created))
    return [
        ("time", f"about {duration(plan.seconds)} plus saving", "$accent"),
        ("", f"{measured.ms_per_step:,.0f} ms a step on {measured.device}", "dim"),
        ("", f"from {measured.steps} steps, {day}", "dim"),
    ]


def _too_short(meta: Meta | None, block: int) -> str:
    if meta is None:
        return ""
    try:
        meta.check_block_size(block)
    except TtgptError as error:
        return f"{error.what} {error.next_step}"
    return ""
