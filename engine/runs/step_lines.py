"""Read the lines of logged steps by the thousand.

Nearly all of a long run's file of events are steps, all written by one encoder in one order of
keys. They are recognised as they are written and turned into columns, several times faster than
one by one; every other line is left to `events.decode`.
"""

from __future__ import annotations

import math
import operator
import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from .. import events

_MOMENT = rb"(-?\d[\d.eE+-]*)"
_TAKEN = rb"(-?\d[\d.eE+-]*|null)"
_STEP = (
    rb'\{"v":1,"seq":(\d+),"t":' + _MOMENT + rb',"mono":' + _MOMENT + rb',"type":"step"'
    rb',"step":(\d+),"tokens":(\d+),"loss":'
    + _TAKEN
    + rb',"lr":'
    + _TAKEN
    + rb',"grad_norm":'
    + _TAKEN
    + rb',"ms":'
    + _TAKEN
    + rb',"tokens_per_s":'
    + _TAKEN
    + rb"\}"
)
_LINE = re.compile(rb"(?:" + _STEP + rb"|([^\n]*))\n")
_OTHER = 10
"""Place of the group that holds a line of another kind."""
_MOST_DIGITS = 15
"""Of a whole number that `events.decode` takes whatever its digits are."""

_COLUMNS = ("steps", "mono", "loss", "lr", "grad_norm", "ms", "tokens_per_s")

Row = tuple[bytes, ...]


@dataclass(frozen=True)
class StepLines:
    """Step events that follow one another in the file, column by column."""

    steps: array[int]
    mono: array[float]
    """The worker's clock in seconds, as in an envelope."""
    loss: array[float]
    """NaN where it was not finite."""
    lr: array[float]
    grad_norm: array[float]
    ms: array[float]
    tokens_per_s: array[float]
    last: events.Envelope
    """The last of them as a whole."""

    def rising(self) -> Iterator[StepLines]:
        """Give parts in which each step is higher than the one before; nearly always one part."""
        steps = self.steps
        if all(map(operator.lt, steps, steps[1:])):
            yield self
            return
        falls = [i for i in range(1, len(steps)) if steps[i] <= steps[i - 1]]
        for begin, end in pairwise([0, *falls, len(steps)]):
            part = {name: getattr(self, name)[begin:end] for name in _COLUMNS}
            yield replace(self, **part)


def read_lines(block: bytes) -> Iterator[StepLines | bytes]:
    """Give whole lines in their order: steps together, others as they were written.

    Args:
        block: Lines, each with its end.
    """
    rows: list[Row] = _LINE.findall(block)
    begin = 0
    for place in [place for place, row in enumerate(rows) if not row[0]]:
        yield from _taken(rows[begin:place])
        yield rows[place][_OTHER] + b"\n"
        begin = place + 1
    yield from _taken(rows[begin:])


def one(envelope: events.Envelope) -> StepLines:
    """Make columns of a single step."""
    event = envelope.event
    assert isinstance(event, events.Step)
    return StepLines(
        array("q", (event.step,)),
        array("d", (envelope.mono,)),
        array("d", (event.loss,)),
        array("d", (event.lr,)),
        array("d", (event.grad_norm,)),
        array("d", (event.ms,)),
        array("d", (event.tokens_per_s,)),
        last=envelope,
    )


def _taken(rows: Sequence[Row]) -> Iterator[StepLines | bytes]:
    if not rows:
        return
    try:
        yield _columns(rows)
    except ValueError:  # something like 1e5e5, 1e308 or 99999999999999999999 among the numbers
        yield from map(_line, rows)


def _columns(rows: Sequence[Row]) -> StepLines:
    columns = list(zip(*rows, strict=True))
    if max(map(len, columns[3])) > _MOST_DIGITS:
        raise ValueError
    floats = [_floats(column) for column in (columns[2], *columns[5:_OTHER])]
    steps = array("q", map(int, columns[3]))
    mono, loss, lr, grad_norm, ms, tokens_per_s = floats
    last = events.decode(_line(rows[-1]))
    return StepLines(steps, mono, loss, lr, grad_norm, ms, tokens_per_s, last)


def _floats(column: Sequence[bytes]) -> array[float]:
    numbers = array("d", map(float, (text for text in column if text != b"null")))
    if numbers and max(max(numbers), -min(numbers)) > events.LARGEST_NUMBER:
        raise ValueError
    if len(numbers) == len(column):
        return numbers
    return array("d", (math.nan if text == b"null" else float(text) for text in column))


def _line(row: Row) -> bytes:
    """Write a row's line again, as the encoder did."""
    names = (b"loss", b"lr", b"grad_norm", b"ms", b"tokens_per_s")
    tail = b"".join(b',"%s":%s' % pair for pair in zip(names, row[5:_OTHER], strict=True))
    head = b'{"v":1,"seq":%s,"t":%s,"mono":%s,"type":"step","step":%s,"tokens":%s' % row[:5]
    return head + tail + b"}\n"
