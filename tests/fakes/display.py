"""A display that remembers the lines of a run."""


class RecordingDisplay:
    """Lines and statuses, in their order."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.statuses: list[str] = []
        self.closed = False

    def line(self, text: str) -> None:
        self.lines.append(text)

    def status(self, text: str, hint: str = "") -> None:
        self.statuses.append(text + hint)

    def close(self) -> None:
        self.closed = True
