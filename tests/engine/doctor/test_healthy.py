"""Hosts on which nothing is wrong, and one that has no card."""

from __future__ import annotations

from pathlib import Path

import pytest
from hosts import HEALTHY, examined, healthy, no_card

from ttgpt.engine.doctor import CHECKS, FAMILIES, examine, summarize


@pytest.mark.parametrize("kind", HEALTHY)
def test_a_healthy_host_is_ready(kind: str, tmp_path: Path) -> None:
    found = examined(healthy(tmp_path, kind))
    wrong = [(f.id, f.what, f.evidence) for f in found.values() if f.status in ("warn", "fail")]
    assert not wrong
    assert found["software.ttml_loads"].status == "pass"
    assert found["card.heartbeat"].status == "pass"
    verdict = summarize(found.values(), "auto")
    assert (verdict.ready_card, verdict.ready_cpu, verdict.exit_code) == (True, True, 0)


def test_every_check_answers_once_and_only_the_deep_ones_are_left_out(tmp_path: Path) -> None:
    findings = list(examine(no_card(tmp_path).host()))
    assert sorted(f.id for f in findings) == sorted(c.id for c in CHECKS.values() if not c.deep)
    assert {f.family for f in findings} == set(FAMILIES)


def test_without_a_card_only_that_blocks_and_the_cpu_is_ready(tmp_path: Path) -> None:
    found = examined(no_card(tmp_path))
    assert [f.id for f in found.values() if f.blocks] == ["card.bus"]
    assert not [f.what for f in found.values() if f.status == "warn"]
    verdict = summarize(found.values(), "auto")
    assert verdict.headline == "No Tenstorrent card here. CPU training is ready."
    assert (verdict.ready_card, verdict.ready_cpu, verdict.exit_code) == (False, True, 3)
    assert summarize(found.values(), "torch").exit_code == 0


def test_only_the_wanted_checks_run(tmp_path: Path) -> None:
    findings = list(examine(no_card(tmp_path).host(), only={"card.bus", "host.memory"}))
    assert {finding.id for finding in findings} == {"card.bus", "host.memory"}
