"""Limits, use and kills of control groups, in version 2 and in version 1."""

from pathlib import Path

import pytest

from automl_api.control_groups import core_limits, memory_limits, memory_used, out_of_memory_kills

GIB = 2**30


@pytest.fixture
def groups(tmp_path: Path):
    """A pod's control group, with the control group of our container in it."""
    (tmp_path / "pod" / "container").mkdir(parents=True)
    (tmp_path / "own").write_text("4:memory:/old\n0::/pod/container\n")
    return tmp_path / "pod" / "container"


def test_the_limits_of_the_groups_above_count_too(groups, tmp_path):
    (tmp_path / "pod" / "memory.max").write_text("1073741824\n")
    (groups / "memory.max").write_text("max\n")
    assert memory_limits(tmp_path, tmp_path / "own") == (GIB,)


def test_the_limit_of_a_version_1_group_counts_too(tmp_path):
    (tmp_path / "own").write_text("4:memory:/kubepods/pod7/container\n0::/\n")
    (tmp_path / "memory").mkdir()
    # A container without its own cgroup namespace sees its group as the root, and in /proc the path on the host.
    (tmp_path / "memory" / "memory.limit_in_bytes").write_text("1073741824\n")
    (tmp_path / "memory" / "memory.oom_control").write_text("oom_kill_disable 0\nunder_oom 0\noom_kill 3\n")
    assert memory_limits(tmp_path, tmp_path / "own") == (GIB,)
    assert out_of_memory_kills(tmp_path, tmp_path / "own", tmp_path / "vmstat") == 3


STAT = "anon 1000\nfile 9000\nkernel_stack 5\nshmem 200\n"
OLD_STAT = "cache 9000\nrss 1\nshmem 2\ntotal_cache 9000\ntotal_rss 1000\ntotal_shmem 200\n"


@pytest.mark.parametrize(
    ("limit", "used"), [(5000, 1200), (4000, 0)], ids=["a limit at the announced memory", "a limit above it"]
)
def test_a_group_counts_only_memory_that_the_kernel_cannot_reclaim(groups, tmp_path, limit, used):
    (groups / "memory.max").write_text("5000\n")
    (groups / "memory.stat").write_text(STAT)
    assert memory_used(limit, tmp_path, tmp_path / "own") == used


def test_a_group_without_a_limit_is_not_counted_as_ours(groups, tmp_path):
    (groups / "memory.max").write_text("max\n")
    (groups / "memory.stat").write_text(STAT)
    assert memory_used(5000, tmp_path, tmp_path / "own") == 0


def test_the_whole_tree_of_a_version_1_group_is_counted(tmp_path):
    (tmp_path / "own").write_text("4:memory:/pod\n")
    (tmp_path / "memory").mkdir()
    (tmp_path / "memory" / "memory.limit_in_bytes").write_text("5000\n")
    (tmp_path / "memory" / "memory.stat").write_text(OLD_STAT)
    assert memory_used(5000, tmp_path, tmp_path / "own") == 1200


KILLS = {
    "the count of the own group": ("oom 9\noom_kill 2\n", "oom_kill 7\n", 2),
    "the machine's count, if the group has none": (None, "nr_free_pages 1\noom_kill 7\n", 7),
    "none, if there is no count": (None, "nr_free_pages 1\n", 0),
}


@pytest.mark.parametrize(("own", "machine", "count"), KILLS.values(), ids=KILLS)
def test_the_kernels_count_of_memory_kills_is_read(groups, tmp_path, own, machine, count):
    if own is not None:
        (groups / "memory.events").write_text(own)
    (tmp_path / "vmstat").write_text(machine)
    assert out_of_memory_kills(tmp_path, tmp_path / "own", tmp_path / "vmstat") == count


def test_the_quota_of_every_group_limits_the_cores(groups, tmp_path):
    (tmp_path / "pod" / "cpu.max").write_text("250000 100000\n")
    (groups / "cpu.max").write_text("max 100000\n")
    assert core_limits(tmp_path, tmp_path / "own") == (2.5,)


def test_the_quota_of_a_version_1_group_limits_the_cores(tmp_path):
    (tmp_path / "own").write_text("5:cpu,cpuacct:/pod\n4:memory:/old\n")
    (tmp_path / "cpu" / "pod").mkdir(parents=True)
    for folder, quota in (("cpu", -1), ("cpu/pod", 150000)):
        (tmp_path / folder / "cpu.cfs_quota_us").write_text(f"{quota}\n")
        (tmp_path / folder / "cpu.cfs_period_us").write_text("100000\n")
    assert core_limits(tmp_path, tmp_path / "own") == (1.5,)


def test_without_control_groups_nothing_is_limited(tmp_path):
    assert core_limits(tmp_path, tmp_path / "own") == ()
    assert memory_limits(tmp_path, tmp_path / "own") == ()
