"""What a card cannot do is said with the nearest value that works."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest
from hosts import WORMHOLE, with_cards

from ttgpt.engine import presets
from ttgpt.engine.backends.ttml_backend import BACKEND, card, memory
from ttgpt.engine.backends.ttml_backend.constraints import check_config
from ttgpt.engine.cards.boards import find_board
from ttgpt.engine.config import ModelConfig, TrainConfig
from ttgpt.engine.errors import UsageError


@pytest.mark.parametrize(
    ("model", "what", "next_step"),
    [
        ({"block_size": 100}, "model.block_size is 100.", "Set model.block_size to 96."),
        ({"block_size": 8}, "model.block_size is 8.", "Set model.block_size to 32."),
        (
            {"n_embd": 384, "n_head": 8},
            "Heads are 48 wide (model.n_embd / model.n_head).",
            "Set model.n_embd to 512, or model.n_head to 6.",
        ),
        (
            {"n_embd": 1024, "n_head": 2},
            "Heads are 512 wide (model.n_embd / model.n_head).",
            "Set model.n_embd to 512, or model.n_head to 4.",
        ),
        (
            {"n_embd": 40, "n_head": 2},
            "Heads are 20 wide (model.n_embd / model.n_head).",
            "Set model.n_embd to 64, or model.n_embd to 32 and model.n_head to 1.",
        ),
        ({"mlp_hidden": 1000}, "model.mlp_hidden is 1000.", "Set model.mlp_hidden to 1536."),
        ({"norm_eps": 1e-6}, "model.norm_eps is 1e-06.", "Set model.norm_eps to 1e-05."),
        (
            {"arch": "llama", "mlp_hidden": 1000},
            "model.mlp_hidden is 1000.",
            "Set model.mlp_hidden to 992.",
        ),
    ],
)
def test_16_a_network_that_does_not_fit(model: dict[str, Any], what: str, next_step: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_config(ModelConfig(**model), TrainConfig(max_steps=1))
    assert caught.value.what == what
    assert caught.value.next_step == next_step


def test_what_it_advises_works() -> None:
    check_config(ModelConfig(n_embd=384, n_head=6), TrainConfig(max_steps=1))
    check_config(ModelConfig(n_embd=512, n_head=8), TrainConfig(max_steps=1))


def test_pytorchs_device_is_refused() -> None:
    with pytest.raises(UsageError, match=r"train\.device is cuda"):
        check_config(ModelConfig(), TrainConfig(max_steps=1, device="cuda"))


@pytest.mark.parametrize(
    ("board", "count", "devices", "works"),
    [
        ("n150", 1, 2, "Set train.devices to 1."),
        ("n300", 1, 8, "Set train.devices to 2."),
        ("n150", 3, 4, "Set train.devices to 2."),
        ("n300", 1, 2, ""),
        ("n300", 4, 8, ""),
        ("x900", 1, 2, ""),
    ],
)
def test_more_chips_than_there_are(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    board: str,
    count: int,
    devices: int,
    works: str,
) -> None:
    host = with_cards(tmp_path, board, WORMHOLE, count).host()
    monkeypatch.setattr(card.Host, "here", lambda home: host)
    train = TrainConfig(batch_size=16, max_steps=1, devices=devices)
    asked = [
        lambda: BACKEND.check(ModelConfig(), train, 65),
        lambda: BACKEND.open(ModelConfig(), train, 65, 1),
    ]
    if not works:
        asked.pop(0)()
        return
    for ask in asked:
        with pytest.raises(UsageError, match=r"train\.devices is") as caught:
            ask()
        assert caught.value.next_step == works


def test_16_a_run_that_fills_the_chip_is_refused_with_a_batch_that_fits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory, "board", lambda: "n150")
    model, train = ModelConfig(n_layer=12, n_embd=768, n_head=12, block_size=1024), 64
    config = TrainConfig(batch_size=train, max_steps=1)
    with pytest.raises(UsageError) as caught:
        BACKEND.check(model, config, 50257)
    assert "n150 has 12 GiB." in caught.value.why
    rows = int(caught.value.next_step.split("batch_size to ")[1].split()[0])
    assert 1 <= rows < 64
    memory.check_memory(model, TrainConfig(batch_size=rows, max_steps=1), 50257)


@pytest.mark.parametrize(("batch_size", "devices"), [(72, 8), (56, 8), (65, 1), (54, 2)])
def test_the_batch_it_advises_is_not_refused_in_turn(
    monkeypatch: pytest.MonkeyPatch, batch_size: int, devices: int
) -> None:
    monkeypatch.setattr(memory, "board", lambda: "n300")
    model = ModelConfig(n_layer=12, n_embd=768, n_head=12, block_size=2048)
    config = TrainConfig(batch_size=batch_size, max_steps=1, devices=devices, grad_accum_steps=3)
    with pytest.raises(UsageError) as caught:
        memory.check_memory(model, config, 50257)
    rows, passes = map(int, re.findall(r"\d+", caught.value.next_step))
    assert rows * passes == config.sequences_per_step
    advised = dataclasses.replace(config, batch_size=rows, grad_accum_steps=passes)
    check_config(model, advised)
    memory.check_memory(model, advised, 50257)


def test_a_board_that_is_not_known_is_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "board", lambda: "x900")
    big = ModelConfig(n_layer=48, n_embd=4096, n_head=32, block_size=4096)
    memory.check_memory(big, TrainConfig(batch_size=64, max_steps=1), 50257)


@pytest.mark.parametrize(
    ("reported", "gib"),
    [("n150", 12), ("n300", 12), ("p100a", 28), ("p150b", 32), ("p300c", 32), ("tt-galaxy-wh", 12)],
)
def test_boards_by_what_the_driver_calls_them(reported: str, gib: int) -> None:
    found = find_board(reported)
    assert found is not None
    assert found.dram == gib << 30
    assert find_board("e150") is None


def test_which_presets_run_on_a_card() -> None:
    refused = {}
    for preset in map(presets.load, presets.names()):
        try:
            check_config(preset.config.model, preset.config.train)
        except UsageError as error:
            refused[preset.name] = error.what
    # Its network is the lesson's; with two heads it would fit.
    assert refused == {"keats": "Heads are 16 wide (model.n_embd / model.n_head)."}
