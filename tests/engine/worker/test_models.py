"""Which checkpoints a worker keeps open."""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest
from small_torch import VOCAB, small_model, small_session, small_training

from ttgpt.engine import backends
from ttgpt.engine.backends import Availability, get
from ttgpt.engine.backends.torch_backend.session import TorchSession
from ttgpt.engine.checkpoints import checkpoint
from ttgpt.engine.config import DataConfig, RunConfig, SampleConfig
from ttgpt.engine.data.tokenizer import CharTokenizer
from ttgpt.engine.errors import DataError, EnvironmentNotReady, UsageError
from ttgpt.engine.worker import playing
from ttgpt.engine.worker.device import take_device, taking_once
from ttgpt.engine.worker.models import Models

CHARACTERS = "".join(map(chr, range(65, 65 + 37)))


def save(folder: Path, step: int, seed: int) -> str:
    session = small_session(seed=seed)
    config = RunConfig(
        model=small_model(), train=small_training(), data=DataConfig(), sample=SampleConfig()
    )
    tokenizer = CharTokenizer(CHARACTERS)
    path = checkpoint.save(
        folder, step, session.weights(), None, config.to_dict(), tokenizer.to_json(), {}
    )
    return str(path)


@pytest.fixture
def models() -> Models:
    return Models("torch")


def test_a_checkpoint_is_opened_once(tmp_path: Path, models: Models) -> None:
    path = save(tmp_path, 1, seed=1)
    assert models.get(path) is models.get(path)


def test_one_that_was_written_anew_is_opened_anew(tmp_path: Path, models: Models) -> None:
    path = save(tmp_path, 1, seed=1)
    before = models.get(path).session.weights()["wte.weight"]
    save(tmp_path, 1, seed=2)
    after = models.get(path).session.weights()["wte.weight"]
    assert not np.array_equal(before, after)


def test_one_that_was_deleted_is_not_written_with(tmp_path: Path, models: Models) -> None:
    path = save(tmp_path, 1, seed=1)
    models.get(path)
    shutil.rmtree(path)
    with pytest.raises(DataError, match="no checkpoint"):
        models.get(path)


def test_the_oldest_is_closed_unless_it_writes(
    tmp_path: Path, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ttgpt.engine.worker.models._KEPT", 2)
    paths = [save(tmp_path, step, seed=step) for step in (1, 2, 3)]
    first, second = models.get(paths[0]), models.get(paths[1])
    models.get(paths[2], in_use=[first.session])
    assert first.session.weights()
    models.get(paths[1])
    with pytest.raises(RuntimeError, match="closed"):
        first.session.weights()
    assert second.session.weights()


def test_who_asks_for_live_weights_at_once_shares_a_copy_that_later_steps_leave_as_it_is(
    tmp_path: Path, models: Models
) -> None:
    live = models.get(save(tmp_path, 1, seed=1))
    live = dataclasses.replace(live, checkpoint="", step=7)
    copy = models.snapshot(live, since=7)
    before = copy.session.weights()
    live.session.load_weights({name: values + 1 for name, values in before.items()})
    live = dataclasses.replace(live, step=9)
    assert models.snapshot(live, since=6) is models.snapshot(live, since=7) is copy
    assert models.held(7) is copy
    for name, values in copy.session.weights().items():
        np.testing.assert_array_equal(values, before[name])
    assert models.snapshot(live, since=8).step == 9
    with pytest.raises(UsageError, match="step 8 are gone"):
        models.held(8)


def test_an_untrained_one_has_the_weights_that_its_run_began_with(
    tmp_path: Path, models: Models
) -> None:
    path = save(tmp_path, 5, seed=3)
    untrained, trained = models.get(path, untrained=True), models.get(path)
    fresh = small_session(seed=small_training().seed).weights()
    assert (untrained.step, trained.step) == (0, 5)
    for name, array in untrained.session.weights().items():
        np.testing.assert_array_equal(array, fresh[name])
    assert not np.array_equal(
        trained.session.weights()["wte.weight"], untrained.session.weights()["wte.weight"]
    )


def test_a_tokenizer_that_does_not_match_the_weights_is_refused(
    tmp_path: Path, models: Models
) -> None:
    session = small_session()
    config = RunConfig(
        model=small_model(), train=small_training(), data=DataConfig(), sample=SampleConfig()
    )
    tokenizer = CharTokenizer(CHARACTERS[:-1])
    path = checkpoint.save(
        tmp_path, 1, session.weights(), None, config.to_dict(), tokenizer.to_json(), {}
    )
    with pytest.raises(DataError, match="tokenizer does not match the weights") as caught:
        models.get(str(path))
    assert caught.value.why == f"It has {VOCAB - 1} tokens, the weights have {VOCAB}."


def test_a_session_that_does_not_take_the_weights_is_closed(
    tmp_path: Path, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save(tmp_path, 1, seed=1)
    closed: list[TorchSession] = []

    def refuse(session: TorchSession, weights: backends.Weights) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(TorchSession, "load_weights", refuse)
    monkeypatch.setattr(TorchSession, "close", lambda session: closed.append(session))
    with pytest.raises(RuntimeError, match="out of memory"):
        models.get(path)
    assert len(closed) == 1


def test_an_unknown_backend_is_named(tmp_path: Path, models: Models) -> None:
    with pytest.raises(UsageError, match="abacus"):
        models.get(save(tmp_path, 1, seed=1), backend="abacus")


def test_a_card_is_taken_once_for_writing_and_given_back(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[str] = []
    with contextlib.ExitStack() as opened:
        take = taking_once("generation", opened)
        models = Models("torch", take=lambda device: (taken.append(device), take(device))[1])
        card = get("ttml")
        ready = Availability(True, "tenstorrent", "ttml")
        monkeypatch.setattr(type(card), "probe", lambda self, device="auto": ready)
        for _ in "ab":
            models._check(card)
        with pytest.raises(EnvironmentNotReady, match=r"tenstorrent is in use"):
            take_device("tenstorrent", "another", opened)
    assert taken == ["tenstorrent"] * 2
    with contextlib.ExitStack() as opened:
        take_device("tenstorrent", "another", opened)


def test_the_player_leaves_a_card_to_training(monkeypatch: pytest.MonkeyPatch) -> None:
    assert playing._writing_backend().name == "torch"
    missing = Availability(False, "cpu", "PyTorch is not installed.")
    monkeypatch.setattr(type(get("torch")), "probe", lambda self, device="auto": missing)
    monkeypatch.setattr(backends, "get", lambda name: name if name == "auto" else get(name))
    assert playing._writing_backend() == "auto"
