"""What all findings say together, in one line and one exit code."""

from __future__ import annotations

from typing import Any

import pytest

from ttgpt.engine.doctor import CHECKS, Finding, summarize
from ttgpt.engine.doctor.check import failed as broken
from ttgpt.engine.doctor.verdict import HEADLINE_LIMIT


def failed(check: str, **changes: Any) -> Finding:
    known = CHECKS[check]
    fields: dict[str, Any] = {
        "id": check,
        "family": known.family,
        "level": known.level,
        "question": known.question,
        "status": "fail",
        "what": "it is broken",
        "needs": known.needs,
    }
    return Finding(**{**fields, **changes})


@pytest.mark.parametrize(
    ("findings", "backend", "code", "headline"),
    [
        ([], "auto", 0, "This host can train on its card. CPU training is ready."),
        (["card.bus"], "auto", 3, "No Tenstorrent card here. CPU training is ready."),
        (["card.bus"], "torch", 0, "CPU training is ready, as chosen. No Tenstorrent card here."),
        (["card.bus"], "ttml", 3, "No Tenstorrent card here. CPU training is ready."),
        (
            ["software.torch"],
            "auto",
            0,
            "This host can train on its card. CPU training is not ready: it is broken.",
        ),
        (
            ["software.torch"],
            "torch",
            3,
            "This host can train on its card. CPU training is not ready: it is broken.",
        ),
        (
            ["card.permission"],
            "ttml",
            3,
            "No training on a card yet: 1 thing blocks. CPU training is ready.",
        ),
        (
            ["data.space", "card.driver"],
            "torch",
            3,
            "No training on a card yet: 2 things block. CPU training is not ready.",
        ),
    ],
)
def test_headline_and_exit_code(
    findings: list[str], backend: str, code: int, headline: str
) -> None:
    verdict = summarize([failed(check) for check in findings], backend)
    assert (verdict.exit_code, verdict.headline) == (code, headline)
    assert len(verdict.headline) <= HEADLINE_LIMIT


def test_warnings_and_failures_of_lesser_checks_block_nothing() -> None:
    findings = [failed("software.tt_smi"), failed("card.bus", status="warn")]
    assert summarize(findings, "ttml").exit_code == 0


def test_findings_survive_being_written() -> None:
    finding = failed("card.bus", apply={"worker.env.X": "1"}, evidence="a\nb")
    assert Finding.from_dict(finding.to_dict()) == finding


@pytest.mark.parametrize(
    ("check", "backend", "state"),
    [
        ("card.bus", "auto", "note"),
        ("card.bus", "ttml", "BLOCK"),
        ("card.driver", "auto", "BLOCK"),
        ("card.bus", "torch", "note"),
        ("software.torch", "torch", "BLOCK"),
        ("data.home", "torch", "BLOCK"),
    ],
)
def test_a_card_that_nobody_asked_for_blocks_nothing(check: str, backend: str, state: str) -> None:
    assert CHECKS[check].finding(broken("it is broken", "", ""), 0.0, backend).state == state
