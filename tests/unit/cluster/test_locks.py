"""Locks between processes of this machine."""

from pathlib import Path

import pytest

from cluster.build import locked_at_once
from cluster.errors import ToolError


def test_a_second_run_is_refused_with_a_sentence_until_the_first_ends(tmp_path: Path) -> None:
    lock = tmp_path / "cache" / "tests.lock"
    with locked_at_once(lock, "busy"), pytest.raises(ToolError, match="busy"), locked_at_once(lock, "busy"):
        pass
    with locked_at_once(lock, "busy"):
        pass
