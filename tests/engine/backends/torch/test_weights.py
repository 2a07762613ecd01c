"""Weights under canonical names, in and out."""

from __future__ import annotations

import numpy as np
import numpy_gpt
import pytest
from small_torch import VARIANTS, VOCAB, small_model, small_session

from ttgpt.engine import canonical
from ttgpt.engine.errors import DataError


@pytest.mark.parametrize("variant", VARIANTS)
def test_round_trip(variant: str) -> None:
    config = small_model(**VARIANTS[variant])
    session = small_session(config)
    weights = numpy_gpt.random_weights(config, VOCAB)
    session.load_weights(weights)
    found = session.weights()
    assert {n: w.shape for n, w in found.items()} == canonical.shapes(config, VOCAB)
    assert list(found) == list(canonical.shapes(config, VOCAB))
    assert all(w.dtype == np.float32 for w in found.values())
    assert all(np.array_equal(found[name], weights[name]) for name in weights)
    assert session.describe().parameters == canonical.parameter_count(config, VOCAB)


def test_read_only_weights_are_taken() -> None:
    session = small_session()
    weights = session.weights()
    for array in weights.values():
        array.flags.writeable = False
    session.load_weights(weights)


def test_missing_weight_is_named() -> None:
    session = small_session()
    weights = session.weights()
    del weights["h.0.ln_1.bias"], weights["ln_f.weight"]
    with pytest.raises(DataError, match=r"h\.0\.ln_1\.bias is missing"):
        session.load_weights(weights)


def test_weight_too_many_is_named() -> None:
    session = small_session()
    weights = session.weights() | {"lm_head.weight": np.zeros((VOCAB, 32), np.float32)}
    with pytest.raises(DataError, match=r"no lm_head\.weight"):
        session.load_weights(weights)


def test_wrong_shape_is_named_and_nothing_is_loaded() -> None:
    session = small_session()
    kept = session.weights()
    weights = {name: array + 1 for name, array in kept.items()}
    weights["h.1.mlp.fc.weight"] = weights["h.1.mlp.fc.weight"].T
    with pytest.raises(DataError, match=r"h.1.mlp.fc.weight has shape \[32, 128\].*\[128, 32\]"):
        session.load_weights(weights)
    assert all(np.array_equal(array, kept[name]) for name, array in session.weights().items())
