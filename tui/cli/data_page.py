"""An analysis of texts as lines for the terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from ttgpt.engine.data.analysis import Analysis, CharacterCount, CleaningFact, TokenizerFact

from .. import format as written
from .output import fields, table

_WIDTH = 78
_BAR = 30


def lines(analysis: Analysis) -> Iterator[str]:
    """Write everything that is known of the texts."""
    yield from fields(_head(analysis))
    yield from _part("tokenizers", _tokenizers(analysis))
    yield from _part("paragraphs, by their length in characters", _histogram(analysis))
    yield from _part("cleaning", _cleaning(analysis))
    yield from _part("presets on this text", _presets(analysis))
    yield from _part("left out", [f"{one.path}: {one.reason}" for one in analysis.left_out])
    yield from _part("advice", list(_advice(analysis)))


def _part(title: str, body: list[str]) -> Iterator[str]:
    if body:
        yield from ("", title, *(f"  {line}" for line in body))


def _head(analysis: Analysis) -> list[tuple[str, str]]:
    more = len(analysis.sources) - 1
    first = analysis.sources[0].origin
    about = "about " if analysis.is_estimate else ""
    return [
        ("source", first + (f" and {more:,} more" if more else "")),
        ("prepared as", analysis.prepared_as),
        ("size", f"{analysis.bytes:,} bytes, {analysis.characters:,} characters"),
        ("lines", f"{analysis.lines:,}"),
        (
            "characters",
            f"{analysis.distinct:,} different; often {_listed(analysis.counts, analysis.distinct)}",
        ),
        ("unusual", _listed(analysis.rare, analysis.unusual)),
        ("writing", ", ".join(analysis.scripts)),
        (
            "tokens",
            f"{about}{analysis.train_tokens:,} to train, {analysis.val_tokens:,} held out",
        ),
        (
            "loss by counts",
            f"{about}{analysis.uniform_loss:.2f} guessing, {analysis.unigram_loss:.2f} of tokens, "
            f"{analysis.bigram_loss:.2f} of pairs",
        ),
        ("overlap", _overlap(analysis)),
    ]


def _overlap(analysis: Analysis) -> str:
    windows = "windows looked for" if analysis.overlap_is_estimate else "windows"
    share = f"{100 * analysis.overlap:.1f} %"
    return f"{share} of the held-out 50-character {windows} occur in training"


def _listed(counts: tuple[CharacterCount, ...], total: int, most: int = 10) -> str:
    shown = "  ".join(f"{_named(one.character)} {one.count:,}" for one in counts[:most])
    return shown + (f"  and {total - most:,} more" if len(counts) > most else "")


def _named(character: str) -> str:
    return "blank" if character == " " else written.one_line(character)


def _tokenizers(analysis: Analysis) -> list[str]:
    headers = ("tokenizer", "vocab", "tokens", "characters/token", "")
    rows = [_tokenizer(one) for one in analysis.tokenizers]
    return table(headers, rows, right=headers[1:4])


def _tokenizer(one: TokenizerFact) -> tuple[str, ...]:
    if one.problem:
        return (one.kind, "", "", "", one.brief_problem)
    about = "estimated" if one.is_estimate else ""
    return (
        one.kind,
        f"{one.vocab_size:,}",
        f"{one.tokens:,}",
        f"{one.characters_per_token:.2f}",
        about,
    )


def _histogram(analysis: Analysis) -> list[str]:
    found = analysis.paragraphs
    if not found.count:
        return []
    most = max(column.count for column in found.histogram)
    bars = [
        f"{f'{column.low:,} to {column.high - 1:,}':>21}  {column.count:>9,}  "
        + "#" * round(_BAR * column.count / most)
        for column in found.histogram
        if column.count
    ]
    told = f"{found.count:,} paragraphs: median {found.median:,}, 95 % below {found.p95:,}"
    return [f"{told}, longest {found.longest:,}", *bars]


def _cleaning(analysis: Analysis) -> list[str]:
    headers = ("step", "", "takes out")
    return table(headers, [_step(one) for one in analysis.cleaning if one.removed or one.is_on])


def _step(one: CleaningFact) -> tuple[str, str, str]:
    return (
        one.step,
        "on" if one.is_on else "off",
        f"{written.things(one.removed, one.unit)}{one.place}",
    )


def _presets(analysis: Analysis) -> list[str]:
    headers = ("preset", "parameters", "block", "tokens/parameter", "passes", "")
    rows = [
        (
            one.name,
            written.count(one.parameters),
            f"{one.block_size:,}",
            written.ratio(one.tokens_per_parameter),
            f"{one.epochs:,.1f}",
            one.problem,
        )
        for one in analysis.presets
    ]
    return table(headers, rows, right=headers[1:5])


def _advice(analysis: Analysis) -> Iterator[str]:
    for one in analysis.advice:
        yield from textwrap.wrap(
            one.text, _WIDTH, initial_indent=f"{one.level:<8} ", subsequent_indent=" " * 9
        )
