"""What the progress bars share; imports rich, so commands import it only when they show a bar."""

from __future__ import annotations

from rich.progress import ProgressColumn, Task
from rich.text import Text


class Speed(ProgressColumn):
    """How many of something a second; nothing until that is known, after the second report."""

    def __init__(self, what: str) -> None:
        super().__init__()
        self._what = what

    def render(self, task: Task) -> Text:
        speed = task.speed
        return Text("" if speed is None else f"{speed:,.0f} {self._what}/s", style="progress.data.speed")
