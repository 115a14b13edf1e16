"""Names of signals in messages."""

import pytest

from automl_api.signal_names import signal_name


@pytest.mark.parametrize(("number", "name"), [(9, "SIGKILL"), (15, "SIGTERM"), (40, "signal 40"), (200, "signal 200")])
def test_a_signal_has_its_name_or_else_its_number(number: int, name: str) -> None:
    assert signal_name(number) == name
