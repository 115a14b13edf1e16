"""The model card: it describes a published model to a person who finds its directory."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from automl_api.resources.model import Member
    from automl_model.bundle import BundleFacts

_BASIS = {
    "holdout": "measured once on rows that nothing else used",
    "cross-fitted": "cross-fitted: each part of the rows was scored with members, weights and calibration chosen on the other parts; where the models of the folds are published, the gain of averaging them is measured on rows that two of them left out, and counts",
}
_ALL_OF_THEM = 0.995
_SHOWN_COLUMNS = 50


def card(facts: "BundleFacts") -> str:
    """The card as Markdown."""
    score = facts.score
    lines = [
        f"# A model that predicts `{facts.target}`",
        "",
        f"- Question: {facts.task}, optimised for {facts.metric}, trained on {facts.rows:,} rows.",
        f"- Score: {score.metric} {score.value:.4g}, 95 % interval [{score.low:.4g}, {score.high:.4g}]; {_BASIS[score.basis]}.",
    ]
    if score.trained_share < _ALL_OF_THEM:
        lines.append(f"- The scored models were trained on at least {100 * score.trained_share:.3g}% of the rows.")
    if (tested := facts.test_score) is not None:
        others = ", ".join(f"{name} {value:.4g}" for name, value in tested.metrics.items() if name != tested.metric)
        lines.append(
            f"- Test score: {tested.metric} {tested.value:.4g}, 95 % interval [{tested.low:.4g}, {tested.high:.4g}];"
            f" measured once on {tested.rows:,} rows that were given for it and never trained on"
            f"{f' ({others})' if others else ''}."
        )
    if facts.classes:
        lines.append(
            f"- Classes, in the order of the probabilities: {', '.join(f'`{name}`' for name in facts.classes)}."
        )
    if facts.positive_class is not None:
        lines.append(
            f"- Positive class: `{facts.positive_class}`, predicted from a probability of {facts.threshold:.3g}."
        )
    lines += ["", "## Members", "", *_members(facts)]
    lines += [
        "",
        "A member predicts the mean of its models: one for each fold, or one that was trained on all rows, or on as many as time allowed (refit).",
    ]
    if facts.classes:
        lines.append("A temperature above 1 makes their probabilities less sure, and one below 1 surer.")
    if facts.generated:
        lines += [
            "", "## Generated features", "", "| feature | worth |", "|---|---:|",
            *(f"| `{feature.name}` | {feature.worth:.2%} |" for feature in facts.generated), "",
            "Worth is the feature's share of all that splits explain of what a quick model leaves over; a member without it counts as 0.",
        ]  # fmt: skip
    lines += ["", "## Columns", "", "| column | kind |", "|---|---|"]
    lines += [f"| {column.name} | {column.kind} |" for column in facts.columns[:_SHOWN_COLUMNS]]
    if len(facts.columns) > _SHOWN_COLUMNS:
        lines.append(f"| and {len(facts.columns) - _SHOWN_COLUMNS} more, see signature.json | |")
    if facts.warnings:
        lines += ["", "## Warnings about the training data", "", *(f"- {warning}" for warning in facts.warnings)]
    lines += [
        "", "## Use", "", "```python", "from automl_model import load_model", "",
        'model = load_model("path/to/this/directory")', "labels = model.predict(frame)", "```", "",
        "Limits: the model knows only rows like its training rows. It refuses missing columns, and treats unknown categories as rare ones.",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _members(facts: "BundleFacts") -> list[str]:
    """The table of members. Temperatures are of probabilities, so models of values have none."""
    temperature, line = ("temperature | ", "---:|") if facts.classes else ("", "")
    return [
        f"| trial | learner | view | weight | {temperature}models |",
        f"|---|---|---|---:|{line}---|",
        *(_member(member, temperature=bool(facts.classes)) for member in facts.members),
        *_stack(facts),
    ]


def _stack(facts: "BundleFacts") -> list[str]:
    """A sentence about the stack; nothing where it has no share."""
    if facts.stack.share == 0.0:
        return []
    numbers = ", ".join(f"{coefficient:.3g}" for coefficient in facts.stack.coefficients)
    blend = f"The blend with these weights makes {1 - facts.stack.share:.0%} of each prediction."
    return ["", f"{blend} A linear stack of all members, with the coefficients {numbers}, makes the rest."]


def _member(member: "Member", *, temperature: bool) -> str:
    cells = [member.trial, member.learner, member.view, f"{member.weight:.3f}"]
    cells += [f"{member.temperature:.3g}"] if temperature else []
    return f"| {' | '.join([*cells, ', '.join(member.parts)])} |"
