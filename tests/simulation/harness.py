"""A whole operator simulated under a virtual clock: a World, a broker's memory and runners, for hostile histories.

Time jumps from one event to the next. After each event the simulation decides and applies the actions. The operator may
crash between any two actions, which loses the memory and keeps the World.
"""

from collections import Counter
from dataclasses import replace

from automl_api.protocol import Assignment, Progress
from automl_api.resources import Experiment, Plan, PublishedModel, Trial
from automl_api.resources.experiment_status import FINAL_STATES
from automl_operator.decisions import decide
from automl_operator.decisions.state import actions as act
from automl_operator.decisions.state.broker_state import BrokerState
from automl_operator.decisions.state.progress_cache import ProgressCache
from automl_operator.decisions.state.snapshot import Ending, Lease, Pool, Snapshot
from automl_operator.search.suggester import Suggestion, SuggestRequest
from builders.experiments import STORE
from simulation.denials import CREATES, Denials
from simulation.invariants import check_grant, check_status, check_trials
from simulation.memory import Memory, propose
from simulation.runners import STARTS_IN, RunnerScript, SimRunner, Work

SUGGEST_SECONDS = 0.05
ROUNDS = 50


class Crash(Exception):
    """The operator dies here."""


class Simulation:
    """The simulated World, broker and runners of one experiment."""

    def __init__(
        self,
        experiment: Experiment,
        script: RunnerScript,
        pools: tuple[Pool, ...],
        *,
        cluster: bool = True,
        space: int = 10**6,
    ) -> None:
        self.now = 1_000_000.0
        self.experiment, self.script, self.pools = experiment, script, pools
        self.cluster, self.space = cluster, space
        self.plan: Plan | None = None
        self.model: PublishedModel | None = None
        self.trials: dict[int, Trial] = {}
        self.runners: dict[str, SimRunner] = {}
        self.store: set[tuple[str, int]] = set()
        self.trained: Counter[tuple[str, int]] = Counter()
        self.written: list[tuple[float, str]] = []
        self.disturbed = False
        self.most_parallelism = experiment.spec.parallelism
        self.most_trials = experiment.spec.budget.trials
        self.crash_in: int | None = None
        self.denials = Denials()
        self.memory = self._fresh_memory()
        self.requeue_at = self.now
        self._born = 0
        self._first = experiment.spec

    def __repr__(self) -> str:
        spec = self._first
        return (
            f"Simulation({spec.budget!r}, {spec.objective!r}, {spec.early_stopping!r}, parallelism={spec.parallelism}, "
            f"{self.script!r}, {self.pools!r}, cluster={self.cluster}, space={self.space})"
        )

    # Events of histories

    def edit(self, **spec: object) -> None:
        """A user edits the spec."""
        budget = {name: spec.pop(name) for name in ("time", "trials", "patience", "failed_trials") if name in spec}
        new = self.experiment.spec.replace(budget=self.experiment.spec.budget.replace(**budget), **spec)
        meta = self.experiment.metadata
        self.experiment = self.experiment.replace(spec=new, metadata=meta.replace(generation=meta.generation + 1))
        self.most_parallelism = max(self.most_parallelism, new.parallelism)
        self.most_trials = max(self.most_trials, new.budget.trials)
        self.reconcile()

    def lose_runner(self, ending: Ending, number: int = 0) -> None:
        """A runner ends and loses all its work."""
        alive = [runner for runner in self.runners.values() if runner.ending is None]
        if alive:
            self.disturbed = True
            runner = alive[number % len(alive)]
            runner.ending, runner.holding, runner.outbox = ending, {}, []
            self.reconcile()

    def silence(self, seconds: float, number: int = 0) -> None:
        """A runner cannot speak to the broker for a while; its results come late."""
        running = [runner for runner in self.runners.values() if runner.speaks(self.now)]
        if running:
            self.disturbed = True
            running[number % len(running)].silent_until = self.now + seconds

    def restart(self) -> None:
        """The operator dies and comes back. Its runners survive in a cluster; on one machine they end with it."""
        self.disturbed = True
        self.memory = self._fresh_memory()
        self.crash_in = None
        if not self.cluster:
            self.runners.clear()
        for runner in self.runners.values():
            runner.next_heartbeat = min(runner.next_heartbeat, self.now + 3.0)
        self.reconcile()

    def deny(self, create: type, seconds: float, refused: bool = True) -> None:
        """For a while the World refuses a type of create, or is not available for it."""
        self.disturbed = True
        self.denials.deny(create, self.now + seconds, refused)

    def refuse_pods(self, seconds: float) -> None:
        """For a while runners are created but get no pod."""
        self.disturbed = True
        self.denials.pods_until = self.now + seconds

    def repeat_result(self) -> None:
        """The last finished result is handed in again, although the broker remembers it."""
        for identity in sorted(self.memory.over)[-1:]:
            self.memory.pending_results[identity] = self.memory.results[identity]
            self.reconcile()

    # Time

    @property
    def final(self) -> bool:
        return self.experiment.status.state in FINAL_STATES

    def run(self, seconds: float, until_final: bool = True) -> None:
        """Let time pass, from event to event."""
        end = self.now + seconds
        while self.now < end and not (until_final and self.final and not self.runners):
            self._step(end)

    def _step(self, end: float) -> None:
        moments = [runner.next_moment(self.now, self.script) for runner in self.runners.values()]
        moments += [moment for moment, _ in self.memory.asked] + [self.requeue_at, end]
        later = max(self.now + 1e-3, min(moments))
        if self._clock_runs():
            self.memory.counted += later - self.now
        self.now = later
        for runner in list(self.runners.values()):
            for fold in runner.advance(self.now, self.script, self.store):
                self.trained[fold] += 1
            self._speak(runner)
        self._answer_suggestions()
        self.reconcile()

    def _clock_runs(self) -> bool:
        status = self.experiment.status
        begun = status.prepare.attempts > 0 and status.state != "Suspended" and not self.final
        return begun and any(runner.phase(self.now) == "running" for runner in self.runners.values())

    # Broker

    def _fresh_memory(self) -> Memory:
        return Memory(self.now, self.experiment.status.active_seconds)

    def _speak(self, runner: SimRunner) -> None:
        if not runner.speaks(self.now):
            return
        news = bool(runner.outbox) or runner.uid not in self.memory.heard
        if self.now >= runner.next_heartbeat or news:
            self.memory.hear(runner, self.now)
        for result in runner.outbox:
            self.memory.hand_in(runner.uid, result, self.now)
        runner.outbox = []
        if runner.leaving and not runner.holding:
            runner.ending = Ending(None, "Finished", "")

    def propose(self, request: SuggestRequest) -> list[Suggestion]:
        """The answer of the search: fewer suggestions than requested when it is exhausted."""
        return propose(request, self.space)

    def _answer_suggestions(self) -> None:
        while self.memory.asked and self.memory.asked[0][0] <= self.now:
            _, request = self.memory.asked.popleft()
            if self.memory.forgotten:
                self.memory.forgotten -= 1
                continue
            found = self.propose(request)
            self.memory.suggestions |= {suggestion.index: suggestion for suggestion in found}
            self.memory.exhausted = len(found) < request.count

    # Operator

    def snapshot(self) -> Snapshot:
        runners = tuple(runner.state(self.now) for runner in self.runners.values())
        trials = tuple(self.trials[index] for index in sorted(self.trials))
        return Snapshot(self.experiment, self.plan, trials, self.model, runners, self.pools, STORE)

    def broker(self) -> BrokerState:
        return self.memory.broker(list(self.runners.values()), self.now)

    def reconcile(self) -> None:
        """Decide and apply until a decision has no actions."""
        for _ in range(ROUNDS):
            decision = decide(self.snapshot(), self.broker(), self.now)
            without_cache = decide(self.snapshot(), replace(self.broker(), progress_cache=ProgressCache()), self.now)
            assert decision == without_cache, "the cache changes no answer"
            self.memory.progress_cache = decision.progress_cache
            self.requeue_at = self.now + (
                decision.requeue_after if decision.requeue_after is not None else float("inf")
            )
            if not decision.actions:
                return None
            try:
                self._apply_all(decision.actions)
            except Crash:
                return self.restart()
            for runner in self.runners.values():
                self._speak(runner)
        raise AssertionError(f"decisions never become empty: {decision.actions}")

    def _apply_all(self, actions: tuple[act.Action, ...]) -> None:
        for action in actions:
            self._crash_perhaps()
            if type(action) not in CREATES or not self.denials.hold(action, self.memory, self.now):
                self.apply(action)
            elif not isinstance(action, act.StartRunner):
                return  # the next decision replaces the actions after it

    def _crash_perhaps(self) -> None:
        if self.crash_in is not None:
            self.crash_in -= 1
            if self.crash_in < 0:
                raise Crash

    def apply(self, action: act.Action) -> None:
        match action:
            case act.CreatePlan(plan):
                self.plan = self.plan or plan
            case act.CreateModel(model):
                self.model = self.model or model
            case act.CreateTrial(trial):
                assert trial.spec.index not in self.trials
                assert len(self.trials) < self.experiment.spec.budget.trials, "I2"
                self.trials[trial.spec.index] = trial
                self._wrote(trial.metadata.name)
                check_trials(self)
            case act.WriteTrialStatus(name, status):
                index = int(name.rsplit("-", 1)[1])
                self.trials[index] = self.trials[index].replace(status=status)
                self._wrote(name)
            case act.WriteExperimentStatus(status):
                self.experiment = self.experiment.replace(status=status)
                self.memory.written_at = self.now
                self._wrote("experiment")
                check_status(self)
            case act.StartRunner(name, pool):
                self._start_runner(name, next(known for known in self.pools if known.name == pool))
            case act.StopRunner(name):
                self.runners.pop(name, None)
            case _:
                self._apply_to_memory(action)

    def _apply_to_memory(self, action: act.Action) -> None:
        memory = self.memory
        match action:
            case act.Suggest(request):
                memory.asked.append((self.now + SUGGEST_SECONDS, request))
            case act.Grant(runner, assignment, suggestion):
                self._grant(runner, assignment, suggestion)
            case act.Cancel(lease):
                memory.leases[lease] = replace(memory.leases[lease], cancelled_at=self.now)
            case act.Dismiss(uid):
                for session in self.runners.values():
                    session.leaving = session.leaving or session.uid == uid
            case act.DropLease(lease):
                memory.leases.pop(lease, None)
            case act.DropResult(assignment):
                memory.pending_results.pop(assignment, None)
            case act.DropSuggestions():
                memory.suggestions.clear()
                memory.forgotten = len(memory.asked)
                memory.exhausted = False

    def _start_runner(self, name: str, pool: Pool) -> None:
        if name not in self.runners:
            self._born += 1
            ready_at = self.now + STARTS_IN
            runner = SimRunner(name, f"uid{self._born}", pool, ready_at, self.script.work)
            self.runners[name] = runner
            runner.ending = self.denials.pod_ending(self.now)

    def _grant(self, uid: str, assignment: Assignment, suggestion: int | None) -> None:
        check_grant(self, uid, assignment)
        runner = next(runner for runner in self.runners.values() if runner.uid == uid)
        runner.holding[assignment.id] = Work(assignment, self.now)
        progress = Progress(id=assignment.id, attempt=assignment.attempt)
        self.memory.leases[assignment.id] = Lease(assignment.id, uid, self.now, self.now, progress, assignment)
        if suggestion is not None:
            self.memory.suggestions.pop(suggestion)

    def _wrote(self, name: str) -> None:
        self.written.append((self.now, name))
