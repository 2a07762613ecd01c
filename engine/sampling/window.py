"""What a model sees of a text that is longer than its block.

Learned positions exist only for the block, and the kept keys and values hold the positions they
were made with, so nothing can slide by one token. A decoder therefore lets the text grow to the
block, then restarts on the last `block_size // 2` tokens from position 0, and lets it grow again.
One token in every half block costs a pass over half a block; the others cost one position each, so
the mean cost of a token is the same however long the text becomes.
"""

from __future__ import annotations


def seen(prompt_tokens: int, drawn: int, block_size: int) -> int:
    """Count the tokens that a decoder sees when it draws the next one.

    Args:
        prompt_tokens: Tokens of the prompt; only its last `block_size` are ever seen.
        drawn: Tokens written after it so far.
        block_size: Tokens that the model can look back on.
    """
    length = min(prompt_tokens, block_size) + drawn
    over = length - block_size
    if over <= 0:
        return length
    half = block_size // 2
    # From half a block to a whole one, over and over.
    return half + (over - 1) % (block_size - half + 1)
