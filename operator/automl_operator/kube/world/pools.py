"""Chooses the pools that an experiment may use."""

from collections.abc import Mapping

from automl_api import reasons
from automl_api.resources import Experiment, ExperimentSpec
from automl_operator.decisions.state.snapshot import ExperimentRefusal, Pool
from automl_operator.kube.pool import PoolSettings
from automl_operator.kube.settings import OperatorSettings


def pools_of(experiment: Experiment, settings: OperatorSettings) -> tuple[Pool, ...]:
    """The pools that the experiment names; else those that it began with; else all without an accelerator."""
    named = [pool.name for pool in experiment.spec.pools]
    wanted = named or list(experiment.status.images)
    chosen = [name for name in wanted if name in settings.pools]
    if not named and not chosen:
        chosen = [name for name, pool in settings.pools.items() if not pool.accelerator]
    return tuple(_pool(name, settings.pools[name], settings.image(name)) for name in chosen)


def unknown_pool(spec: ExperimentSpec, pools: Mapping[str, PoolSettings]) -> ExperimentRefusal | None:
    """The refusal of an experiment whose pools do not exist; None when they do."""
    named = [pool.name for pool in spec.pools]
    available = ", ".join(sorted(pools))
    unknown = [name for name in named if name not in pools]
    if unknown:
        message = f"spec.pools names {', '.join(unknown)}, and there is no such pool; the platform has: {available}."
        return ExperimentRefusal(reasons.NO_SUCH_POOL, message)
    if not named and all(pool.accelerator for pool in pools.values()):
        message = f"Every pool of the platform has an accelerator; name those to use in spec.pools: {available}."
        return ExperimentRefusal(reasons.NO_SUCH_POOL, message)
    return None


def _pool(name: str, pool: PoolSettings, image: str) -> Pool:
    return Pool(
        name=name,
        slots=pool.slots,
        max_runners=pool.max_runners,
        memory_bytes=pool.memory_bytes,
        accelerator=pool.accelerator,
        cost_per_hour=pool.cost_per_hour,
        idle_timeout_seconds=pool.idle_timeout_seconds,
        scale_up_timeout_seconds=pool.scale_up_timeout_seconds,
        image=image,
    )
