"""Denials of creates for a while, by admission or by an unavailable server, and runners that get no pod."""

from collections import Counter
from dataclasses import dataclass, field

from automl_operator.decisions.state import actions as act
from automl_operator.decisions.state.broker_state import WriteKind
from automl_operator.decisions.state.snapshot import Ending
from simulation.memory import Memory

CREATES: dict[type, WriteKind] = {
    act.StartRunner: "runner",
    act.CreatePlan: "plan",
    act.CreateTrial: "trial",
    act.CreateModel: "model",
}
POD_REFUSED = Ending("program", "PodRefused", "violates PodSecurity")


@dataclass
class Denials:
    """For each type of create, the time until which it is denied and whether it is refused (True) or unavailable."""

    of: dict[type, tuple[float, bool]] = field(default_factory=dict)
    pods_until: float = 0.0
    tried: Counter[type] = field(default_factory=Counter)

    def deny(self, create: type, until: float, refused: bool) -> None:
        """Deny a type of create."""
        self.of[create] = (until, refused)

    def hold(self, action: act.Action, memory: Memory, now: float) -> bool:
        """True if a create is denied. The operator's memory records the failure, or the success that clears it."""
        kind, pool = type(action), getattr(action, "pool", "")
        self.tried[kind] += 1
        until, refused = self.of.get(kind, (0.0, False))
        if until <= now:
            memory.held_writes.succeeded(CREATES[kind], pool)
            return False
        memory.held_writes.failed(CREATES[kind], "Denied", "no", now, pool=pool, refused=refused)
        return True

    def pod_ending(self, now: float) -> Ending | None:
        """The ending that a runner started now has at once, or None."""
        return POD_REFUSED if now < self.pods_until else None
