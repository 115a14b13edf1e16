"""Makes the example table `example:adult` from the two original files of UCI Adult.

The originals keep one table in two files with quirks: no header, '?' for a missing value, a comment line and
trailing dots in the second one. The example is what a user would have: one table, one header, empty cells.

    python tools/make_example_adult.py adult.data adult.test
"""

import argparse
import csv
import gzip
import io
from collections.abc import Iterator
from pathlib import Path

EXAMPLE = Path(__file__).parent.parent / "trial_runner" / "automl_runner" / "examples" / "adult.csv.gz"
COLUMNS = (
    "age",
    "workclass",
    "fnlwgt",
    "education",
    "education-num",
    "marital-status",
    "occupation",
    "relationship",
    "race",
    "sex",
    "capital-gain",
    "capital-loss",
    "hours-per-week",
    "native-country",
    "class",
)
ROWS = 48_842
CLASSES = {"<=50K", ">50K"}


def rows(original: Path) -> Iterator[list[str]]:
    """The rows of one original file, in its order, without comment lines and empty lines."""
    with original.open(encoding="ascii", newline="") as file:
        for cells in csv.reader(file, skipinitialspace=True):
            if len(cells) == len(COLUMNS):
                *features, label = cells
                yield ["" if cell == "?" else cell for cell in features] + [label.removesuffix(".")]


def table(originals: list[Path]) -> list[list[str]]:
    """All rows of the originals. Raises SystemExit where they are not the known table."""
    found = [row for original in originals for row in rows(original)]
    if len(found) != ROWS or {row[-1] for row in found} != CLASSES:
        raise SystemExit(
            f"error: expected {ROWS} rows of the classes {sorted(CLASSES)}; give adult.data and adult.test"
        )
    return found


def compressed(header: tuple[str, ...], body: list[list[str]]) -> bytes:
    """Compress a csv with gzip. Every run gives the same bytes, because the header holds no time and no file name."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([header, *body])
    return gzip.compress(text.getvalue().encode("ascii"), compresslevel=9, mtime=0)


def main() -> None:
    """Write the example and print its size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path, help="the original adult.data")
    parser.add_argument("test", type=Path, help="the original adult.test")
    arguments = parser.parse_args()
    content = compressed(COLUMNS, table([arguments.data, arguments.test]))
    EXAMPLE.write_bytes(content)
    print(f"{EXAMPLE.name}: {ROWS} rows, {len(content)} bytes")


if __name__ == "__main__":
    main()
