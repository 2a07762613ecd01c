"""What is done with a run's folder: another name, a note, an export, the trash and back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from textual import work

from ttgpt.engine.errors import TtgptError
from ttgpt.engine.runs import labels, rundir
from ttgpt.engine.runs.rundir import RunFolder

from ..format import size
from ..runs import trash
from ..runs.export import export_run
from ..runs.glance import Glance
from ..saved_text import shortened
from ..widgets.top_line import TopLine
from .ask import AskWords
from .dialogs import Confirm
from .frame import FramedScreen


class RunKeeping(FramedScreen):
    """The part of a place that acts on folders; the place says which one, and looks again after."""

    @property
    def _chosen(self) -> Glance:
        """The run that the keys act on; an action is offered only where there is one."""
        raise NotImplementedError

    def _look(self) -> object:
        """See what the runs' folders hold now."""
        raise NotImplementedError

    def _choose_later(self, name: str) -> None:
        """Choose the run of a folder's name when it is in the list."""
        raise NotImplementedError

    def _say(self, words: str) -> None:
        """Say what is being done, or was; empty ends that."""
        raise NotImplementedError

    def action_rename(self) -> None:
        """Give a run another name."""
        seen = self._chosen
        question = AskWords(
            f"A new name for {seen.name}",
            "Its folder takes the name too.",
            words=seen.name,
            yes="rename",
            problem_of=partial(self._name_problem, seen.name),
        )
        self._with_text(question, partial(self._rename, seen.run))

    def action_note(self) -> None:
        """Write a note about a run."""
        seen = self._chosen
        question = AskWords(
            f"A note about {seen.name}",
            "It is kept in the run's folder. An empty one removes it.",
            words=" ".join(seen.note.split()),
            yes="keep",
        )
        self._with_text(question, partial(self._note, seen.run))

    def action_export(self) -> None:
        """Write a run's figures, its configuration and a report into a folder."""
        self._export(self._chosen)

    def action_delete(self) -> None:
        """Move a run to the trash folder."""
        seen = self._chosen
        question = Confirm(
            f"Delete {seen.name}?",
            f"It moves to the trash folder, {size(seen.bytes)} with its checkpoints. "
            "u takes it back.",
            yes="delete",
        )
        self._if_yes(question, lambda: self._delete(seen))

    @work(group="do")
    async def _rename(self, run: RunFolder, name: str) -> None:
        home, renamed = self.ttgpt.home, list[RunFolder]()
        if not await self._done(lambda: renamed.append(labels.rename_run(home, run, name))):
            return
        watch = self.ttgpt.run_watch
        if watch is not None and watch.run.path == run.path:
            self.ttgpt.attach(renamed[0])
        self._choose_later(renamed[0].path.name)

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
            self._say(f"Written to {shortened(folder)}: CSV, YAML and report.txt.")

    @work(group="do")
    async def _delete(self, seen: Glance) -> None:
        home, run = self.ttgpt.home, seen.run

        def delete() -> None:
            trash.check_deletable(home, run)
            trash.move_to_trash(home, run)

        if await self._done(delete):
            watch = self.ttgpt.run_watch
            if watch is not None and watch.run.path == run.path:
                self.ttgpt.detach()
                for line in self.query(TopLine):  # none when the app is closing
                    line.hide_run()
            self._say(f"{seen.name} is in the trash; u takes it back.")

    @work(group="do")
    async def action_restore(self) -> None:
        """Take back the run that was deleted last."""
        home, back = self.ttgpt.home, list[RunFolder]()
        found = await asyncio.to_thread(trash.list_trash, home)
        if found and await self._done(lambda: back.append(trash.restore(home, found[0]))):
            self._choose_later(back[0].path.name)
            self._say(f"{back[0].name} is back.")

    @work(group="do")
    async def action_empty(self) -> None:
        """Ask back, then remove what is in the trash folder for good."""
        count, total = await asyncio.to_thread(trash.weigh, self.ttgpt.home)
        what = f"1 run, {size(total)}, is" if count == 1 else f"{count} runs, {size(total)}, are"
        question = Confirm("Empty the trash?", f"{what} removed for good.", yes="empty it")
        self._if_yes(question, self._empty)

    @work(group="do")
    async def _empty(self) -> None:
        self._say("emptying the trash …")
        if await self._done(lambda: trash.empty_trash(self.ttgpt.home)):
            self._say("The trash is empty.")

    async def _done(self, do: Callable[[], object]) -> bool:
        """Do something to the disk beside the screen, then look at what it came to."""
        try:
            await asyncio.to_thread(do)
        except TtgptError as error:
            self.ttgpt.show_error(error)
            return False
        self._look()
        return True

    def _with_text(self, question: AskWords, do: Callable[[str], object]) -> None:
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
