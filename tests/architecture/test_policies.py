"""The table of policies in the architecture document equals the chain in the code."""

import re

from automl_operator.decisions.decide import CHAIN
from builders.source_tree import ROOT

TABLE = re.compile(r"^\| `([\w/]+)` \| [a-z]", re.MULTILINE)


def test_the_policies_stand_in_the_order_in_which_they_run() -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    modules = [
        policy.__module__.rpartition("decisions.")[2].removeprefix("policies.").replace(".", "/") for policy in CHAIN
    ]
    assert TABLE.findall(text) == modules
