"""How long a text's paragraphs are."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

import numpy as np

from .analysis import Bin, Paragraphs
from .codepoints import blocks
from .segments import SEPARATOR, segments

_FIRST = 8
"""Characters below which paragraphs share the histogram's first column; each next one is twice."""


def paragraphs(pieces: Iterable[memoryview]) -> Paragraphs:
    """Measure what stands between blank lines, in characters."""
    text = (str(block, "utf-8") for piece in pieces for block in blocks(piece))
    lengths = np.fromiter(_lengths(text), dtype=np.int64)
    if not len(lengths):
        return Paragraphs(count=0, median=0, p95=0, longest=0, histogram=())
    return Paragraphs(
        count=len(lengths),
        median=int(np.median(lengths)),
        p95=int(np.percentile(lengths, 95, method="inverted_cdf")),
        longest=int(lengths.max()),
        histogram=_histogram(lengths),
    )


def _lengths(parts: Iterable[str]) -> Iterator[int]:
    # Chained, not yielded one by one: a long text has millions of them.
    return itertools.chain.from_iterable(
        filter(None, map(len, map(str.strip, _cut(segment)))) for segment in segments(parts)
    )


def _cut(segment: str) -> list[str]:
    if any(end in segment for end in ("\r", " \n", "\t\n")):
        return SEPARATOR.split(segment)
    return segment.split("\n\n")  # the same where no line ends in a blank, and far faster


def _histogram(lengths: np.ndarray[tuple[int], np.dtype[np.int64]]) -> tuple[Bin, ...]:
    edges = [0, _FIRST]
    while edges[-1] <= lengths.max():
        edges.append(2 * edges[-1])
    counts = np.histogram(lengths, bins=np.array(edges))[0]
    return tuple(
        Bin(low=low, high=high, count=int(count))
        for low, high, count in zip(edges, edges[1:], counts, strict=False)
    )
