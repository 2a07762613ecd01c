"""How long a window is that a text is looked at through."""

from __future__ import annotations

from collections import Counter

from ttgpt.engine.data.analysis import Analysis


def usual_block_size(analysis: Analysis) -> int:
    """Give the block_size that most presets have, in tokens; 0 where there are none."""
    found = Counter(preset.block_size for preset in analysis.presets)
    return max(found, key=lambda block: (found[block], block), default=0)


def characters_per_token(analysis: Analysis) -> float:
    """Give how many characters a token of the chosen tokenizer holds, over the whole text."""
    return analysis.characters / max(1, analysis.train_tokens + analysis.val_tokens)
