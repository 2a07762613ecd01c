"""`ttgpt-tui doctor`: can this host train, and if not, the one next step."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ttgpt.engine.errors import UsageError

from .call import Call, with_call
from .output import has_screen, note, print_json, say

if TYPE_CHECKING:
    from ttgpt.engine.doctor import Finding, Host, Verdict

WIDTH = 80
_QUIET = {"ok", "skip"}
"""States that need no more words than their line."""


@click.command()
@click.option("--deep", is_flag=True, help="Also open the card, allocate on it, and close it.")
@click.option(
    "--train", is_flag=True, help="With --deep: train 20 known steps, and compare with PyTorch."
)
@click.option("--yes", is_flag=True, help="Do not ask before the card is opened.")
@click.option(
    "--report",
    "file",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write all that was found to FILE, to send to somebody.",
)
@with_call
@click.pass_context
def doctor(
    context: click.Context, call: Call, deep: bool, train: bool, yes: bool, file: Path | None
) -> None:
    """Look whether this host can train, and if not, say what to do.

    Reads files and starts short-lived probes; it opens no card and may run beside a training. The
    exit code is 0 when the host is ready and 3 when it is not. With `backend: torch` in the
    settings a host without a card is ready.
    """
    from ttgpt.engine.doctor import CHECKS, Host, examine, summarize
    from ttgpt.engine.doctor.pci import find_devices
    from ttgpt.engine.home import home_place
    from ttgpt.engine.worker_settings import load_backend, load_worker

    if train and not deep:
        raise UsageError("--train trains on the card.", "So it opens it.", "Give --deep as well.")
    # Not call.home(): that the folder cannot be written is for the doctor to tell.
    home = home_place(call.home_option)
    host = Host.here(home, load_worker(home), load_backend(home))
    if deep and not yes and find_devices(host):
        deep = _may_open(call)
    order = [check.id for check in CHECKS.values() if deep or not check.deep]
    counted = _counted(examine(host, deep=deep), len(order))
    found = sorted(counted, key=lambda finding: order.index(finding.id))
    if deep and train:
        found.append(_train(found, host))
    verdict = summarize(found, host.backend)
    if file is not None:
        with call.outside_home():
            _write_report(file, found, host)
    if call.json:
        print_json(_document(found, host, verdict))
    else:
        _print(found, verdict)
    context.exit(verdict.exit_code)


def _train(found: list[Finding], host: Host) -> Finding:
    """Train where nothing keeps the card from it; else say what does."""
    from ttgpt.engine.doctor.training import skip_training, try_training

    blocking = [finding for finding in found if finding.blocks and finding.needs != "cpu"]
    if blocking:
        return skip_training(blocking[0])
    return try_training(host, say=note)


def _may_open(call: Call) -> bool:
    """Ask whether the card may be opened; without it all the other checks are still made."""
    question = "Open the card? Nothing else may use it meanwhile."
    if call.json or not has_screen():
        raise UsageError(
            "--deep opens the card.",
            "There is nobody here to ask whether it may.",
            "Give --yes as well.",
        )
    return click.confirm(question, err=True)


def _counted(findings: Iterator[Finding], total: int) -> Iterator[Finding]:
    """Pass findings on; a person at a terminal sees how many there are so far."""
    is_seen = sys.stderr is not None and sys.stderr.isatty()
    for count, finding in enumerate(findings, 1):
        if is_seen:
            click.echo(f"\r{count} of {total} checks", nl=count == total, err=True)
        yield finding


def _document(found: list[Finding], host: Host, verdict: Verdict) -> dict[str, Any]:
    from ttgpt.engine.doctor import choose_python, worker_environment
    from ttgpt.engine.doctor.cards import read_cards
    from ttgpt.engine.doctor.discretion import masked

    given = worker_environment(host)
    return {
        "ready": {"card": verdict.ready_card, "cpu": verdict.ready_cpu},
        "headline": verdict.headline,
        "exit_code": verdict.exit_code,
        "backend": host.backend,
        "worker": {
            "python": choose_python(host),
            "environment": {name: masked(name, value) for name, value in given.items()},
        },
        "cards": [card.to_dict() for card in read_cards(host)],
        "checks": [finding.to_dict() for finding in found],
    }


def _print(found: list[Finding], verdict: Verdict) -> None:
    from ttgpt.engine.doctor import CHECKS
    from ttgpt.engine.doctor.report import details

    normal = {check.id for check in CHECKS.values() if not check.deep}
    say(verdict.headline + "\n")
    family = ""
    # Who asked for the deep check wants to know that it was not done.
    asked = [f for f in found if f.state != "skip" or f.id not in normal]
    for finding in asked:
        label = finding.family if finding.family != family else ""
        family = finding.family
        say(f"{label:<10} {finding.state:<5} {finding.what}")
    if len(asked) < len(found):
        say(f"\n{len(found) - len(asked)} checks had nothing to look at; --json lists them.")
    for finding in sorted(asked, key=lambda finding: not finding.blocks):
        if finding.state not in _QUIET:
            say(f"\n{finding.state:<6} {finding.what}")
            for line in details(finding, WIDTH):
                say(line)


def _write_report(file: Path, found: list[Finding], host: Host) -> None:
    from ttgpt.engine.disk.folders import disk_error
    from ttgpt.engine.doctor.cards import read_cards
    from ttgpt.engine.doctor.report import report

    try:
        file.write_text(report(found, read_cards(host), host), encoding="utf-8")
    except OSError as error:
        raise disk_error(f"Cannot write the report to {file}.", error) from error
    note(f"The report is in {file}. Read it before you send it.")
