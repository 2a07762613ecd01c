"""Hosts as the Doctor screen sees them: a doctor whose answers are written here."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ttgpt.engine.doctor.cards import Card
from ttgpt.engine.doctor.check import Check, passed
from ttgpt.engine.doctor.finding import Finding, Status
from ttgpt.engine.doctor.holders import Holder
from ttgpt.engine.doctor.host import Host
from ttgpt.engine.doctor.pythons import Python
from ttgpt.engine.doctor.reset import Reset
from ttgpt.engine.errors import EnvironmentNotReady, TtgptError
from ttgpt.engine.worker_settings import WorkerSettings
from ttgpt.tui.doctor.background import Cancel, Post
from ttgpt.tui.doctor.news import CardsRead, Found, ResetDone, ResetSaid
from ttgpt.tui.doctor.source import Source
from ttgpt.tui.doctor.worker_draft import Variable, WorkerDraft

ANN = Holder(4711, "ann", "python train_nanogpt.py --steps 5000")
_ROOT = "/opt/tt-metal"


def finding(id: str, status: Status, what: str, **more: Any) -> Finding:  # noqa: A002
    """Make a finding; its question and level are of its check."""
    base = _BY_ID[id]
    return Finding(id, base.family, base.level, base.question, status, what, **more)


def _check(id: str, level: Any, question: str, needs: Any = "card", deep: bool = False) -> Check:  # noqa: A002
    return Check(id, level, question, lambda visit: passed(""), needs=needs, deep=deep)


CHECKS = [
    _check("host.system", "blocks", "Does this program run on this system?", "both"),
    _check("host.memory", "warns", "Is there memory enough?", "both"),
    _check("card.bus", "blocks", "Is a Tenstorrent card on the PCI bus?"),
    _check("card.driver", "blocks", "Is the card's driver loaded?"),
    _check("card.permission", "blocks", "May this user open the card?"),
    _check("card.firmware", "warns", "Is the firmware one that tt-metal knows?"),
    _check("card.heartbeat", "blocks", "Does the card's firmware run?"),
    _check("ownership.holder", "blocks", "Is the card free?"),
    _check("ownership.lock", "warns", "Is a lock left behind?"),
    _check("software.python", "blocks", "Which Python runs the worker?", "both"),
    _check("software.torch", "blocks", "Does PyTorch load?", "cpu"),
    _check("software.ttnn", "blocks", "Does ttnn load?"),
    _check("software.runtime_root", "warns", "Is the runtime root set?"),
    _check("software.ttml", "blocks", "Does ttml load?"),
    _check("data.space", "warns", "Do the planned checkpoints fit?", "both"),
    _check("terminal.size", "informs", "Is there room for the screens?", "both"),
    _check("terminal.glyphs", "informs", "Which glyphs are drawn?", "both"),
    _check("card.open", "blocks", "Does the card open?", deep=True),
]
_BY_ID = {check.id: check for check in CHECKS}

HEALTHY = [
    finding("host.system", "pass", "Linux 6.8, glibc 2.39, x86_64"),
    finding("host.memory", "pass", "64 GB memory, 51 GB free", evidence="MemTotal 65779084 kB"),
    finding("card.bus", "pass", "1 Wormhole on the bus (0000:01:00.0)"),
    finding("card.driver", "pass", "driver tt-kmd 2.4.1"),
    finding("card.permission", "pass", "/dev/tenstorrent/0 may be opened"),
    finding("card.firmware", "pass", "firmware 18.8.0"),
    finding("card.heartbeat", "pass", "heartbeat moves"),
    finding("ownership.holder", "pass", "nobody holds the card"),
    finding("ownership.lock", "pass", "no lock left behind"),
    finding("software.python", "pass", "Python 3.10.12 at ~/tt-metal/python_env"),
    finding("software.torch", "pass", "torch 2.4.1 loads, CPU"),
    finding("software.ttnn", "pass", "ttnn 0.62.2 loads"),
    finding("software.runtime_root", "pass", "TT_METAL_RUNTIME_ROOT fits the tree"),
    finding("software.ttml", "pass", "ttml loads, built with this ttnn"),
    finding("data.space", "pass", "212 GB free, 24 checkpoints of 128 MB fit"),
    finding("terminal.size", "pass", "80 columns, 24 lines"),
    finding("terminal.glyphs", "pass", "UTF-8, 256 colours"),
]

PERMISSION = finding(
    "card.permission",
    "fail",
    "no permission on /dev/tenstorrent/0",
    why="The device node belongs to root, mode 0600. ttnn would only say: No chips detected in "
    "the cluster.",
    next_step="Install the udev rule, then run this check again.",
    command="sudo udevadm control --reload && sudo udevadm trigger",
    evidence="crw------- root root /dev/tenstorrent/0",
)
RUNTIME_ROOT = finding(
    "software.runtime_root",
    "warn",
    "TT_METAL_RUNTIME_ROOT is not set; the worker will get it",
    why="ttnn looks for its kernels below it.",
    next_step="Apply saves it for the worker alone.",
    apply={"worker.env.TT_METAL_RUNTIME_ROOT": _ROOT},
)
_NEEDS_CARD = ("card.driver", "card.permission", "card.firmware", "card.heartbeat")


def with_findings(*changed: Finding) -> list[Finding]:
    """Give a healthy host's findings with some exchanged."""
    new = {found.id: found for found in changed}
    return [new.get(found.id, found) for found in HEALTHY]


BLOCKED = with_findings(
    PERMISSION,
    finding("card.heartbeat", "skip", "heartbeat (needs the device node)"),
    RUNTIME_ROOT,
)
NO_CARD = with_findings(
    finding(
        "card.bus",
        "fail",
        "no Tenstorrent card on the PCI bus",
        why="Training runs on the CPU with PyTorch; everything works, more slowly.",
        next_step="If there is a card: reseat it, check its power plug, boot cold.",
        command="lspci -d 1e52:",
        evidence="no /sys/bus/pci/devices/*/vendor is 0x1e52",
        is_wanted=False,
    ),
    *(finding(i, "skip", f"{i.partition('.')[2]} (needs a card)") for i in _NEEDS_CARD),
    finding("ownership.holder", "skip", "holders (need a card)"),
    finding("software.ttnn", "skip", "ttnn (needs a card)"),
    finding("software.runtime_root", "skip", "runtime root (needs tt-metal)"),
    finding("software.ttml", "skip", "ttml (needs a card)"),
)

N150 = Card(
    index=0,
    board="n150",
    pci="0000:01:00.0",
    arch="wormhole_b0",
    chips=1,
    temperature_c=48.5,
    power_w=27.0,
    clock_mhz=1000,
    heartbeat=1200,
    firmware="18.8.0",
)
MANY = [
    replace(
        N150,
        index=number,
        board="tt-galaxy-wh",
        pci=f"0000:{number + 1:02x}:00.0",
        temperature_c=45.0 + number % 7,
        power_w=30.0 + number % 5,
        holders=(ANN,) if number == 3 else (),
    )
    for number in range(32)
]
MANY_FINDINGS = with_findings(
    finding("card.bus", "pass", "32 Wormhole on the bus (0000:01:00.0 and on)"),
    finding(
        "ownership.holder",
        "fail",
        "pid 4711 of ann holds card 3",
        why="One process at a time may open a card.",
        next_step="Let it end, or stop it yourself.",
        evidence=str(ANN),
    ),
)


class WrittenSource(Source):
    """A doctor whose answers are written; what it was asked is kept.

    Args:
        findings: What its checks answer.
        cards: What is read of the cards.
    """

    def __init__(self, home: Path, findings: Sequence[Finding], cards: Sequence[Card] = ()) -> None:
        super().__init__(home)
        self.answers = {found.id: found for found in findings}
        self.cards = list(cards)
        self.asked: list[tuple[Collection[str] | None, bool]] = []
        self.resets = 0
        self.looks = 0
        self.refused: TtgptError | None = None
        self.holds_back: set[str] = set()
        """Checks that do not answer before `go_on` is set, or they are cancelled."""
        self.go_on = threading.Event()

    def checks(self) -> list[Check]:
        return [check for check in CHECKS if not check.deep]

    def deep_checks(self) -> list[Check]:
        return [check for check in CHECKS if check.deep]

    def examine(self, post: Post, cancel: Cancel, only: Collection[str] | None, deep: bool) -> None:
        self.asked.append((only, deep))
        wanted = [c.id for c in CHECKS if (only is None or c.id in only) and (deep or not c.deep)]
        for quick in [i for i in wanted if i not in self.holds_back]:
            post(Found(self.answers[quick]))
        for slow in [i for i in wanted if i in self.holds_back]:
            while not self.go_on.wait(0.01):
                if cancel():
                    return
            post(Found(self.answers[slow]))

    def look_at_cards(self) -> CardsRead:
        self.looks += 1
        beating = [
            replace(card, heartbeat=card.heartbeat + self.looks)
            if card.heartbeat is not None
            else card
            for card in self.cards
        ]
        return CardsRead(beating, float(self.looks))

    def worker_draft(self) -> WorkerDraft:
        variables = [
            Variable("TT_METAL_HOME", _ROOT, "computed", None),
            Variable("TT_METAL_ARCH_NAME", "wormhole_b0", "computed", None),
            Variable("TT_LOGGER_LEVEL", "error", "computed", "info"),
            Variable("PYTHONPATH", "", "", None),
        ]
        pythons = [Python("/usr/bin/python3", "this program's")]
        return WorkerDraft("auto", "", f"{_ROOT}/python_env/bin/python", pythons, variables)

    def plan_reset(self) -> Reset:
        host = Host.here(self._home, WorkerSettings())
        return Reset(host, ["tt-smi", "-r", "0"], self.refused)

    def reset(self, post: Post, cancel: Cancel, plan: Reset) -> None:
        self.resets += 1
        post(ResetSaid("waiting for the device node, 2 s"))
        while self.holds_back and not self.go_on.wait(0.01) and not cancel():
            pass
        post(ResetDone(finding("card.heartbeat", "pass", "the card is back, its heart beats")))

    def report(self, findings: Sequence[Finding], cards: Sequence[Card]) -> str:
        return "\n".join(f"{f.id} {f.status}" for f in findings)


def many(home: Path) -> WrittenSource:
    """Give a host with 32 cards, one of them held."""
    return WrittenSource(home, MANY_FINDINGS, MANY)


def put_in(monkeypatch: pytest.MonkeyPatch, source: Source) -> None:
    """Let the screen ask this source."""
    monkeypatch.setattr("ttgpt.tui.screens.examining.Source", lambda home: source)


def held() -> EnvironmentNotReady:
    """What a reset is refused with while somebody has a card."""
    return EnvironmentNotReady("The card is in use.", str(ANN), "Let it end.")
