"""The cores and the memory of this machine, within the limits of control groups."""

from pathlib import Path

import pytest

from automl_api.cores import allowed_cores
from automl_operator.local.machine import this_machine

VERSIONS = {
    "version 2": ("0::/", {"cpu.max": "150000 100000", "memory.max": "1048576"}),
    "version 1": (
        "5:cpu,cpuacct:/\n4:memory:/",
        {
            "cpu/cpu.cfs_quota_us": "150000",
            "cpu/cpu.cfs_period_us": "100000",
            "memory/memory.limit_in_bytes": "1048576",
        },
    ),
}


@pytest.mark.parametrize(("own", "files"), VERSIONS.values(), ids=VERSIONS)
def test_the_limits_of_either_version_count(own: str, files: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "own").write_text(own)
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"{text}\n")
    machine = this_machine(tmp_path, tmp_path / "own")
    assert (machine.cores, machine.memory_bytes) == (1, 2**20)


def test_without_control_groups_the_whole_machine_counts(tmp_path: Path) -> None:
    machine = this_machine(tmp_path, tmp_path / "own")
    assert machine.cores == allowed_cores()
    assert machine.memory_bytes > 2**20
