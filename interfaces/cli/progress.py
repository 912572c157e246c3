"""How a run is going: a live line on a terminal, a plain line every few seconds elsewhere."""

import time
from collections.abc import Callable
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from sluice.reports.words import count, seconds, usd
from sluice.trials.scores import TrialScore

# Often enough to see that a CI job lives, seldom enough that its log stays short.
PLAIN_LINE_EVERY_S = 5.0


class GateProgress:
    """Trials done, passed, failed and not evaluated, with the time and money they took.

    Args:
        console: Where it is shown; live where it is a terminal.
        clock: Seconds that only ever grow.
        every_s: Seconds between plain lines.
    """

    def __init__(
        self, console: Console, *, clock: Callable[[], float] = time.monotonic, every_s: float = PLAIN_LINE_EVERY_S
    ) -> None:
        self._console = console
        self._clock = clock
        self._every_s = every_s
        self._total: int | None = None
        self._done = self._passed = self._failed = self._unevaluated = 0
        self._cost_usd: float | None = None
        self._started = self._told = clock()
        self._live: Progress | None = None
        self._task: TaskID | None = None

    def start(self, total: int | None) -> None:
        """Begin to show.

        Args:
            total: Trials to come; None where their number is not known.
        """
        self._total = total
        self._started = self._told = self._clock()
        if self._console.is_terminal:
            self._live = Progress(
                TextColumn("trials"),
                BarColumn(bar_width=28),
                MofNCompleteColumn(),
                TextColumn("{task.fields[told]}"),
                TimeElapsedColumn(),
                console=self._console,
                transient=True,
                refresh_per_second=5,
            )
            self._task = self._live.add_task("trials", total=total, told="")
            self._live.start()
        else:
            self._line(f"running {count(total, 'trial')}" if total is not None else "running")

    def trial_done(self, score: TrialScore) -> None:
        """Count one more trial."""
        self._done += 1
        self._unevaluated += not score.evaluated
        self._passed += score.evaluated and score.passed is True
        self._failed += score.evaluated and score.passed is False
        if score.cost_usd is not None:
            self._cost_usd = (self._cost_usd or 0.0) + score.cost_usd
        if self._live is not None and self._task is not None:
            self._live.update(self._task, completed=self._done, told=self._told_so_far())
        elif self._clock() - self._told >= self._every_s and self._done != self._total:
            self._plain()

    def stop(self) -> None:
        """End the showing and leave one line of what was done; a second call does nothing."""
        if self._live is not None:
            self._live.stop()
            self._live, self._task = None, None
        elif self._total is None and not self._done:
            return
        self._plain()
        self._total, self._done = None, 0

    def __enter__(self) -> "GateProgress":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _plain(self) -> None:
        self._told = self._clock()
        done = (
            f"{self._done:,} of {count(self._total, 'trial')}"
            if self._total is not None
            else count(self._done, "trial")
        )
        self._line(f"{done}: {self._told_so_far()}, {seconds(self._told - self._started)}")

    def _told_so_far(self) -> str:
        told = [f"{self._passed:,} passed", f"{self._failed:,} failed"]
        told += [f"{self._unevaluated:,} not evaluated"] if self._unevaluated else []
        told += [usd(self._cost_usd)] if self._cost_usd is not None else []
        return ", ".join(told)

    def _line(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, emoji=False, soft_wrap=True)
