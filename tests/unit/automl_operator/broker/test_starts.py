"""Starts that failed: each failure in a row holds its pool for longer, one success forgets them."""

from automl_operator.broker.starts import LONGEST_SECONDS, Starts


def test_each_failure_holds_the_pool_for_longer_up_to_half_a_minute():
    starts, pauses = Starts(), []
    for _ in range(8):
        starts.failed("cpu", "QuotaExceeded", "exceeded quota", now=100.0)
        (held,) = starts.held()
        pauses.append(held.until - 100.0)
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, LONGEST_SECONDS, LONGEST_SECONDS, LONGEST_SECONDS]


def test_one_success_forgets_the_failures_of_its_pool_and_of_no_other():
    starts = Starts()
    for pool in ("cpu", "gpu"):
        starts.failed(pool, "", "no answer", now=100.0)
    starts.succeeded("cpu")
    assert [held.pool for held in starts.held()] == ["gpu"]
    starts.failed("cpu", "", "no answer", now=200.0)
    assert starts.held()[-1].until == 201.0


def test_a_success_that_follows_no_failure_is_fine():
    starts = Starts()
    starts.succeeded("cpu")
    assert starts.held() == ()
