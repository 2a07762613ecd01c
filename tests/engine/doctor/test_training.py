"""The training test for people with a card: the known run beside PyTorch's recorded course."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from card_site import said, use_double

from ttgpt.engine.backends.torch_backend import BACKEND as TORCH
from ttgpt.engine.doctor import Finding, Host
from ttgpt.engine.doctor.training import STEPS, compare, recorded, skip_training, try_training
from ttgpt.engine.training.known_run import MODEL, follow, train_config


def test_a_card_that_computes_passes(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card, told = use_double(tmp_path, monkeypatch), []
    finding = try_training(Host.here(home), say=told.append)
    assert (finding.id, finding.status) == ("software.trains", "pass"), finding
    assert finding.what.startswith("trains as PyTorch does: 20 steps")
    assert "bfloat16, stochastic rounding; gains moved: True" in finding.evidence
    assert len([words for words in told if words.startswith("step ")]) == STEPS
    assert said(card) == ["opened", "closed"]
    assert "ttml.autograd.Tensor.to_numpy" in (home / "self-test.log").read_text()


def test_a_card_that_fails_is_told(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TTML_DOUBLE_FAULT", "3")
    card = use_double(tmp_path, monkeypatch)
    finding = try_training(Host.here(home))
    assert (finding.status, finding.what) == ("fail", "the training test could not be done")
    assert "told to fail" in (home / "self-test.log").read_text() + finding.why
    assert said(card) == ["opened", "closed"]


def test_the_recorded_course_is_what_pytorch_does() -> None:
    train = dataclasses.replace(train_config(STEPS), device="cpu", precision="float32", threads=1)
    course = follow(TORCH, MODEL, train)
    answer = compare(vars(course), recorded())
    assert answer.status == "pass", answer
    worst = max(abs(a - b) for a, b in zip(course.losses, recorded()["losses"], strict=True))
    assert worst < 2e-3  # another processor rounds in another way


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"val_loss": 3.9}, "it does not train as PyTorch does"),
        ({"val_loss": float("nan")}, "it does not train as PyTorch does"),
        ({"gains_moved": False}, "the gains of its norms do not learn"),
    ],
)
def test_a_card_that_computes_something_else_fails(change: dict[str, object], what: str) -> None:
    found = {**recorded(), "gains_moved": True, "device": "n150", "dtype": "bfloat16"}
    assert compare(found, recorded()).status == "pass"
    answer = compare({**found, **change}, recorded())
    assert answer.status == "fail"
    assert answer.what.startswith(what)
    assert "step  here" in answer.evidence


def test_nothing_is_trained_where_something_blocks() -> None:
    found = Finding("card.bus", "card", "blocks", "?", "fail", "no card on the bus")
    skipped = skip_training(found)
    assert (skipped.status, skipped.what) == ("skip", "training (first: no card on the bus)")
