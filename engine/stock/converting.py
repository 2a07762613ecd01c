"""From a stock trainer's arrays to canonical weights, a config and a vocabulary."""

from __future__ import annotations

import re

from .. import canonical
from ..backends import Floats, Weights
from ..backends.ttml_backend.layout import discover
from ..config import ModelConfig
from ..data.tokenizer import CharTokenizer
from ..errors import DataError
from .reading import Stock

_BLOCK = re.compile(r"(?:blocks/|gpt_block_|llama_block_)(\d+)/")
_VOCABULARY = ("wte.weight", "lm_head.weight")


def convert(stock: Stock) -> tuple[ModelConfig, Weights, CharTokenizer]:
    """Give the network in our terms; its vocabulary has no padding and no marks any more.

    Raises:
        DataError: The file does not say enough.
        NotSupported: Its network is laid out in a way that is not known here.
    """
    if not stock.letters:
        raise _lacks("its vocabulary", "Only character tokenizers are kept in such files.")
    config = _config(stock)
    table = canonical.shapes(config, _vocabulary(stock))
    slots = discover({name: array.shape for name, array in stock.arrays.items()}, config, table)
    weights: Weights = {}
    for slot in slots:
        weights |= slot.unpack(stock.arrays[slot.name])
    letters = sorted(stock.letters, key=stock.letters.__getitem__)
    numbers = [stock.letters[letter] for letter in letters]
    for name in _VOCABULARY:
        if name in weights:
            weights[name] = weights[name][numbers]
    ordered = {name: weights[name] for name in canonical.shapes(config, len(letters))}
    return config, ordered, CharTokenizer("".join(letters))


def lacks(stock: Stock) -> list[str]:
    """Say what a checkpoint made of it does not have."""
    if stock.has_optimizer:
        return ["the optimizer's moments, which are not taken over"]
    return ["the optimizer's moments, which were never saved"]


def _config(stock: Stock) -> ModelConfig:
    arrays = stock.arrays
    names = list(arrays)
    is_llama = any("mlp/w2/" in name for name in names)
    final = _head(stock).shape[-1]
    n_head = stock.setting("n_head", "num_attention_heads", "num_heads")
    if not n_head:
        raise _lacks("the number of its heads", "Shapes do not tell it.")
    head_size = final // int(n_head)
    positions = next((a.shape[-2] for n, a in arrays.items() if n.endswith("pos_emb/weight")), None)
    length = positions or stock.setting(
        "block_size", "max_position_embeddings", "max_sequence_length"
    )
    if not length:
        raise _lacks("its block_size", "Llama has no table of positions.")
    fields = {
        "arch": "llama" if is_llama else "nanogpt",
        "n_layer": 1 + max(int(found[1]) for name in names if (found := _BLOCK.search(name))),
        "n_head": int(n_head),
        "n_embd": final,
        "block_size": int(length),
        "tie_weights": not any(name.endswith("tok_emb/weight") for name in names),
    }
    if is_llama:
        hidden = next(a.shape[-1] for n, a in arrays.items() if n.endswith("mlp/w2/weight"))
        groups = _groups(stock, final, head_size)
        theta = stock.setting("rope_theta", "theta") or 10_000.0
        fields |= {"mlp_hidden": hidden, "n_kv_head": groups, "rope_theta": float(theta)}
    return ModelConfig(**fields)


def _head(stock: Stock) -> Floats:
    """Give the output head [1,1,V,C], which is there whether or not it is tied."""
    for name, array in stock.arrays.items():
        if name.endswith("/fc/weight"):
            return array
    raise _lacks("its output head", "No parameter is called fc/weight.")


def _vocabulary(stock: Stock) -> int:
    """Count the rows that head and embedding share: the embedding may be padded further."""
    embeddings = [a for n, a in stock.arrays.items() if n.endswith("/tok_emb/weight")]
    return min(int(array.shape[-2]) for array in [_head(stock), *embeddings])


def _groups(stock: Stock, width: int, head_size: int) -> int:
    """Count key and value heads from the rows of the matrices that make them."""
    for name, array in stock.arrays.items():
        if name.endswith("kv_linear/weight") and not name.endswith("qkv_linear/weight"):
            return int(array.shape[-2]) // (2 * head_size)
        if name.endswith("qkv_linear/weight"):
            return (int(array.shape[-2]) - width) // (2 * head_size)
    raise _lacks("its attention", "No parameter makes keys and values.")


def _lacks(what: str, why: str) -> DataError:
    return DataError(
        f"This checkpoint does not say {what}.", why, "Export it with the program that wrote it."
    )
