"""Compare the published model with untuned gradient boosting.

    python benchmarks/quality.py [--tables adult,letter] [--seeds 3] [--time 60s] [--out quality.jsonl]

Each table and seed has an 80/20 split (stratified for classes). `automl fit` with a budget and scikit-learn's
HistGradientBoosting with its defaults are trained on the same 80 %, and scored once on the other 20 % (roc_auc,
log_loss, rmse). The verdict is on the paired differences over the seeds, in units of their standard error. Each line of
the output file is one pair; `--report FILE` prints the table of a finished run.
"""

import argparse
import json
import math
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn import metrics
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

sys.path.insert(0, str(Path(__file__).parent))
import datasets

Prediction = tuple[np.ndarray, list[str]]


def gradient_boosting(train: pd.DataFrame, test: pd.DataFrame, target: str, task: str) -> Prediction:
    """The predictions of scikit-learn's defaults; strings become ordinal codes."""
    encode = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=np.nan, encoded_missing_value=np.nan, max_categories=200
    )
    text = make_column_selector(dtype_exclude=[np.number, bool])
    kind = HistGradientBoostingRegressor if task == "regression" else HistGradientBoostingClassifier
    model = make_pipeline(make_column_transformer((encode, text), remainder="passthrough"), kind(random_state=0))
    model.fit(train.drop(columns=[target]), train[target])
    features = test.drop(columns=[target])
    if task == "regression":
        return model.predict(features), []
    return model.predict_proba(features), [str(name) for name in model.classes_]


def ours(
    train: pd.DataFrame, test: pd.DataFrame, target: str, task: str, seed: int, budget: str, folder: Path
) -> tuple[Prediction, float]:
    """Run `automl fit` in a process of its own, as a user does; returns the prediction and the wall seconds."""
    train.to_parquet(folder / "train.parquet")
    begin = time.monotonic()
    command = [
        *(
            str(Path(sys.executable).with_name("automl")),
            "fit",
            "--data",
            str(folder / "train.parquet"),
            "--target",
            target,
        ),
        *("--time", budget, "--seed", str(seed), "--out", str(folder / "run")),
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    seconds = time.monotonic() - begin
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    from automl import load_model

    model = load_model(folder / "run")
    features = test.drop(columns=[target])
    if task == "regression":
        return (np.asarray(model.predict(features), float), []), seconds
    probabilities = model.predict_proba(features)
    return (probabilities.to_numpy(), [str(name) for name in probabilities.columns]), seconds


def loss(task: str, truth: pd.Series, prediction: Prediction) -> tuple[str, float]:
    """The metric's name, and its value in a form in which less is better (1 - AUC)."""
    values, classes = prediction
    if task == "regression":
        return "rmse", float(np.sqrt(metrics.mean_squared_error(truth, values)))
    order = np.argsort(classes)
    names, probabilities = np.asarray(classes)[order], values[:, order]
    labels = truth.astype(str).to_numpy()
    if task == "binary":
        return "1 - roc_auc", 1 - float(metrics.roc_auc_score(labels == names[1], probabilities[:, 1]))
    return "log_loss", float(
        metrics.log_loss(labels, probabilities / probabilities.sum(1, keepdims=True), labels=names)
    )


def pairs(tables: list[str], seeds: int, budget: str) -> Iterator[dict[str, object]]:
    """One pair of losses for each table and seed."""
    for seed in range(seeds):
        for name in tables:
            frame, target, task = datasets.load(name)
            classes = None if task == "regression" else frame[target]
            train, test = train_test_split(frame, test_size=0.2, random_state=seed, stratify=classes)
            with tempfile.TemporaryDirectory(prefix="quality-") as folder:
                prediction, seconds = ours(train, test, target, task, seed, budget, Path(folder))
            metric, own = loss(task, test[target], prediction)
            begin = time.monotonic()
            _, plain = loss(task, test[target], gradient_boosting(train, test, target, task))
            yield {
                "table": name, "seed": seed, "metric": metric, "ours": own, "gradient_boosting": plain,
                "seconds": round(seconds, 1), "their_seconds": round(time.monotonic() - begin, 1),
            }  # fmt: skip


def report(path: Path) -> str:
    """A Markdown table: mean losses, their ratio, and the mean paired difference in standard errors."""
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    lines = [
        "| table | metric | ours | gradient boosting | ratio | difference / standard error | seeds |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    better = worse = 0
    for name in dict.fromkeys(row["table"] for row in rows):
        some = [row for row in rows if row["table"] == name]
        gains = [row["gradient_boosting"] - row["ours"] for row in some]
        mean = statistics.mean(gains)
        error = statistics.stdev(gains) / math.sqrt(len(gains)) if len(gains) > 1 else math.nan
        better, worse = better + (mean > 0), worse + (mean < -error)
        own, plain = (statistics.mean(row[key] for row in some) for key in ("ours", "gradient_boosting"))
        lines.append(
            f"| {name} | {some[0]['metric']} | {own:.5g} | {plain:.5g} | {own / plain:.3f} | {mean / error:+.1f} | {len(some)} |"
        )
    lines += [
        "",
        f"Better on {better}, worse by more than one standard error on {worse}. Less is better in every column but the last two.",
    ]
    return "\n".join(lines)


def main() -> None:
    """Run the comparison, or report a finished run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", default=",".join(datasets.TABLES))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--time", default="60s")
    parser.add_argument("--out", type=Path, default=Path("quality.jsonl"))
    parser.add_argument("--report", type=Path)
    chosen = parser.parse_args()
    if chosen.report:
        print(report(chosen.report))
        return
    chosen.out.unlink(missing_ok=True)
    for pair in pairs(chosen.tables.split(","), chosen.seeds, chosen.time):
        print(pair, flush=True)
        with chosen.out.open("a") as file:
            file.write(json.dumps(pair) + "\n")
    print(report(chosen.out))


if __name__ == "__main__":
    main()
