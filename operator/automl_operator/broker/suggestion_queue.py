"""Suggestions that wait for a slot; in memory only, for they can be computed again."""

from automl_operator.search.suggester import SuggestAnswer, Suggestion


class SuggestionQueue:
    """The suggestions of one experiment, and how many have been asked for."""

    def __init__(self) -> None:
        self.suggesting = 0
        self.exhausted = False
        self.failure = ""
        """The last words of a search that failed over the trials there are."""
        self._waiting: dict[int, Suggestion] = {}
        self._era = 0

    def waiting(self) -> tuple[Suggestion, ...]:
        """The suggestions, by index."""
        return tuple(self._waiting[index] for index in sorted(self._waiting))

    def ask(self, count: int) -> int:
        """Suggestions are being computed; the returned era goes with their answer."""
        self.suggesting += count
        return self._era

    def put(self, era: int, count: int, answer: SuggestAnswer) -> None:
        """The answer to `count` suggestions asked for in an era; one from before the last `drop` is thrown away."""
        self.suggesting = max(0, self.suggesting - count)
        if era == self._era:
            self._waiting |= {suggestion.index: suggestion for suggestion in answer.suggestions}
            self.exhausted = answer.exhausted

    def fail(self, era: int, count: int, words: str) -> None:
        """There is no answer to `count` suggestions asked for in an era: the search failed, with these last words."""
        self.suggesting = max(0, self.suggesting - count)
        if era == self._era:
            self.failure = words

    def use(self, index: int) -> None:
        """A suggestion became a trial."""
        self._waiting.pop(index, None)

    def drop(self) -> None:
        """Forget all, also what is still being computed."""
        self._waiting.clear()
        self._era += 1
        self.learned()

    def learned(self) -> None:
        """There is a new result, so a search that had nothing left, or failed, may be asked again."""
        self.exhausted = False
        self.failure = ""
