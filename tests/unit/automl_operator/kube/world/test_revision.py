"""The newest resourceVersion that the World has seen, from which terms are made."""

from automl_operator.decisions.state.actions import StartRunner
from fakes.clock import settle
from fakes.kube_world_harness import KubeWorldHarness


async def test_the_revision_rises_with_changes_so_that_a_later_process_has_a_later_term(
    harness: KubeWorldHarness,
) -> None:
    before = harness.kube.revision()
    await harness.kube.apply(harness.key, StartRunner("churn-00000-cpu-0", "cpu"))
    await settle()
    assert harness.kube.revision() > before > 0
