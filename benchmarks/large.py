"""Large tables: the memory of `automl fit` with all its processes, the time to the first score, and the overrun."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import command
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from figures import Claim, Found
from start import FIRST_RESULT

SECONDS = 120
_GROUP = 250_000
_WORDS = np.array([f"word{number}" for number in range(5_000)])
_SAMPLE_EVERY = 0.5


@dataclass(frozen=True)
class LargeTable:
    """A table that is made in groups of rows. gigabytes: the most memory that a run may take."""

    name: str
    rows: int
    make: Callable[[int, np.random.Generator], pd.DataFrame]
    gigabytes: float

    def write(self, path: Path, rows: int) -> None:
        """Write the table as parquet, group by group, so that the writer needs little memory."""
        generator = np.random.default_rng(0)
        writer = None
        for start in range(0, rows, _GROUP):
            group = pa.Table.from_pandas(self.make(min(_GROUP, rows - start), generator), preserve_index=False)
            writer = writer or pq.ParquetWriter(path, group.schema)
            writer.write_table(group)
        assert writer is not None
        writer.close()


def numbers(rows: int, generator: np.random.Generator) -> pd.DataFrame:
    """20 numbers, and a target of two classes that six of them tell."""
    values = generator.normal(size=(rows, 20))
    score = values[:, 0] * values[:, 1] + values[:, 2:5].sum(axis=1) + np.sin(3 * values[:, 5])
    frame = pd.DataFrame(values, columns=[f"x{place}" for place in range(20)])
    return frame.assign(target=np.where(score + generator.normal(size=rows) > 0, "yes", "no"))


def mixed(rows: int, generator: np.random.Generator) -> pd.DataFrame:
    """40 columns: numbers with gaps, categories, booleans, dates, and three texts; the target is a number."""
    values = generator.normal(size=(rows, 20))
    columns: dict[str, object] = {f"x{place}": values[:, place] for place in range(20)}
    levels = [generator.integers(0, size, rows) for size in (2, 3, 5, 8, 12, 20, 40, 80, 150, 300, 1_000, 5_000)]
    columns |= {f"c{place}": np.char.add("level ", own.astype(str)) for place, own in enumerate(levels)}
    columns |= {f"b{place}": generator.random(rows) < 0.3 for place in range(3)}
    columns |= {
        f"d{place}": pd.Timestamp("2020-01-01") + pd.to_timedelta(generator.integers(0, 10**8, rows), unit="s")
        for place in range(2)
    }
    texts = [generator.integers(0, len(_WORDS), (rows, length)) for length in (6, 12, 25)]
    columns |= {f"t{place}": [" ".join(row) for row in _WORDS[own]] for place, own in enumerate(texts)}
    target = (
        values[:, :4].sum(axis=1) + 0.3 * (levels[5] % 4) + 0.5 * (texts[0][:, 0] % 7) + generator.normal(size=rows)
    )
    frame = pd.DataFrame(columns)
    for place in range(5, 10):
        frame.loc[generator.random(rows) < 0.1, f"x{place}"] = np.nan
    return frame.assign(target=target)


TABLES = (
    LargeTable("1,000,000 rows of 20 numbers", 1_000_000, numbers, 2.0),
    LargeTable("300,000 rows of 40 columns with texts", 300_000, mixed, 4.0),
    LargeTable("10,000,000 rows of 20 numbers", 10_000_000, numbers, 8.0),
)


def measure(*, quick: bool) -> Found:
    """Run each table once."""
    claims: list[Claim] = []
    with tempfile.TemporaryDirectory(prefix="bench-large-") as name:
        for table in TABLES:
            data = Path(name) / "rows.parquet"
            table.write(data, table.rows // 50 if quick else table.rows)
            arguments = ["--data", str(data), "--target", "target", "--time", f"{SECONDS}s"]
            run = command.fit(arguments, Path(name) / table.name, sample_every=_SAMPLE_EVERY, memory=True)
            claims += _claims(table, run)
    return Found(claims=claims, notes=("Memory is the proportional set size of all processes together, at most.",))


def _claims(table: LargeTable, run: command.Fit) -> list[Claim]:
    first = next(line.seconds for line in run.lines if FIRST_RESULT.match(line.text))
    held = max(sample.memory_bytes for sample in run.samples) / 2**30
    limit = table.gigabytes
    return [
        Claim(f"{table.name}: memory at most", "GiB", [held], f"< {limit:g} GiB", at_most=limit),
        Claim(f"{table.name}: first score after", "s", [first]),
        Claim(f"{table.name}: overrun of {SECONDS} s", "%", [100 * (run.seconds / SECONDS - 1)], "< 5 %", at_most=5.0),
    ]
