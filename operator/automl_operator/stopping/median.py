"""The median rule over folds, in a forgiving form: a stopped trial is worse than the median and than the incumbent's
worst fold.

The median rule is Vizier's (Golovin et al. 2017, section 3.2.1). The bound by the incumbent's worst fold is the
forgiving rule of early-stopped cross-validation (Bergman et al. 2024, arXiv 2405.03389). That paper finds that harsher
rules end good configurations, because folds differ so much.
"""

import math
from collections.abc import Iterable
from statistics import fmean, median

from automl_api import reasons
from automl_operator.stopping.stopper import Curve, StopVerdict

LEAST_OTHERS = 3
"""The number of trials with the same folds that a median needs to be meaningful."""


class MedianStopper:
    """Stops a trial whose mean loss is above the median of others on the same folds, and above every fold of the best.

    The best trial is at or below that median, so it is never stopped. A complete trial is never stopped either.
    """

    def judge(self, running: Curve, others: tuple[Curve, ...]) -> StopVerdict:
        """Stop only with three comparable trials, a mean above their median and above the incumbent's worst fold."""
        folds = running.losses.keys()
        if running.complete or not folds:
            return StopVerdict(False, "NothingToStop", f"{running.trial} has no finished fold, or every fold.")
        comparable = [other for other in others if _covers(other, folds)]
        if len(comparable) < LEAST_OTHERS:
            return StopVerdict(
                False,
                "TooFewToCompare",
                f"{running.trial} goes on: {len(comparable)} other trials have its folds, {LEAST_OTHERS} are needed.",
            )
        return _verdict(running, comparable)


def _verdict(running: Curve, comparable: list[Curve]) -> StopVerdict:
    folds = running.losses.keys()
    mean = fmean(running.losses.values())
    middle = median(_mean(other, folds) for other in comparable)
    best = min(comparable, key=lambda other: _rank(other, folds))
    worst = max(best.losses.values())
    after = f"after {len(folds)} folds the mean loss {mean:.6g} of {running.trial}"
    if not mean > middle:
        return StopVerdict(
            False,
            "BetterThanMedian",
            f"Goes on: {after} is at most the median {middle:.6g} of {len(comparable)} others.",
        )
    if not mean > worst:
        return StopVerdict(
            False,
            "WithinBestTrial",
            f"Goes on: {after} is above the median {middle:.6g},"
            f" but not above the worst fold {worst:.6g} of {best.trial}.",
        )
    return StopVerdict(
        True,
        reasons.WORSE_THAN_MEDIAN,
        f"Stopped: {after} is above the median {middle:.6g} of {len(comparable)} others on the same folds,"
        f" and above the worst fold {worst:.6g} of the best, {best.trial}.",
    )


def _rank(other: Curve, folds: Iterable[int]) -> tuple[bool, float, float]:
    """The sort key: complete trials first, then the lower mean, then the higher loss of the worst fold."""
    mean = _mean(other, other.losses if other.complete else folds)
    return not other.complete, mean, -max(other.losses.values())


def _covers(other: Curve, folds: Iterable[int]) -> bool:
    return all(math.isfinite(other.losses.get(fold, math.nan)) for fold in folds)


def _mean(other: Curve, folds: Iterable[int]) -> float:
    return fmean(other.losses[fold] for fold in folds)
