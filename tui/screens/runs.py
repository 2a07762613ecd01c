"""Runs: all runs, live and ended, and what can be done with them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static

from ttgpt.engine import commands, labels, rundir
from ttgpt.engine.errors import TtgptError
from ttgpt.engine.rundir import RunFolder

from ..control import ask
from ..format import grouped, size
from ..messages import EditWanted, GoOnWanted, RunChanged
from ..runs import trash
from ..runs.detail import read_detail
from ..runs.differences import changes, preset_of, written_value
from ..runs.export import export_run
from ..runs.glance import Glance
from ..runs.listing import Listing
from ..saved_text import shortened
from ..widgets.comparison import Comparison
from ..widgets.rule_label import RuleLabel
from ..widgets.run_detail import RunDetail
from ..widgets.run_table import RunTable
from ..widgets.top_line import TopLine
from .ask_text import AskText
from .dialogs import Confirm
from .frame import FramedScreen

_EMPTY = "No run was started yet. 3 leads to the presets; Enter on the first is a 90-second demo."
_LOOK_EVERY = 3.0
"""Seconds between two looks for what changed in the runs' folders."""
_MOST_COMPARED = 6


class RunsScreen(FramedScreen):
    """The table, what is said of the chosen run, and the comparison of marked ones."""

    PLACE = "Runs"
    HELP = (
        "Every run is a folder, and nothing here needs its worker. Deleting moves a run to the "
        "trash folder; u takes the last one back."
    )
    CSS_PATH = "runs.tcss"
    BINDINGS = [
        Binding("enter", "attach", "attach", key_display="Enter", tooltip="Show it under Train"),
        Binding("escape", "leave", "back", key_display="Esc", tooltip="Back to the table"),
        Binding("r", "resume", "resume", tooltip="Go on with this run"),
        Binding("s", "stop", "stop", tooltip="Save, and stop this run"),
        Binding("plus", "extend", "more steps", key_display="+", tooltip="Give it more steps"),
        Binding("d", "duplicate", "duplicate", tooltip="New run with its settings"),
        Binding("m,space", "mark", "mark", tooltip="Mark this run, or unmark it"),
        Binding("c", "compare", "compare", tooltip="Compare the marked runs"),
        Binding("x", "delete", "delete", tooltip="Move it to the trash"),
        Binding("n", "rename", "name", tooltip="Give it another name"),
        Binding("w", "note", "note", tooltip="Write a note about it"),
        Binding("e", "export", "export", tooltip="Write CSV, YAML and a report"),
        Binding("u", "restore", "undelete", tooltip="Take the last deleted back"),
        Binding("z", "empty", "empty trash", tooltip="Empty the trash for good"),
        Binding("a", "axis", "steps/tokens", tooltip="Compare by steps or tokens"),
        Binding("l", "log", "log", tooltip="Linear or log loss axis"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._has_trash = False
        self._is_comparing = False
        self._wanted = ""
        """Name of the folder of a run to choose when it is in the list."""

    def compose_body(self) -> ComposeResult:
        """Put the table above what is said of the chosen run."""
        glyphs = self.ttgpt.settings.glyphs
        ascii_only = glyphs == "ascii"
        self._listing = Listing(self.ttgpt.home)
        yield Static("looking for runs …", id="nothing", markup=False)
        with Vertical(id="runs"):
            yield RunTable(ascii_only=ascii_only)
            yield RuleLabel(ascii_only=ascii_only)
            yield RunDetail()
        yield Comparison(glyphs)
        yield Static("", id="said", markup=False)

    def on_mount(self) -> None:
        """Look for runs now and then while this is shown."""
        self.set_interval(_LOOK_EVERY, self._look_if_shown)
        self.query_one(RunTable).focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what can be done with the chosen run as it is."""
        if not self.is_mounted:
            return False
        if action in ("leave", "axis", "log"):
            return self._is_comparing
        if self._is_comparing:
            return action not in _OURS
        if action in ("restore", "empty"):
            return self._has_trash
        seen = self.query_one(RunTable).chosen
        if action not in _OURS:
            return True
        return seen is not None and self._can(action, seen)

    def _can(self, action: str, seen: Glance) -> bool:
        damaged, live = seen.state == "damaged", seen.is_live
        if action == "resume":
            return seen.state == "paused" or not (damaged or live or seen.state == "finished")
        if action == "stop":
            return seen.state in rundir.LIVE_STATES
        if action in ("extend", "rename", "delete"):
            return not live and (action == "delete" or not damaged)
        if action == "compare":
            return len(self.query_one(RunTable).marked) > 1
        return not damaged or action == "mark"

    # What is done with the chosen run.

    def action_attach(self) -> None:
        """Show the run on the Train screen."""
        seen = self.query_one(RunTable).chosen
        if seen is not None:
            self._show_run_at(seen.run)

    def action_resume(self) -> None:
        """Go on with a run that ended, or let a paused one go on."""
        seen = self._chosen
        if seen.state == "paused":
            self._command(seen.run, commands.Resume(), "goes on after this step")
        else:
            self._go_on(seen.run)

    def action_stop(self) -> None:
        """Save a live run, and end it."""
        seen = self._chosen
        question = Confirm(
            f"Stop {seen.name}?", "It saves a checkpoint first, and can go on later.", yes="stop"
        )
        stop = partial(self._command, seen.run, commands.Stop(), "stops after this step, and saves")
        self._if_yes(question, stop)

    def action_extend(self) -> None:
        """Give a run that ended more steps."""
        seen = self._chosen
        length = max(seen.max_steps, seen.step)
        question = AskText(
            f"How many steps in all for {seen.name}?",
            f"It is at step {grouped(seen.step)}. The learning rate follows the longer schedule.",
            text=str(2 * length),
            verb="go on",
            problem_of=partial(_steps_problem, seen.step),
        )
        self._with_text(question, partial(self._extend, seen.run))

    def action_duplicate(self) -> None:
        """Open the form with this run's settings."""
        self._duplicate(self._chosen.run)

    def action_mark(self) -> None:
        """Mark a run for comparing."""
        self.query_one(RunTable).toggle_mark()
        self.refresh_bindings()

    def action_compare(self) -> None:
        """Show the marked runs in the same axes."""
        table = self.query_one(RunTable)
        marked = [row for row in table.rows if row.run.path.name in table.marked]
        self._is_comparing = True
        self.add_class("-comparing")
        comparison = self.query_one(Comparison)
        comparison.begin(len(marked[:_MOST_COMPARED]))
        comparison.focus()
        left_out = len(marked) - _MOST_COMPARED
        self._say(f"{left_out} more are marked; {_MOST_COMPARED} fit." if left_out > 0 else "")
        self._read_histories(marked[:_MOST_COMPARED])
        self.refresh_bindings()

    def action_leave(self) -> None:
        """Go back to the table; what is marked stays marked."""
        self._is_comparing = False
        self.remove_class("-comparing")
        self.query_one(RunTable).focus()
        self._say("")
        self.refresh_bindings()

    def action_axis(self) -> None:
        """Draw the comparison over steps or over tokens."""
        self.query_one(Comparison).toggle_tokens()

    def action_log(self) -> None:
        """Draw the comparison on a linear or a logarithmic axis."""
        self.query_one(Comparison).toggle_log()

    def action_delete(self) -> None:
        """Move a run to the trash folder."""
        seen = self._chosen
        question = Confirm(
            f"Delete {seen.name}?",
            f"It moves to the trash folder, {size(seen.bytes)} with its checkpoints.",
            yes="delete",
        )
        self._if_yes(question, lambda: self._delete(seen.run))

    def action_rename(self) -> None:
        """Give a run another name."""
        seen = self._chosen
        question = AskText(
            f"A new name for {seen.name}",
            "Its folder takes the name too.",
            text=seen.name,
            verb="rename",
            problem_of=partial(self._name_problem, seen.name),
        )
        self._with_text(question, partial(self._rename, seen.run))

    def action_note(self) -> None:
        """Write a note about a run."""
        seen = self._chosen
        question = AskText(
            f"A note about {seen.name}",
            "It is kept in the run's folder. An empty one removes it.",
            text=" ".join(seen.note.split()),
            verb="keep",
        )
        self._with_text(question, partial(self._note, seen.run))

    def action_export(self) -> None:
        """Write a run's figures, its configuration and a report into a folder."""
        self._export(self._chosen)

    def action_restore(self) -> None:
        """Take back the run that was deleted last."""
        self._restore()

    def action_empty(self) -> None:
        """Remove what is in the trash folder for good."""
        self._ask_to_empty()

    # What was done elsewhere.

    def on_screen_resume(self) -> None:
        """See what happened while another screen was shown."""
        self._look()

    def on_run_changed(self, message: RunChanged) -> None:
        """Look at the watched run again; its curve is on the first line already."""
        if self.query_one(RunTable).rows:
            return
        self._look()

    def on_run_table_highlighted(self, message: RunTable.Highlighted) -> None:
        """Say what there is to say of the chosen run."""
        self.query_one(RunDetail).show(message.seen, None)
        if message.seen is not None:
            self._read_detail(message.seen)
        self.refresh_bindings()

    def on_run_table_chosen(self) -> None:
        """Show the run that was clicked twice."""
        self.action_attach()

    @property
    def _chosen(self) -> Glance:
        seen = self.query_one(RunTable).chosen
        assert seen is not None  # check_action has looked
        return seen

    def _show_run_at(self, run: RunFolder) -> None:
        try:
            watch = self.ttgpt.run_watch
            if watch is None or watch.run.path != run.path:
                self.ttgpt.attach(run)
        except TtgptError as error:
            self.ttgpt.show_error(error)
        else:
            self.ttgpt.action_go("Train")

    def _to_train(self, message: Message) -> None:
        """Hand a wish to the Train screen, which starts runs and shows them."""
        app = self.ttgpt
        app.action_go("Train")
        app.call_later(lambda: app.screen.post_message(message))

    def _go_on(self, run: RunFolder, settings: dict[str, str] | None = None) -> None:
        self._to_train(GoOnWanted(run, settings))

    def _extend(self, run: RunFolder, text: str) -> None:
        self._go_on(run, {"train.max_steps": text})

    def _if_yes(self, question: Confirm, do: Callable[[], object]) -> None:
        def answered(yes: bool | None) -> None:
            if yes:
                do()

        self.app.push_screen(question, answered)

    def _with_text(self, question: AskText, do: Callable[[str], object]) -> None:
        def answered(text: str | None) -> None:
            if text is not None:
                do(text)

        self.app.push_screen(question, answered)

    def _name_problem(self, old: str, name: str) -> str:
        if name == old:
            return ""
        try:
            rundir.check_name(self.ttgpt.home, name)
        except TtgptError as error:
            return f"{error.what} {error.next_step}"
        return ""

    @work(group="do")
    async def _duplicate(self, run: RunFolder) -> None:
        try:
            config = await asyncio.to_thread(run.config)
        except TtgptError as error:
            self.ttgpt.show_error(error)
            return
        preset = await asyncio.to_thread(preset_of, run)
        if preset is None:
            self.ttgpt.show_error(_no_preset(run))
            return
        differing = changes(preset.config, config).items()
        settings = {name: written_value(new) for name, (_, new) in differing}
        self._to_train(EditWanted(preset, settings, run.preset))

    @work(group="do")
    async def _command(self, run: RunFolder, command: commands.Command, words: str) -> None:
        self._say(words)
        try:
            await ask(run, command)
        except TtgptError as error:
            self.ttgpt.show_error(error)
            self._say("")
        self._look()

    @work(group="do")
    async def _delete(self, run: RunFolder) -> None:
        home = self.ttgpt.home

        def delete() -> None:
            trash.check_deletable(home, run)
            trash.move_to_trash(home, run)

        if await self._done(delete):
            watch = self.ttgpt.run_watch
            if watch is not None and watch.run.path == run.path:
                self.ttgpt.detach()
                self.query_one(TopLine).hide_run()
            self._say(f"{run.path.name[18:]} is in the trash; u takes it back.")

    @work(group="do")
    async def _restore(self) -> None:
        home = self.ttgpt.home
        found = await asyncio.to_thread(trash.list_trash, home)
        if found and await self._done(lambda: trash.restore(home, found[0])):
            self._say("The run is back.")

    @work(group="do")
    async def _ask_to_empty(self) -> None:
        count, total = await asyncio.to_thread(trash.weigh, self.ttgpt.home)
        runs = "1 run" if count == 1 else f"{count} runs"
        question = Confirm(
            "Empty the trash?", f"{runs}, {size(total)}, are removed for good.", yes="empty it"
        )
        self._if_yes(question, self._empty)

    @work(group="do")
    async def _empty(self) -> None:
        self._say("emptying the trash …")
        if await self._done(lambda: trash.empty_trash(self.ttgpt.home)):
            self._say("The trash is empty.")

    @work(group="do")
    async def _rename(self, run: RunFolder, name: str) -> None:
        home, renamed = self.ttgpt.home, list[RunFolder]()
        if not await self._done(lambda: renamed.append(labels.rename_run(home, run, name))):
            return
        watch = self.ttgpt.run_watch
        if watch is not None and watch.run.path == run.path:
            self.ttgpt.attach(renamed[0])
        self._wanted = renamed[0].path.name

    @work(group="do")
    async def _note(self, run: RunFolder, text: str) -> None:
        await self._done(lambda: labels.write_note(run, text))

    @work(group="do")
    async def _export(self, seen: Glance) -> None:
        self._say(f"exporting {seen.name} …")
        try:
            folder = await asyncio.to_thread(export_run, self.ttgpt.home, seen)
        except TtgptError as error:
            self._say("")
            self.ttgpt.show_error(error)
        else:
            self._say(f"Written to {shortened(folder)}")

    async def _done(self, do: Callable[[], object]) -> bool:
        """Do something to the disk beside the screen, then look at what it came to."""
        try:
            await asyncio.to_thread(do)
        except TtgptError as error:
            self.ttgpt.show_error(error)
            return False
        self._look()
        return True

    # Reading, in threads.

    def _look_if_shown(self) -> None:
        if self.is_current and not self._is_comparing:
            self._look()

    @work(exclusive=True, group="look")
    async def _look(self) -> None:
        """Read what changed; the rows of a first look appear as they are read."""
        async for rows in self._listing.read():
            if not self.still_has(RunTable):
                return
            self._show(rows)
        found = await asyncio.to_thread(trash.list_trash, self.ttgpt.home)
        if self.still_has(RunTable):
            self._has_trash = bool(found)
            self._show_nothing()
            self.refresh_bindings()

    def _show(self, rows: list[Glance]) -> None:
        table = self.query_one(RunTable)
        table.show(rows)
        if self._wanted in {row.run.path.name for row in rows}:
            table.choose(self._wanted)
            self._wanted = ""
        total = sum(row.bytes for row in rows)
        runs = "1 run" if len(rows) == 1 else f"{len(rows):,} runs"
        self.query_one(RuleLabel).label = f"{runs}, {size(total)}"
        self.set_class(not rows, "-empty")
        self.refresh_bindings()

    def _show_nothing(self) -> None:
        more = " u takes back the one deleted last." if self._has_trash else ""
        self.query_one("#nothing", Static).update(_EMPTY + more)

    @work(exclusive=True, group="detail")
    async def _read_detail(self, seen: Glance) -> None:
        detail = await asyncio.to_thread(read_detail, seen)
        if self.still_has(RunTable) and self.query_one(RunTable).chosen == seen:
            self.query_one(RunDetail).show(seen, detail)

    @work(exclusive=True, group="histories")
    async def _read_histories(self, marked: list[Glance]) -> None:
        from ..runs.history import read_history

        found = []
        for seen in marked:
            found.append(await asyncio.to_thread(read_history, seen))
            if not self.still_has(Comparison):
                return
            self.query_one(Comparison).show(found)

    def _say(self, words: str) -> None:
        said = self.query_one("#said", Static)
        said.update(words)
        said.display = bool(words)


_OURS = {binding.action.partition("(")[0] for binding in Binding.make_bindings(RunsScreen.BINDINGS)}


def _steps_problem(done: int, text: str) -> str:
    digits = text.replace(",", "").replace("_", "").strip()
    if not digits.isdecimal():
        return "Write a whole number of steps."
    if int(digits) <= done:
        return f"It has done {grouped(done)} already; give more than that."
    return ""


def _no_preset(run: RunFolder) -> TtgptError:
    return TtgptError(
        "The run's preset cannot be read.",
        f"{run.preset} is missing or damaged.",
        "Duplicate another run, or start from a preset.",
    )
