"""The rows of `evaluation.test` on a real cluster: read from a bucket, scored by the published model."""

from builders.scenario import Scenario
from builders.scenarios import TEST_ROWS


def test_the_rows_to_test_on_are_read_from_a_bucket_and_their_score_is_in_the_status(
    scenarios: dict[str, Scenario],
) -> None:
    status = scenarios["bucket"].experiment.status
    assert status.test_score is not None
    assert (status.test_score.metric, status.test_score.rows) == ("roc_auc", TEST_ROWS)
    assert status.test_score.value > 0.9
    tested = next(condition for condition in status.conditions if condition.type == "Tested")
    assert (tested.status, tested.reason) == ("True", "TestScored")
    described = scenarios["bucket"].terminal.kubectl("describe", "amlexp", "adult")
    assert "Test Score:" in described
    assert scenarios["claim"].experiment.status.test_score is None
