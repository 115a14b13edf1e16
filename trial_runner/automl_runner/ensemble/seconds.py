"""How long `finalize` will take: one formula, which `prepare` writes into the plan so that the budget keeps it free."""

import math

CANDIDATES = 30
"""As many as selection looks at closely; more of them cost little."""
MEMBERS = 8


def predict_finalize_seconds(rows: int, classes: int, folds: int, candidates: int = CANDIDATES) -> float:
    """Predicted time of `finalize` on one core: reading, selection (bounded by its sample of rows), scoring, writing.

    `classes` is 0 for regression.
    """
    outputs = max(1, classes)
    read = candidates * (1e-3 * folds + 2e-8 * rows * outputs)
    selection = 4e-7 * (folds + 1) * min(rows, 10_000) * min(candidates, CANDIDATES)
    scoring = 5e-6 * rows * math.sqrt(outputs)
    writing = 0.01 * folds * MEMBERS
    return 0.5 + read + selection + scoring + writing
