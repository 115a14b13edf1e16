"""The architecture's table of policies is the chain itself."""

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
