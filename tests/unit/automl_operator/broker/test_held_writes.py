"""Failed writes: each failure in a row delays the next attempt for longer, and a success resets the delay."""

from automl_operator.broker.held_writes import FORGET_SECONDS, LONGEST_SECONDS, HeldWrites


def test_each_failure_holds_the_pool_for_longer_up_to_half_a_minute():
    writes, pauses, now = HeldWrites(), [], 100.0
    for _ in range(8):
        writes.failed("runner", "QuotaExceeded", "exceeded quota", now, pool="cpu")
        (held,) = writes.held()
        pauses.append(held.until - now)
        now = held.until
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, LONGEST_SECONDS, LONGEST_SECONDS, LONGEST_SECONDS]


def test_one_success_forgets_the_failures_of_its_pool_and_of_no_other():
    writes = HeldWrites()
    for pool in ("cpu", "gpu"):
        writes.failed("runner", "", "no answer", now=100.0, pool=pool)
    writes.succeeded("runner", "cpu")
    assert [held.pool for held in writes.held()] == ["gpu"]
    writes.failed("runner", "", "no answer", now=101.0, pool="cpu")
    assert writes.held()[-1].until == 102.0


def test_kinds_of_writes_are_held_apart():
    writes = HeldWrites()
    writes.failed("trial", "QuotaExceeded", "exceeded quota", now=100.0)
    writes.failed("plan", "Forbidden", "no", now=100.0, refused=True)
    writes.succeeded("trial")
    assert [(held.what, held.refused) for held in writes.held()] == [("plan", True)]


def test_a_failure_long_after_the_last_one_is_the_first_again():
    writes = HeldWrites()
    for now in (100.0, 101.0, 103.0 + FORGET_SECONDS):
        writes.failed("trial", "", "no answer", now)
    assert writes.held()[0].until == 104.0 + FORGET_SECONDS


def test_a_success_without_a_failure_before_it_changes_nothing():
    writes = HeldWrites()
    writes.succeeded("runner", "cpu")
    assert writes.held() == ()
