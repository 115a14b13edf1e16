"""Suggestions that wait for a slot. They are in memory only, because they can be computed again."""

from automl_operator.search.suggester import SuggestAnswer, Suggestion


class SuggestionQueue:
    """The suggestions of one experiment, and the number of those being computed."""

    def __init__(self) -> None:
        self.suggesting = 0
        self.exhausted = False
        self.failure = ""
        """The last error of a search that failed for the trials that exist."""
        self._waiting: dict[int, Suggestion] = {}
        self._generation = 0

    def waiting(self) -> tuple[Suggestion, ...]:
        """The suggestions, by index."""
        return tuple(self._waiting[index] for index in sorted(self._waiting))

    def ask(self, count: int) -> int:
        """Record that suggestions are being computed. Returns the generation, to be passed with their answer."""
        self.suggesting += count
        return self._generation

    def put(self, generation: int, count: int, answer: SuggestAnswer) -> None:
        """Take the answer to a request for `count` suggestions. An answer from before the last `drop` is discarded."""
        self.suggesting = max(0, self.suggesting - count)
        if generation == self._generation:
            self._waiting |= {suggestion.index: suggestion for suggestion in answer.suggestions}
            self.exhausted = answer.exhausted

    def fail(self, generation: int, count: int, error: str) -> None:
        """Record that the search failed on a request for `count` suggestions, with its last error."""
        self.suggesting = max(0, self.suggesting - count)
        if generation == self._generation:
            self.failure = error

    def use(self, index: int) -> None:
        """Take out a suggestion that became a trial."""
        self._waiting.pop(index, None)

    def drop(self) -> None:
        """Forget all suggestions, including those being computed."""
        self._waiting.clear()
        self._generation += 1
        self.reset()

    def reset(self) -> None:
        """Allow a search that was exhausted or failed to be asked again, because there is a new result."""
        self.exhausted = False
        self.failure = ""
