"""What to say about a text: warnings first. Light: it reads an analysis and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .analysis import FIRST_PART, Advice, Analysis, PresetFact, TokenizerFact
from .bpe import LONGEST_WORD

SHORT_BYTES = 10_000
SHORT_VALIDATION = 1_000
"""Tokens of the validation part below which its loss says little."""
FREQUENT_SHARE = 0.3
SHARED = 0.1
REPEATED = 0.02
"""Share of repeated paragraphs below which they are left alone: plays say 'Away!' often."""
MANY_CHARACTERS = 1_000
BEST_TOKENS_PER_PARAMETER = 20
"""Hoffmann et al. 2022, "Training Compute-Optimal Large Language Models"."""

_SUGGESTED = {
    "gutenberg": "Project Gutenberg's words around the book are in it: turn on gutenberg.",
    "line_ends": "{count} line ends{place} are not line feeds: turn on line ends.",
    "control_characters": "It has {count} control characters{place}: turn on control characters.",
    "repeats": "{count} paragraphs{place} stood before: turn on repeats.",
}


def advice(
    found: Analysis, tokenizer: str, lost: int, misread: Sequence[str] = (), halves: int = 0
) -> tuple[Advice, ...]:
    """Judge a text by its analysis, whose own advice is not read.

    Args:
        found: The analysis.
        tokenizer: The kind that was chosen.
        lost: How many characters are U+FFFD.
        misread: Files that are UTF-8 but are read in another encoding.
        halves: Bytes left out of characters that the ends of files cut through.
    """
    warnings = [
        *_on_encoding(misread),
        *_on_size(found.bytes, found.val_tokens),
        *_on_characters(found, lost, tokenizer),
        *_on_overlap(found.overlap),
        *_on_presets(found.presets),
    ]
    infos = [
        *_on_halves(halves),
        *_on_cleaning(found),
        *_on_rare(found.once),
        *_on_words(found.tokenizers),
        *_best(found.presets),
    ]
    return (
        *(Advice(level="warning", text=text) for text in warnings),
        *(Advice(level="info", text=text) for text in infos),
    )


def _on_encoding(misread: Sequence[str]) -> Iterator[str]:
    if misread:
        more = f" and {len(misread) - 1:,} more" if len(misread) > 1 else ""
        yield (
            f"{misread[0]}{more}: valid UTF-8, but read in another encoding, which makes several "
            "wrong characters of one. Choose the encoding utf-8."
        )


def _on_halves(halves: int) -> Iterator[str]:
    if halves:
        yield (
            f"A file was cut inside a character of UTF-8 at its beginning or end: {halves:,} "
            f"{'byte is' if halves == 1 else 'bytes are'} left out."
        )


def _on_size(size: int, val_tokens: int) -> Iterator[str]:
    if size < SHORT_BYTES:
        yield f"{size:,} bytes are few: a model can only learn them by heart."
    if val_tokens < SHORT_VALIDATION:
        yield (
            f"The validation part has {val_tokens:,} tokens: its loss will say little. "
            "Hold out more, or take a longer text."
        )


def _on_characters(found: Analysis, lost: int, tokenizer: str) -> Iterator[str]:
    counts, scripts, distinct = found.counts, found.scripts, found.distinct
    if counts and counts[0].count > FREQUENT_SHARE * found.characters:
        share = 100 * counts[0].count / found.characters
        yield f"One character, {_shown(counts[0].character)}, is {share:.0f} % of the text."
    if lost:
        yield "It holds U+FFFD, which stands for bytes that were lost when it was decoded before."
    if len(scripts) > 1:
        yield f"It mixes writing systems: {', '.join(scripts)}."
    if tokenizer == "char" and distinct > MANY_CHARACTERS:
        yield f"{distinct:,} different characters make a large vocabulary: bpe or byte suits it."


def _on_overlap(share: float) -> Iterator[str]:
    if share >= SHARED:
        yield (
            f"{100 * share:.0f} % of the validation part stands in the training part too, "
            "so its loss will look better than it is. Turn on repeats, or split by file."
        )


def _on_presets(presets: Sequence[PresetFact]) -> Iterator[str]:
    too_long = [preset.name for preset in presets if preset.problem]
    if too_long:
        yield f"A part is shorter than the block of: {', '.join(too_long)}."
    usable = [preset for preset in presets if not preset.problem]
    if usable and all(preset.tokens_per_parameter < 1 for preset in usable):
        yield (
            "Every preset has more parameters than this text has tokens: it can learn the text "
            "by heart. Watch the validation loss."
        )


def _on_cleaning(found: Analysis) -> Iterator[str]:
    for fact in found.cleaning:
        looked_at = FIRST_PART / found.bytes if fact.is_estimate else 1
        paragraphs = found.paragraphs.count * looked_at
        few = fact.step == "repeats" and fact.removed < REPEATED * paragraphs
        if fact.step in _SUGGESTED and not fact.is_on and fact.removed and not few:
            yield _SUGGESTED[fact.step].format(count=f"{fact.removed:,}", place=fact.place)


def _on_words(tokenizers: Sequence[TokenizerFact]) -> Iterator[str]:
    if any(fact.kind == "bpe" and fact.problem for fact in tokenizers):
        yield (
            f"Much of it is in words of over {LONGEST_WORD:,} characters, so bpe was not tried: it "
            "would cut them. char or byte suits such a text."
        )


def _on_rare(once: int) -> Iterator[str]:
    if once == 1:
        yield "1 character occurs once, too rarely to be learned: dropping rare ones takes it out."
    elif once:
        yield (
            f"{once:,} characters occur once, too rarely to be learned: "
            "dropping rare ones takes them out."
        )


_NEAR = 4
"""How many times more or fewer tokens a parameter still are near the best."""


def _best(presets: Sequence[PresetFact]) -> Iterator[str]:
    """Name the preset whose size suits the text best."""
    usable = [preset for preset in presets if not preset.problem]
    if not usable:
        return
    best = min(usable, key=_distance)
    wanted = f"{BEST_TOKENS_PER_PARAMETER} tokens a parameter, where compute is best spent"
    named, ratio = f"{best.name} ({best.parameters:,} parameters)", best.tokens_per_parameter
    yield (
        f"{named} comes nearest to {wanted}: {ratio:.2g}. "
        if _distance(best) <= _NEAR
        else f"No preset comes near {wanted}; the nearest, {named}, is at {ratio:.2g}. "
    ) + (f"It reads the text about {_times(best.epochs)}.")


def _distance(preset: PresetFact) -> float:
    ratio = preset.tokens_per_parameter / BEST_TOKENS_PER_PARAMETER
    return max(ratio, 1 / ratio) if ratio > 0 else float("inf")


def _times(epochs: float) -> str:
    return (
        "once"
        if round(epochs) == 1
        else f"{epochs:,.2g} times"
        if epochs < 10
        else f"{epochs:,.0f} times"
    )


def _shown(character: str) -> str:
    names = {" ": "the blank", "\n": "the line feed", "\t": "the tab"}
    return names.get(character, repr(character))
