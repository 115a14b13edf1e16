"""Fill the tables of docs/quality.md from benchmarks/results: `python benchmarks/quality_page.py`.

The page is prose with places for tables, each between a comment that names it and a comment that ends it.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path

import ablation
import tabular_report
from tabular import stored

PAGE = Path(__file__).parents[1] / "docs" / "quality.md"
BUDGET, LONGER = 120, 600
BUDGETS = (30, 60, 120, 300)
_PLACE = re.compile(r"(<!-- generated: (?P<name>[a-z]+) -->\n).*?(?=<!-- end -->)", re.DOTALL)


def filled(page: str, tables: Mapping[str, str]) -> str:
    """The page with the tables in their places. Raises KeyError for a place without a table."""
    return _PLACE.sub(lambda place: f"{place[1]}\n{tables[place['name']]}\n\n", page)


def tables() -> dict[str, str]:
    """The tables by the name of their place."""
    parts = json.loads(ablation.RESULTS.read_text(encoding="utf-8"))
    return {
        "peers": tabular_report.text(stored(), BUDGET),
        "longer": tabular_report.with_longer(stored(), BUDGET, LONGER),
        "budgets": tabular_report.by_budget(stored(), BUDGETS),
        "parts": ablation.text(parts["changes"]),
    }


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), tables()), encoding="utf-8")
    print(f"written: {PAGE}")
