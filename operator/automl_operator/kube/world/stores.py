"""Finds an experiment's store, the volumes and Secrets that its runners mount, and problems with them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from automl_api import reasons
from automl_api.names import LABEL_EXPERIMENT, store_prefix
from automl_api.resources import Experiment
from automl_api.resources.experiment import StoreSpec
from automl_api.schemes import CLUSTER_STORE_PREFIXES, S3, SECRET_KEYS, create_secret_command
from automl_api.uris import below, parse_uri
from automl_operator.decisions.state.snapshot import ExperimentRefusal, Pool, StoreProblem
from automl_operator.kube.api.api import Object
from automl_operator.kube.manifests.belonging import MANAGED_BY, MANAGER
from automl_operator.kube.manifests.claim import claim_name
from automl_operator.kube.manifests.volumes import ClaimMount, SecretMount
from automl_operator.kube.settings import OperatorSettings
from automl_operator.kube.world.foreign_events import LatestEvent
from automl_operator.kube.world.runners import created_at, uid_of

PATIENCE_SECONDS: Final = 60.0
_SHARED: Final = ("ReadWriteMany", "ReadOnlyMany")
_NO_SECRET: Final = re.compile(
    r'secret "(?P<missing>[^"]+)" not found|references non-existent secret key: (?P<key>\S+)'
)
_UPLOAD: Final = "Upload it with: automl apply -f EXPERIMENT.yaml --{} FILE"
_WAITS_FOR_POD: Final = ("WaitForFirstConsumer", "WaitForPodScheduled")
Claims = Mapping[str, Object]
"""The volume claims of a namespace, by name."""


@dataclass(frozen=True)
class Storage:
    """The store of an experiment, and the claims and Secrets that its runners need for it and for the data."""

    store: StoreSpec
    """The experiment's own prefix below the named root."""
    claims: tuple[ClaimMount, ...]
    secrets: tuple[SecretMount, ...]
    own_claim: str = ""
    """The name of the claim created for the experiment; empty when a store is named."""


def refused_address(experiment: Experiment) -> ExperimentRefusal | None:
    """The refusal of an experiment that names a local file, which a cluster cannot read; None without one."""
    spec = experiment.spec
    test = spec.evaluation.test
    addresses = {
        "spec.data.uri": (spec.data.uri, _UPLOAD.format("data")),
        "spec.evaluation.test.uri": (test.uri if test else "", _UPLOAD.format("test")),
        "spec.store.uri": (spec.store.uri or "", f"Write {CLUSTER_STORE_PREFIXES}."),
    }
    for field, (uri, remedy) in addresses.items():
        if uri and not parse_uri(uri).descriptor.on_cluster:
            problem = f"{field} is {uri}, which is a path on one machine; a cluster cannot read it."
            return ExperimentRefusal(reasons.LOCAL_ADDRESS, f"{problem} {remedy}")
    return None


def storage_of(experiment: Experiment, settings: OperatorSettings, claims: Claims) -> Storage:
    """The store that the experiment names, else the platform's, else its own claim, which then stays its store."""
    own = claim_name(experiment.metadata.name)
    kept = claims.get(own)
    platform = None if kept is not None and is_kept_as_store(kept, experiment) else settings.store.spec()
    named = experiment.spec.store if experiment.spec.store.uri else platform
    root = named or StoreSpec(uri=f"pvc://{own}/")
    store = root.replace(uri=below(root.uri or "", store_prefix(*_life(experiment))))
    return Storage(store, _mounts(experiment, store), _secrets(experiment, store), "" if named else own)


def _life(experiment: Experiment) -> tuple[str, str, str]:
    meta = experiment.metadata
    return meta.namespace, meta.name, meta.uid


def is_made_for(claim: Object, experiment: Experiment) -> bool:
    """True when the operator or `automl apply`, and not a user, made a claim for an experiment of that name."""
    labels = claim["metadata"].get("labels", {})
    return bool(labels.get(LABEL_EXPERIMENT) == experiment.metadata.name)


def is_kept_as_store(claim: Object, experiment: Experiment) -> bool:
    """True when a claim has become the experiment's store. It stays so even if the platform names a store later."""
    ours = claim["metadata"].get("labels", {}).get(MANAGED_BY) == MANAGER
    return ours and has_owner(claim, experiment.metadata.uid)


def has_owner(claim: Object, uid: str) -> bool:
    """True when the object with this uid owns a claim."""
    return any(owner["uid"] == uid for owner in claim["metadata"].get("ownerReferences", ()))


def _mounts(experiment: Experiment, store: StoreSpec) -> tuple[ClaimMount, ...]:
    """The claims to mount: those of data and test rows read-only, unless the same claim is also the store."""
    wanted: dict[str, bool] = {}
    for uri, read_only in (*((file.uri, True) for file in experiment.spec.files), (store.uri or "", False)):
        address = parse_uri(uri)
        if address.descriptor.access == "mounted":
            wanted[address.authority] = read_only
    return tuple(ClaimMount(claim, read_only) for claim, read_only in sorted(wanted.items()))


def _secrets(experiment: Experiment, store: StoreSpec) -> tuple[SecretMount, ...]:
    """Each Secret, with the keys that its use needs. Data that names no Secret is read with the store's Secret."""
    files = ((file.secret_ref or store.secret_ref, file.uri) for file in experiment.spec.files)
    readers = (*files, (store.secret_ref, store.uri or ""))
    keys: dict[str, tuple[str, ...]] = {}
    for reference, uri in readers:
        if reference is not None:
            credentials = parse_uri(uri).descriptor.credentials
            needed = keys.get(reference.name, ()) + (credentials.names if credentials else ())
            keys[reference.name] = tuple(dict.fromkeys(needed))
    # An unused Secret is mounted, too, so that its user is told if it is missing.
    return tuple(SecretMount(name, keys[name] or SECRET_KEYS) for name in sorted(keys))


def must_be_together(storage: Storage, claims: Claims) -> bool:
    """True when a volume of the experiment can be on one node only."""
    return any(not _is_shared(claims.get(mount.claim)) for mount in storage.claims)


def _is_shared(claim: Object | None) -> bool:
    modes = claim.get("spec", {}).get("accessModes", ()) if claim else ()
    return any(mode in _SHARED for mode in modes)


def store_problem(
    experiment: Experiment,
    storage: Storage,
    claims: Claims,
    *,
    pools: tuple[Pool, ...],
    waiting: Iterable[Object],
    last_word: LatestEvent,
    now: float,
) -> StoreProblem | None:
    """The first problem with the store or the data's claim, or None. `waiting` are pods without volumes yet."""
    pods = tuple(waiting)
    return (
        _missing_claim(experiment, storage, claims)
        or _not_shared(storage, claims, pools)
        or _missing_credentials(experiment, storage, pods, last_word)
        or _pending_claim(storage, claims, pods, last_word, now)
    )


def _missing_claim(experiment: Experiment, storage: Storage, claims: Claims) -> StoreProblem | None:
    for mount in storage.claims:
        if mount.claim not in claims and mount.claim != storage.own_claim:
            where = experiment.metadata.namespace
            problem = f"There is no volume claim {mount.claim} in the namespace {where}; create it, or name another."
            return StoreProblem(reasons.CLAIM_MISSING, problem, blocks=True)
    return None


def _not_shared(storage: Storage, claims: Claims, pools: tuple[Pool, ...]) -> StoreProblem | None:
    if len(pools) < 2:
        return None
    for mount in storage.claims:
        if not _is_shared(claims.get(mount.claim)):
            problem = f"The volume claim {mount.claim} can be on one node only, and there is more than one pool"
            names = ", ".join(pool.name for pool in pools)
            store = f"a store that all can reach ({S3.prefix}, or a ReadWriteMany claim)"
            remedy = f"Name one of them in spec.pools, or {store}."
            return StoreProblem(reasons.STORE_NOT_SHARED, f"{problem} ({names}). {remedy}", blocks=True)
    return None


def _missing_credentials(
    experiment: Experiment, storage: Storage, pods: Iterable[Object], last_word: LatestEvent
) -> StoreProblem | None:
    for event in filter(None, (last_word(uid_of(pod)) for pod in pods)):
        found = _NO_SECRET.search(event.message)
        names = [mount.secret for mount in storage.secrets]
        if found is None or not names or found["missing"] not in (None, *names):
            continue
        secret = found["missing"] or ", ".join(names)
        what = f"The Secret {secret} is missing" if found["missing"] else f"The Secret {secret} lacks {found['key']}"
        return StoreProblem(reasons.CREDENTIALS_MISSING, f"{what}. {_remedy(experiment, storage, found['missing'])}")
    return None


def _remedy(experiment: Experiment, storage: Storage, missing: str | None) -> str:
    mount = next((mount for mount in storage.secrets if mount.secret == missing), storage.secrets[0])
    return f"Create it: {create_secret_command(mount.secret, mount.keys, experiment.metadata.namespace)}"


def _pending_claim(
    storage: Storage, claims: Claims, pods: Iterable[Object], last_word: LatestEvent, now: float
) -> StoreProblem | None:
    if not any(now - created_at(pod) >= PATIENCE_SECONDS for pod in pods):
        return None
    for mount in storage.claims:
        claim = claims.get(mount.claim)
        if claim is None or claim.get("status", {}).get("phase") == "Bound":
            continue
        event = last_word(uid_of(claim))
        if event is not None and event.reason in _WAITS_FOR_POD:
            continue
        cause = f": {event.message}" if event is not None else ""
        remedy = "Check the StorageClass (kubectl get storageclass), or name a store in spec.store.uri."
        message = (
            f"The volume claim {mount.claim} has had no volume for more than {PATIENCE_SECONDS:.0f} s{cause}. {remedy}"
        )
        return StoreProblem(reasons.STORE_PENDING, message)
    return None
