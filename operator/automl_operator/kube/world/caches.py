"""The caches of the cluster: one list-watch for each kind and namespace, and typed indexes of the objects."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from automl_api.kinds import CLAIMS, EVENTS, EXPERIMENTS, JOBS, MODELS, PLANS, PODS, TRIALS, Kind
from automl_api.names import LABEL_EXPERIMENT
from automl_api.resources import Experiment, Plan, PublishedModel, Trial
from automl_api.resources.experiment_status import FINAL_STATES
from automl_operator.decisions.state.snapshot import Key
from automl_operator.kube.api.api import Api, Object
from automl_operator.kube.api.informer_cache import Name, OnChange
from automl_operator.kube.api.list_watch import ListWatch
from automl_operator.kube.api.observer import ApiObserver
from automl_operator.kube.manifests.belonging import OURS, answered_by, job_of, life_of
from automl_operator.kube.manifests.runner_job import experiment_of
from automl_operator.kube.world.children import Children
from automl_operator.kube.world.foreign_events import FIELD_SELECTORS, ForeignEvent, read_event, subject_of
from automl_operator.kube.world.headers import metadata_only
from automl_operator.kube.world.runners import uid_of
from automl_operator.kube.world.typed_index import TypedIndex


class Caches:
    """Caches that decisions read. `on_change` is called with the experiment whose objects somebody else changed.

    `report` is called for objects that cannot be read. Only the operator writes status, plans, trials and models, so
    only their deletion counts as a change.
    """

    def __init__(
        self,
        api: Api,
        namespaces: tuple[str, ...],
        on_change: Callable[[Key], None],
        report: Callable[[Object, str], None],
        observer: ApiObserver | None = None,
    ) -> None:
        self._on_change = on_change
        self._claims: dict[str, dict[str, Object]] = {}
        self._experiments = TypedIndex(Experiment.read, _name_of, report=report)
        self._ended: set[str] = set()
        """The uids of experiments that have ended: their plans and trials are not kept in memory."""
        self.plans = TypedIndex(Plan.read, life_of, report=report)
        self.trials = TypedIndex(Trial.read, life_of, order=lambda trial: trial.spec.index, report=report)
        self.models = TypedIndex(PublishedModel.read, answered_by, report=report)
        self.jobs: TypedIndex[Object] = TypedIndex(dict, experiment_of, order=lambda job: str(job["metadata"]["name"]))
        """By the experiment's uid."""
        self.pods: TypedIndex[Object] = TypedIndex(dict, job_of)
        """By the Job's uid."""
        self._pods_by_uid: TypedIndex[Object] = TypedIndex(dict, uid_of)
        self._jobs_by_uid: TypedIndex[Object] = TypedIndex(dict, uid_of)
        self._children: dict[Kind, Children[Any]] = {PLANS: Children(self.plans), TRIALS: Children(self.trials)}
        self._foreign_events = TypedIndex(read_event, subject_of, order=lambda event: event.at)
        self._watches: dict[tuple[Kind, str | None], ListWatch] = {}
        self._hearing: list[ListWatch] = []
        for namespace in namespaces or (None,):
            self._open(api, namespace, observer)

    @property
    def watches(self) -> tuple[ListWatch, ...]:
        """All list-watches, for health checks and metrics."""
        return (*self._watches.values(), *self._hearing)

    async def run(self) -> None:
        """Run all list-watches for ever."""
        async with asyncio.TaskGroup() as group:
            for watch in self.watches:
                group.create_task(self._follow(watch))

    async def _follow(self, watch: ListWatch) -> None:
        """Run a list-watch. Plans and trials wait for the experiments, which decide what is left out of memory."""
        if watch.kind in self._children:
            await self._watches[EXPERIMENTS, watch.namespace].answered.wait()
        await watch.run()

    async def synced(self) -> None:
        """Wait until every list was answered once. A refusal counts, so that one namespace cannot delay the others."""
        for watch in self.watches:
            await watch.answered.wait()

    def is_read(self, namespace: str) -> bool:
        """True when everything in a namespace was listed once. Before that nothing there can be decided."""
        return all(watch.synced.is_set() for watch in self.watches if watch.namespace in (None, namespace))

    def unlisted(self) -> frozenset[str]:
        """The resources that are not listed yet; empty as soon as one namespace can be served."""
        answered = all(watch.answered.is_set() for watch in self.watches)
        if answered and any(self.is_read(watch.namespace or "") for watch in self.watches):
            return frozenset()
        return frozenset(watch.kind.plural for watch in self.watches if not watch.synced.is_set())

    # Reads

    def keys(self) -> Iterator[Key]:
        """The keys of all experiments."""
        for (kind, _), watch in self._watches.items():
            if kind == EXPERIMENTS:
                yield from (Key(*name) for name in tuple(watch.objects))

    def experiment(self, key: Key) -> Experiment | None:
        """An experiment; None when there is none or it is being deleted. Raises UnreadableObject."""
        found = self._experiments.of(key.namespace, key.name)
        return found[0] if found and found[0].metadata.deletion_timestamp is None else None

    def is_left_out(self, uid: str) -> bool:
        """True when some of an experiment's plans or trials are not in memory, because it has ended or had ended."""
        return any(children.left_out(uid) for children in self._children.values())

    def claims(self, namespace: str) -> Mapping[str, Object]:
        """The volume claims of a namespace, by name."""
        return self._claims.get(namespace, {})

    def pod(self, namespace: str, uid: str) -> Object | None:
        """A runner's pod by its uid; None without one."""
        return next(iter(self._pods_by_uid.of(namespace, uid)), None)

    def job(self, namespace: str, uid: str) -> Object | None:
        """A runner's Job by its uid; None without one."""
        return next(iter(self._jobs_by_uid.of(namespace, uid)), None)

    def last_word(self, namespace: str, uid: str) -> ForeignEvent | None:
        """The latest Event of Kubernetes' controllers about an object of a namespace."""
        events = self._foreign_events.of(namespace, uid)
        return events[-1] if events else None

    # Our own writes, so that the next snapshot contains them

    def put(self, kind: Kind, item: Object) -> None:
        """Store the answer to our own write."""
        self._watch_of(kind, item).put(item)

    def removed(self, kind: Kind, item: Object) -> None:
        """Remove an object that we deleted."""
        metadata = item["metadata"]
        self._watch_of(kind, item).removed(metadata["namespace"], metadata["name"], metadata["uid"])

    def _watch_of(self, kind: Kind, item: Object) -> ListWatch:
        return self._watches.get((kind, item["metadata"]["namespace"])) or self._watches[kind, None]

    # Changes from the list-watches

    def _open(self, api: Api, namespace: str | None, observer: ApiObserver | None) -> None:
        for kind, on_change in (
            (EXPERIMENTS, self._experiment_changed),
            (PLANS, self._child_of(PLANS)),
            (TRIALS, self._child_of(TRIALS)),
        ):
            # The typed indexes hold these objects, so the list-watch keeps only their headers.
            self._watches[kind, namespace] = ListWatch(
                api, kind, namespace, on_change=on_change, keep=metadata_only, observer=observer
            )
        for kind, on_change, labels in (
            (MODELS, self._child(self.models, ours=True), ""),
            (JOBS, self._child(self.jobs, self._jobs_by_uid), OURS),
            (PODS, self._child(self.pods, self._pods_by_uid), OURS),
            (CLAIMS, self._claim_changed, ""),
        ):
            self._watches[kind, namespace] = ListWatch(
                api, kind, namespace, labels=labels, on_change=on_change, observer=observer
            )
        for fields in FIELD_SELECTORS:
            self._hearing.append(
                ListWatch(api, EVENTS, namespace, fields=fields, on_change=self._on_foreign_event, observer=observer)
            )

    def _experiment_changed(self, name: Name, old: Object | None, new: Object | None) -> None:
        self._experiments.change(old, new)
        if old is not None and (new is None or _uid(old) != _uid(new)):
            self._ended.discard(_uid(old))
        if new is not None:
            self._note_end(name[0], _uid(new), new.get("status", {}).get("state") in FINAL_STATES)
        if _identity(old) != _identity(new):
            self._on_change(Key(*name))

    def _note_end(self, namespace: str, uid: str, ended: bool) -> None:
        """Drop the plans and trials of an experiment that has ended.

        When the server was restored to a state before the end, they are read again.
        """
        if ended and uid not in self._ended:
            self._ended.add(uid)
            for children in self._children.values():
                children.leave_out(namespace, uid)
        elif not ended and uid in self._ended:
            self._ended.discard(uid)
            for kind, children in self._children.items():
                watch = self._watches.get((kind, namespace)) or self._watches[kind, None]
                watch.read_again(children.left_out(uid))

    def _child_of(self, kind: Kind) -> OnChange:
        """A handler that reports deletions only, because nobody but the operator writes plans and trials."""
        children = self._children[kind]

        def changed(name: Name, old: Object | None, new: Object | None) -> None:
            children.change(name, old, new, ended=new is not None and life_of(new) in self._ended)
            experiment = (old or {}).get("metadata", {}).get("labels", {}).get(LABEL_EXPERIMENT)
            if experiment and new is None:
                self._on_change(Key(name[0], experiment))

        return changed

    def _child(self, *registers: "TypedIndex[Any]", ours: bool = False) -> OnChange:
        def changed(name: Name, old: Object | None, new: Object | None) -> None:
            for register in registers:
                register.change(old, new)
            experiment = (new or old or {})["metadata"].get("labels", {}).get(LABEL_EXPERIMENT)
            if experiment and (new is None or not ours):
                self._on_change(Key(name[0], experiment))

        return changed

    def _claim_changed(self, name: Name, old: Object | None, new: Object | None) -> None:
        namespace, claim = name
        claims = self._claims.setdefault(namespace, {})
        if new is None:
            claims.pop(claim, None)
        else:
            claims[claim] = new
        if _phase_of(old) != _phase_of(new):
            self._on_namespace(namespace)

    def _on_foreign_event(self, name: Name, old: Object | None, new: Object | None) -> None:
        self._foreign_events.change(old, new)
        subject = (new or old or {}).get("involvedObject", {})
        uid = str(subject.get("uid", ""))
        for item in self._jobs_by_uid.of(name[0], uid) or self._pods_by_uid.of(name[0], uid):
            self._on_change(Key(name[0], item["metadata"].get("labels", {}).get(LABEL_EXPERIMENT, "")))
        if subject.get("kind") == CLAIMS.kind:
            self._on_namespace(name[0])

    def _on_namespace(self, namespace: str) -> None:
        for key in [key for key in self.keys() if key.namespace == namespace]:
            self._on_change(key)


def _identity(experiment: Object | None) -> tuple[Any, ...] | None:
    """The parts of an experiment that others change: its identity, its spec and its deletion."""
    if experiment is None:
        return None
    metadata = experiment["metadata"]
    return metadata["uid"], metadata.get("generation"), metadata.get("deletionTimestamp")


def _uid(item: Object) -> str:
    return str(item["metadata"].get("uid", ""))


def _phase_of(claim: Object | None) -> str:
    return str(claim.get("status", {}).get("phase", "")) if claim is not None else "gone"


def _name_of(item: Object) -> str:
    return str(item["metadata"]["name"])
