"""The parts of a published model: each member's models of folds, or its model of all rows."""

from collections.abc import Sequence
from dataclasses import dataclass

from automl_api.resources.model import Member
from automl_runner.ensemble.ensemble_input import EnsembleInput
from automl_runner.fold_manifest import FoldManifest, RefitManifest
from automl_runner.prepared import FoldsInfo

REFIT = "refit"


@dataclass(frozen=True)
class Chosen:
    """A candidate with its weight in the blend, and the temperature of its own probabilities."""

    candidate: EnsembleInput
    weight: float
    temperature: float = 1.0


@dataclass(frozen=True)
class Published:
    """The chosen candidates, heaviest first."""

    folds: FoldsInfo
    chosen: Sequence[Chosen]

    def members(self) -> tuple[Member, ...]:
        """The members as the bundle and the model's object name them."""
        return tuple(
            Member(
                trial=one.candidate.trial,
                learner=one.candidate.configuration.learner,
                view=one.candidate.configuration.view,
                weight=one.weight,
                temperature=one.temperature,
                parts=tuple(self._parts(one.candidate)),
            )
            for one in self.chosen
        )

    def models(self) -> dict[str, FoldManifest | RefitManifest]:
        """The manifest of each model, by its place in the bundle."""
        return {
            f"members/{one.candidate.trial}/{part}": manifest
            for one in self.chosen
            for part, manifest in self._parts(one.candidate).items()
        }

    def warnings(self) -> tuple[str, ...]:
        """Warnings about models that know too few of the rows, or not the newest."""
        return (*self._without_refit(), *self._with_fewer_rows())

    def _with_fewer_rows(self) -> tuple[str, ...]:
        trained = [(one.candidate.trial, one.candidate.refit) for one in self.chosen if self.folds.refit]
        few = [
            f"{trial} on {100 * refit.share:.3g}%" for trial, refit in trained if refit is not None and refit.share < 1
        ]
        why = "there was no time for all of them; give more budget.time"
        return (f"members were trained on a share of the rows: {', '.join(few)} ({why})",) if few else ()

    def _without_refit(self) -> tuple[str, ...]:
        stale = [one.candidate for one in self.chosen if one.candidate.refit is None]
        if not self.folds.refit or not stale:
            return ()
        who = "no member was" if len(stale) == len(self.chosen) else _were([candidate.trial for candidate in stale])
        if self.folds.kind == "time":
            known = min(self.folds.trained_shares[self._newest(candidate)] for candidate in stale)
            what = f"the oldest {100 * known:.3g}% of them, and no later ones"
        else:
            what = f"at least {100 * min(self.folds.trained_shares):.3g}% of them"
        why = "there was no time for it, or it failed, as the trial's status says; give more budget.time"
        return (f"{who} trained on all rows: the published models know {what} ({why})",)

    def _parts(self, candidate: EnsembleInput) -> dict[str, FoldManifest | RefitManifest]:
        """A member's models by name. With folds by time, the newest model alone beats an average with older ones."""
        if self.folds.refit and candidate.refit is not None:
            return {REFIT: candidate.refit}
        if self.folds.kind == "time":
            newest = self._newest(candidate)
            return {f"fold-{newest}": candidate.folds[newest]}
        return {f"fold-{fold}": candidate.folds[fold] for fold in sorted(candidate.folds)}

    @staticmethod
    def _newest(candidate: EnsembleInput) -> int:
        return max(candidate.folds)


def _were(trials: Sequence[str]) -> str:
    return f"{', '.join(trials)} {'was' if len(trials) == 1 else 'were'} not"
