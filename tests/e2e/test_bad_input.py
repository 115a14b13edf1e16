"""Bad input through the real command: exit code 2, one line that says what, where and what to do, and no files.

Refusals before any work are tested in this process. Refusals by `prepare` need runs of the command, two at a time,
because starting processes takes most of their time.
"""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import CompletedProcess
from tempfile import TemporaryDirectory

import pytest

from automl.cli import main
from builders.command_line import automl

GOOD = "amount,city,late\n" + "".join(f"{n % 7}.5,{city},{late}\n" for n, city, late in zip(
    range(60), ["Rome", "Oslo", "Bonn"] * 20, ["yes", "no", "no", "no"] * 15, strict=True))  # fmt: skip
MANIFEST = """\
apiVersion: automl-operator.dev/v1alpha1
kind: AutoMLExperiment
metadata: {name: late}
spec:
  data: {uri: "file:good.csv"}
  target: late
"""
FILES: dict[str, str | bytes] = {
    "good.csv": GOOD,
    "empty.csv": "",
    "one_row.csv": "a,y\n1,2\n",
    "ragged.csv": "a,y\n1,2\n2,1\n3,1,1\n",
    "twice.csv": "a,a,y\n1,2,0\n1,2,1\n",
    "constant.csv": GOOD.replace("yes", "no"),
    "without_target.csv": GOOD.replace("yes", "").replace("no", ""),
    "korean.csv": (GOOD.replace("Rome", "부산")).encode("euc-kr"),
    "binary.csv": bytes(range(256)) * 40,
    "good.yaml": MANIFEST,
    "typo.yaml": MANIFEST + "  budget: {tme: 2m}\n",
    "empty.yaml": "",
    "half.yaml": "a: [1",
    "binary.yaml": bytes(range(128, 256)),
    "less.csv": GOOD.replace("city", "town"),
    "words.csv": "amount,city\n" + "many,Rome\n" * 20,
    "a_file": "",
}

FIT = ("fit", "--data", "good.csv", "--target", "late")
PREDICT = ("predict", "--model", "model", "--out", "predictions.csv")
AT_ONCE = {
    "file missing": (("fit", "--data", "none.csv", "--target", "late"), 'there is no file "none.csv" (looked in '),
    "file empty": (("fit", "--data", "empty.csv", "--target", "late"), "empty.csv is empty; it needs a header line and rows"),
    "data is a folder": (("fit", "--data", "folder", "--target", "late"), "folder is a folder; give one file"),
    "address of no kind": (("fit", "--data", "http://host/a.csv", "--target", "late"), '"http://host/a.csv" is not an address of data; write s3://'),
    "target absent": (("fit", "--data", "good.csv", "--target", "lat"), 'good.csv has no column "lat". Did you mean "late"?'),
    "ignored column absent": ((*FIT, "--ignore", "ctiy"), 'good.csv has no column "ctiy". Did you mean "city"?'),
    "no data": (("fit", "--target", "late"), "no data is named; give --data FILE"),
    "no target": (("fit", "--data", "good.csv"), "no target is named; give the column to predict with --target"),
    "time": ((*FIT, "--time", "banana"), '--time: "banana" is not a duration; write for example 90s, 2m or 1h30m'),
    "metric unknown": ((*FIT, "--metric", "roc_acu"), '--metric: there is no metric "roc_acu". Did you mean "roc_auc"?'),
    "metric of another task": ((*FIT, "--metric", "rmse", "--task", "binary"), "--metric: must fit the task binary: one of roc_auc"),
    "no learners": ((*FIT, "--learners", ","), "--learners is empty; name learners"),
    "no cores": ((*FIT, "--cores", "0"), "'--cores': 0 is not in the range x>=1"),
    "too many cores": ((*FIT, "--cores", "1000"), "--cores 1000: this machine has"),
    "no trials": ((*FIT, "--trials", "0"), "'--trials': 0 is not in the range x>=1"),
    "negative seed": ((*FIT, "--seed", "-1"), "'--seed': -1 is not in the range x>=0"),
    "option mistyped": ((*FIT, "--metirc", "f1"), "No such option '--metirc'. Did you mean '--metric'?"),
    "manifest missing": (("fit", "-f", "none.yaml"), 'there is no file "none.yaml" (looked in '),
    "manifest with a typo": (("fit", "-f", "typo.yaml"), 'typo.yaml:7: spec.budget.tme: unknown key; did you mean "time"?'),
    "manifest empty": (("fit", "-f", "empty.yaml"), "empty.yaml:1: is not a YAML mapping; start from `kind: AutoMLExperiment`"),
    "manifest cut": (("fit", "-f", "half.yaml"), "half.yaml:1: cannot be read as YAML"),
    "manifest binary": (("fit", "-f", "binary.yaml"), "binary.yaml is not text in UTF-8; give an experiment's YAML file"),
    "manifest a folder": (("validate", "-f", "folder"), "folder cannot be read: Is a directory; give an experiment's YAML file"),
    "data named twice": (("fit", "-f", "good.yaml", "--data", "good.csv"), "--data: good.yaml names its data already; leave out --data"),
    "out is a file": ((*FIT, "--out", "a_file"), "a_file is a file; choose a folder with --out"),
    "out in a file": ((*FIT, "--out", "a_file/run"), "a_file/run cannot be written (Not a directory); choose another folder with --out"),
    "out is something else": ((*FIT, "--out", "folder"), "folder is not empty and holds no run; choose another folder with --out"),
    "model missing": (("predict", "--model", "none", "--data", "good.csv", "--out", "p.csv"), "there is no folder none; give a run's folder or a model's"),
    "model a file": (("predict", "--model", "a_file", "--data", "good.csv", "--out", "p.csv"), "a_file holds neither a run nor a model; give the folder"),
    "model something else": (("leaderboard", "folder"), "folder holds neither a run nor a model; give the folder"),
    "model changed": (("predict", "--model", "changed", "--data", "good.csv", "--out", "p.csv"), "encoder.json was changed after it was written"),
    "rows missing": ((*PREDICT, "--data", "none.csv"), "there is no file none.csv"),
    "rows ragged": ((*PREDICT, "--data", "ragged.csv"), "ragged.csv, line 4: 3 cells where the header has 2"),
    "rows without a column": ((*PREDICT, "--data", "less.csv"), 'less.csv: the data has no column "city", which the model reads. Add it'),
    "rows of another kind": ((*PREDICT, "--data", "words.csv"), 'words.csv: column "amount" holds values like "many", but the model was trained on numbers'),
    "predictions to no folder": (("predict", "--model", "model", "--data", "good.csv", "--out", "none/p.csv"), "none/p.csv: there is no folder"),
    "predictions of no format": (("predict", "--model", "model", "--data", "good.csv", "--out", "p.xlsx"), "p.xlsx: its name must end in .csv"),
}  # fmt: skip

LATE = ("--target", "late")
BY_PREPARE = {
    "one row": (("--data", "one_row.csv", "--target", "y"), "one_row.csv has a single row; give a table with at least 4 rows"),
    "ragged": (("--data", "ragged.csv", "--target", "y"), "ragged.csv, line 4: 3 cells where the header has 2; mend the line"),
    "encoding": (("--data", "korean.csv", *LATE), "korean.csv: its encoding cannot be detected (line 2 is not UTF-8; it may be gb18030, cp949, euc_jp); save it as UTF-8"),
    "binary": (("--data", "binary.csv", *LATE), "binary.csv is a binary file, not a table; give a csv, parquet"),
    "column names twice": (("--data", "twice.csv", "--target", "y"), 'twice.csv has two columns named "a"; rename one of them'),
    "target constant": (("--data", "constant.csv", *LATE), 'constant.csv: the target "late" has the same value in every row; give a column that varies'),
    "target all missing": (("--data", "without_target.csv", *LATE), 'without_target.csv: the target "late" has no value in any row; give another column'),
    "learner unknown": (("--data", "good.csv", *LATE, "--learners", "lihgtgbm"), 'there is no learner "lihgtgbm". Did you mean "lightgbm"?'),
    "metric of another task": (("--data", "good.csv", *LATE, "--metric", "rmse"), 'the metric "rmse" does not fit a binary target; one of roc_auc'),
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All bad files, a model of good.csv, and a changed copy of it."""
    folder = tmp_path_factory.mktemp("bad-input")
    for name, content in FILES.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    (folder / "folder").mkdir()
    (folder / "folder" / "something").touch()
    made = automl(*FIT, "--time", "60s", "--trials", "1", "--learners", "linear", "--out", "run", cwd=folder)
    assert made.returncode == 0, made.stderr
    shutil.copytree(folder / "run" / "model", folder / "model")
    shutil.copytree(folder / "model", folder / "changed")
    with (folder / "changed" / "encoder.json").open("a") as file:
        file.write(" ")
    return folder


@pytest.mark.parametrize(("arguments", "words"), AT_ONCE.values(), ids=AT_ONCE)
def test_bad_input_is_refused_at_once(
    arguments: tuple[str, ...],
    words: str,
    folder: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(folder)
    before = _tree(folder)
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    printed = capfd.readouterr()
    _assert_one_line(exit_.value.code, printed.err, words)
    assert _tree(folder) == before


@pytest.fixture(scope="module")
def refused(folder: Path) -> dict[str, CompletedProcess[str]]:
    """Each row's run of the command, in a folder of its own."""

    def run(name: str) -> CompletedProcess[str]:
        return automl("fit", *BY_PREPARE[name][0], "--time", "60s", "--out", f"runs/{name}", cwd=folder)

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(BY_PREPARE, pool.map(run, BY_PREPARE), strict=True))


@pytest.mark.parametrize("name", BY_PREPARE)
def test_bad_data_is_refused_when_it_is_read(
    name: str, folder: Path, refused: dict[str, CompletedProcess[str]]
) -> None:
    result = refused[name]
    _assert_one_line(result.returncode, result.stderr, BY_PREPARE[name][1])
    run = folder / "runs" / name
    left = {path.relative_to(run).parts[0] for path in run.rglob("*") if path.is_file()}
    assert left == {".lock", "log", "world"}, "half-finished files are left"


@pytest.mark.usefixtures("refused")
def test_the_same_folder_can_be_used_for_the_repaired_file(folder: Path) -> None:
    mended = ("--data", "good.csv", *LATE, "--time", "60s", "--trials", "1", "--learners", "linear")
    result = automl("fit", *mended, "--out", "runs/ragged", cwd=folder)
    assert result.returncode == 0, result.stderr
    assert (folder / "runs" / "ragged" / "model" / "manifest.json").exists()


LOCKED = {
    "run": ((*FIT, "--out", "locked/run"), "locked/run cannot be written (Permission denied); choose another folder with --out"),
    "predictions": ((*PREDICT[:-1], "locked/p.csv", "--data", "good.csv"), "locked/p.csv cannot be written (Permission denied); choose another file with --out"),
}  # fmt: skip


@pytest.fixture(scope="module")
def open_folder(folder: Path) -> Iterator[Path]:
    """A folder that everybody can read, with a read-only folder in it; pytest's own folders are closed to other users."""
    with TemporaryDirectory() as name:
        place = Path(name)
        shutil.copytree(folder / "model", place / "model")
        for path in (place / "model", *(place / "model").rglob("*")):  # the folders of a run are private to its user
            path.chmod(0o755 if path.is_dir() else 0o644)
        shutil.copy(folder / "good.csv", place)
        (place / "locked").mkdir(mode=0o555)
        place.chmod(0o755)
        yield place


@pytest.mark.parametrize(("arguments", "words"), LOCKED.values(), ids=LOCKED)
def test_a_run_without_permission_to_write_is_refused(
    arguments: tuple[str, ...], words: str, open_folder: Path
) -> None:
    result = automl(*arguments, cwd=open_folder, unprivileged=True)
    _assert_one_line(result.returncode, result.stderr, words)
    assert list((open_folder / "locked").iterdir()) == []


def _assert_one_line(code: object, errors: str, words: str) -> None:
    assert code == 2
    assert errors.startswith("error: ")
    assert words in errors
    assert len(errors.splitlines()) == 1
    assert "Traceback" not in errors


def _tree(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))
