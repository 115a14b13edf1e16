"""What the vocabulary says of a reason."""

from dataclasses import dataclass

from automl_api.resources.trial import FailureClass


@dataclass(frozen=True)
class Explanation:
    """What one reason, or several of one kind, mean in one place, and what an administrator or user does about it."""

    reasons: tuple[str, ...]
    meaning: str
    remedy: str
    """One plain sentence."""
    failure_class: FailureClass | None = None
    """Who pays for the attempt that failed so; None where it is the reason of no attempt."""
    foreign: bool = False
    """Whether the words are Kubernetes' own, which we pass on."""
    others: str = ""
    """Which other words of Kubernetes mean the same, as a half sentence."""


@dataclass(frozen=True)
class Place:
    """A condition type, or `Trial`, `Attempt` or `Event`: all reasons that can stand there."""

    name: str
    explanations: tuple[Explanation, ...]
