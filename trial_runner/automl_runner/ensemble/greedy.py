"""Greedy ensemble selection with replacement (Caruana et al. 2004). `stacking` adds what no blend can have."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_runner.ensemble.objectives import Objective

ROUNDS = 40
MAX_MEMBERS = 8
IDLE_ROUNDS = 12
_EQUAL = 1e-12


def select(candidates: NDArray[Any], objective: Objective) -> dict[int, float]:
    """Weights of the chosen candidates, summing to 1, heaviest first. candidates: shape (candidates, rows, ...).

    A blend is grown greedily. Then members are removed if the blend without them is worse by no more than noise.
    """
    counts = _earned(candidates, objective, _best_prefix(candidates, objective))
    shares = counts / counts.sum()
    heaviest = np.argsort(-shares, kind="stable")
    return {int(index): float(shares[index]) for index in heaviest if shares[index] > 0}


def _best_prefix(candidates: NDArray[Any], objective: Objective) -> NDArray[np.int64]:
    """The number of times that each candidate is in the blend.

    Each round adds the candidate that makes the blend best. A tie goes to a candidate that is already a member, else to
    the first. The blend of the best round is returned, or of the first of equally good rounds. It has at most eight
    different candidates, so that predictions stay cheap.
    """
    counts = np.zeros(len(candidates), np.int64)
    total = np.zeros_like(candidates[0], dtype=np.float32)
    best, best_counts, best_round = -np.inf, counts.copy(), 0
    for number in range(1, ROUNDS + 1):
        allowed = np.flatnonzero(counts) if np.count_nonzero(counts) >= MAX_MEMBERS else np.arange(len(candidates))
        scores = objective.scores((candidates[allowed] + total) / number)
        chosen = int(allowed[_first_best(scores, counts[allowed] > 0)])
        counts[chosen] += 1
        total = total + candidates[chosen]
        reached = float(scores.max())
        if reached > best + _EQUAL or number == 1:
            best, best_counts, best_round = reached, counts.copy(), number
        if number - best_round >= IDLE_ROUNDS:
            break
    return best_counts


def _earned(candidates: NDArray[Any], objective: Objective, counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The counts without members whose gain is within one standard error of the differences between the parts.

    Losses are always measured against the whole blend, so that many small ones do not add up. The member with the least
    loss goes first.
    """
    whole = objective.table(_blended(candidates, counts)[None])
    sizes = np.array([len(rows) for rows in objective.parts])
    while np.count_nonzero(counts) > 1:
        places = np.arange(len(counts))
        fewer = [np.where(places == member, 0, counts) for member in np.flatnonzero(counts)]
        losses = whole - objective.table(np.stack([_blended(candidates, reduced) for reduced in fewer]))
        known = np.isfinite(losses).all(axis=0)
        if not known.any():
            break
        mean = np.average(losses[:, known], axis=1, weights=sizes[known])
        least = int(mean.argmin())
        if mean[least] > _standard_error(losses[least, known]) + _EQUAL:
            break
        counts = fewer[least]
    return counts


def _blended(candidates: NDArray[Any], counts: NDArray[np.int64]) -> NDArray[Any]:
    members = np.flatnonzero(counts)
    return np.asarray(np.tensordot(counts[members] / counts.sum(), candidates[members], axes=1), np.float32)


def _standard_error(differences: NDArray[np.float64]) -> float:
    """The standard error of the mean difference; 0 for a single part, which shows no noise."""
    return float(differences.std(ddof=1) / len(differences) ** 0.5) if len(differences) > 1 else 0.0


def _first_best(scores: NDArray[np.float64], used: NDArray[np.bool_]) -> int:
    top = scores.max()
    equal = scores >= top - _EQUAL if np.isfinite(top) else np.ones(len(scores), bool)
    preferred = np.flatnonzero(equal & used)
    return int(preferred[0] if len(preferred) else np.flatnonzero(equal)[0])


def blend(candidates: NDArray[Any], weights: dict[int, float]) -> NDArray[np.float64]:
    """The weighted mean of the chosen candidates."""
    result = np.zeros(candidates.shape[1:])
    for index, weight in weights.items():
        result += weight * candidates[index]
    return result
