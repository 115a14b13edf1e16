import pytest

from automl_operator.broker.call import Call
from automl_operator.broker.desk_book import DeskBook
from automl_operator.broker.leases import HeldByAnother
from automl_operator.search.suggester import SuggestAnswer
from builders.control import a_progress, a_result, a_suggestion, an_announcement, an_assignment

T0 = 1_000.0


class Runner:
    """A runner of a desk book, without HTTP."""

    def __init__(self, book: DeskBook, uid: str = "r1", slots: int = 1) -> None:
        self.book, self.uid, self.slots = book, uid, slots
        self.ready = 0

    def ask(self, now: float = T0, free: int = 1, holding=()) -> Call:
        self.ready = 0
        return self.book.ask(self.uid, an_announcement(self.slots), free, tuple(holding), now, self._on_ready)

    def answer(self, call: Call) -> list[str]:
        return [assignment.id for assignment in self.book.answer(self.uid, call).assignments]

    def _on_ready(self) -> None:
        self.ready += 1


@pytest.fixture
def book() -> DeskBook:
    return DeskBook(T0)


def session(book: DeskBook, now: float = T0):
    (only,) = book.view(now).sessions
    return only


def test_a_new_desk_is_empty_and_opened_now(book):
    desk = book.view(T0)
    assert (desk.opened_at, desk.active_seconds, desk.suggesting, desk.exhausted) == (T0, 0.0, 0, False)
    assert (desk.sessions, desk.leases, desk.handed, desk.suggestions) == ((), (), (), ())
    assert desk.status_written_at == float("-inf")


class TestCalls:
    def test_a_waiting_runner_has_free_slots_until_it_is_answered(self, book):
        runner = Runner(book, slots=2)
        call = runner.ask(free=2)
        assert session(book).free == 2
        runner.answer(call)
        assert session(book).free == 0

    def test_a_grant_to_the_last_free_slot_answers_at_once(self, book):
        runner = Runner(book)
        call = runner.ask()
        book.grant("r1", an_assignment(), None, T0)
        assert runner.ready
        assert runner.answer(call) == ["a1"]

    def test_grants_to_several_slots_go_out_together(self, book):
        runner = Runner(book, slots=3)
        call = runner.ask(free=3)
        book.grant("r1", an_assignment("a1"), None, T0)
        book.grant("r1", an_assignment("a2"), None, T0)
        assert not runner.ready
        assert session(book).free == 1
        book.flush()
        assert runner.ready
        assert runner.answer(call) == ["a1", "a2"]

    def test_flushing_leaves_a_call_open_that_was_given_nothing(self, book):
        runner = Runner(book)
        runner.ask()
        book.flush()
        assert not runner.ready

    def test_a_repeated_call_replaces_the_open_one_and_takes_over_what_was_given_to_it(self, book):
        first, second = Runner(book, slots=2), Runner(book, slots=2)
        old = first.ask(free=2)
        book.grant("r1", an_assignment(), None, T0)
        new = second.ask(free=2)
        assert first.ready
        assert first.answer(old) == []
        assert session(book).free == 1
        assert second.answer(new) == ["a1"]

    def test_closing_a_replaced_call_leaves_the_new_one_open(self, book):
        runner = Runner(book)
        old = runner.ask()
        runner.ask()
        runner.answer(old)
        assert session(book).free == 1

    def test_a_grant_without_an_open_call_lies_in_the_next_answer(self, book):
        runner = Runner(book)
        runner.answer(runner.ask())
        book.grant("r1", an_assignment(), None, T0)
        call = runner.ask()
        assert runner.ready
        assert runner.answer(call) == ["a1"]

    def test_a_lost_answer_is_given_again_under_the_same_id(self, book):
        runner = Runner(book)
        call = runner.ask()
        book.grant("r1", an_assignment(), None, T0)
        runner.answer(call)
        again = runner.ask(T0 + 1)
        assert runner.ready
        assert runner.answer(again) == ["a1"]
        assert len(book.view(T0).leases) == 1

    def test_an_answer_that_arrived_is_not_given_again(self, book):
        runner = Runner(book, slots=2)
        call = runner.ask(free=2)
        book.grant("r1", an_assignment(), None, T0)
        runner.answer(call)
        again = runner.ask(T0 + 1, free=1, holding=[a_progress("a1")])
        assert not runner.ready
        assert runner.answer(again) == []

    def test_what_a_runner_has_held_once_is_not_given_again_when_it_stops_holding_it(self, book):
        runner = Runner(book)
        book.heartbeat("r1", (a_progress("a1"),), T0)
        call = runner.ask()
        assert runner.answer(call) == []
        assert [lease.id for lease in book.view(T0).leases] == ["a1"]

    def test_idle_counts_from_the_end_of_the_last_work(self, book):
        runner = Runner(book)
        runner.ask()
        assert session(book).idle_since == T0
        book.grant("r1", an_assignment(), None, T0 + 5)
        assert session(book).idle_since is None
        book.hand_in("r1", a_result(), T0 + 9)
        runner.ask(T0 + 10)
        runner.ask(T0 + 20)
        assert session(book).idle_since == T0 + 9


class TestLeases:
    def test_a_lease_lives_by_what_its_runner_says(self, book):
        Runner(book).ask()
        book.grant("r1", an_assignment(), None, T0)
        Runner(book).ask(T0 + 10)
        assert book.view(T0 + 10).leases[0].last_heard == T0
        book.heartbeat("r1", (a_progress("a1", folds=1),), T0 + 12)
        (lease,) = book.view(T0 + 12).leases
        assert (lease.granted_at, lease.last_heard, len(lease.progress.folds)) == (T0, T0 + 12, 1)
        assert lease.assignment == an_assignment()

    def test_an_unknown_assignment_is_adopted_with_its_progress(self, book):
        assert book.heartbeat("r1", (a_progress("old", folds=2).replace(seconds=7.0),), T0)
        (lease,) = book.view(T0).leases
        assert (lease.id, lease.runner, lease.assignment) == ("old", "r1", None)
        assert len(lease.progress.folds) == 2
        assert lease.granted_at == T0 - 7

    def test_a_heartbeat_is_news_only_when_a_fold_has_ended(self, book):
        book.heartbeat("r1", (a_progress("old", folds=1),), T0)
        assert not book.heartbeat("r1", (a_progress("old", folds=1),), T0 + 10)
        assert book.heartbeat("r1", (a_progress("old", folds=2),), T0 + 20)

    def test_what_another_runner_holds_is_passed_over(self, book):
        book.heartbeat("r1", (a_progress("old"),), T0)
        assert not book.heartbeat("r2", (a_progress("old", folds=3),), T0 + 1)
        (lease,) = book.view(T0).leases
        assert (lease.runner, lease.last_heard, lease.progress.folds) == ("r1", T0, ())

    def test_a_runner_cannot_fill_the_memory_with_inventions(self, book):
        for part in range(3):
            book.heartbeat("r1", tuple(a_progress(f"{part}-{number}") for number in range(1024)), T0)
        assert len(book.view(T0).leases) == 1024

    def test_a_dropped_lease_is_adopted_when_its_runner_comes_back(self, book):
        book.heartbeat("r1", (a_progress("a1"),), T0)
        book.drop_lease("a1")
        assert book.view(T0).leases == ()
        assert book.heartbeat("r1", (a_progress("a1"),), T0 + 60)
        assert [lease.id for lease in book.view(T0).leases] == ["a1"]


class TestResults:
    def test_a_result_ends_its_lease_and_waits_with_its_assignment(self, book):
        Runner(book).ask()
        book.grant("r1", an_assignment(), None, T0)
        assert book.hand_in("r1", a_result(), T0 + 3)
        desk = book.view(T0 + 3)
        assert desk.leases == ()
        (handed,) = desk.handed
        assert (handed.result, handed.runner, handed.at, handed.assignment) == (
            a_result(),
            "r1",
            T0 + 3,
            an_assignment(),
        )

    def test_the_same_result_again_changes_nothing(self, book):
        book.hand_in("r1", a_result(), T0)
        assert not book.hand_in("r1", a_result(outcome="failed"), T0 + 1)
        assert [handed.result.outcome for handed in book.view(T0).handed] == ["succeeded"]

    def test_a_dropped_result_does_not_come_back(self, book):
        book.hand_in("r1", a_result(), T0)
        book.drop_result("a1")
        assert not book.hand_in("r1", a_result(), T0 + 1)
        assert book.view(T0).handed == ()

    def test_a_late_heartbeat_does_not_bring_a_finished_assignment_back(self, book):
        book.hand_in("r1", a_result(), T0)
        assert not book.heartbeat("r1", (a_progress("a1"),), T0 + 1)
        assert book.view(T0).leases == ()

    def test_the_result_of_a_lease_that_we_do_not_know_is_taken(self, book):
        assert book.hand_in("r1", a_result("old"), T0)
        assert book.view(T0).handed[0].assignment is None

    def test_a_result_for_anothers_lease_is_refused_and_changes_nothing(self, book):
        Runner(book).ask()
        book.grant("r1", an_assignment(), None, T0)
        with pytest.raises(HeldByAnother, match="a1"):
            book.hand_in("r2", a_result(), T0)
        assert book.view(T0).handed == ()
        assert len(book.view(T0).leases) == 1


class TestCancel:
    def test_an_open_call_is_answered_at_once_with_the_cancellation(self, book):
        runner = Runner(book, slots=2)
        call = runner.ask(holding=[a_progress("a1")])
        book.cancel("a1")
        assert runner.ready
        assert book.answer("r1", call).cancel == ("a1",)
        assert book.view(T0).leases[0].cancelled

    def test_the_next_call_waits_again_so_that_a_dying_child_is_no_busy_loop(self, book):
        runner = Runner(book, slots=2)
        book.answer("r1", runner.ask(holding=[a_progress("a1")]))
        book.cancel("a1")
        runner.ask(holding=[a_progress("a1")])
        assert not runner.ready
        assert book.cancelled("r1") == ("a1",)

    def test_cancelling_twice_wakes_once(self, book):
        runner = Runner(book, slots=2)
        runner.ask(holding=[a_progress("a1")])
        book.cancel("a1")
        book.cancel("a1")
        assert runner.ready == 1

    def test_the_cancelled_result_ends_it(self, book):
        book.heartbeat("r1", (a_progress("a1"),), T0)
        book.cancel("a1")
        book.hand_in("r1", a_result(outcome="cancelled"), T0)
        assert book.cancelled("r1") == ()

    def test_what_was_cancelled_before_it_arrived_is_forgotten_not_delivered(self, book):
        runner = Runner(book)
        runner.answer(runner.ask())
        book.grant("r1", an_assignment(), None, T0)
        book.cancel("a1")
        call = runner.ask()
        assert runner.answer(call) == []
        assert book.view(T0).leases == ()

    def test_cancelling_what_nobody_holds_is_fine(self, book):
        book.cancel("unknown")
        assert book.view(T0).leases == ()


class TestDismissal:
    def test_a_waiting_runner_is_sent_away_at_once(self, book):
        runner = Runner(book)
        call = runner.ask()
        book.dismiss("r1")
        assert runner.ready
        assert session(book).free == 0
        assert book.answer("r1", call).leave

    def test_one_that_did_not_hear_it_hears_it_again(self, book):
        runner = Runner(book)
        book.answer("r1", runner.ask())
        book.dismiss("r1")
        call = runner.ask()
        assert runner.ready
        assert session(book).free == 0
        assert book.answer("r1", call).leave

    def test_an_ended_runner_is_forgotten_but_its_leases_stay_for_the_decision(self, book):
        runner = Runner(book)
        runner.ask()
        book.grant("r1", an_assignment(), None, T0)
        book.attend(0.0, counting=True, ended=["r1"], now=T0 + 1)
        desk = book.view(T0 + 1)
        assert desk.sessions == ()
        assert len(desk.leases) == 1

    def test_a_runner_that_fell_silent_is_forgotten_after_a_while(self, book):
        Runner(book).ask()
        book.attend(0.0, counting=True, ended=[], now=T0 + 299)
        assert book.view(T0 + 299).sessions
        book.attend(0.0, counting=True, ended=[], now=T0 + 301)
        assert book.view(T0 + 301).sessions == ()


class TestActiveSeconds:
    def test_nothing_counts_before_the_first_lease(self, book):
        Runner(book).ask()
        assert book.view(T0 + 20).active_seconds == 0.0

    def test_time_counts_from_the_first_lease_also_between_assignments(self, book):
        Runner(book).ask()
        book.grant("r1", an_assignment(), None, T0 + 5)
        book.hand_in("r1", a_result(), T0 + 10)
        Runner(book).ask(T0 + 10)
        assert book.view(T0 + 20).active_seconds == pytest.approx(15)

    def test_it_starts_from_the_stored_figure_which_is_read_once(self, book):
        book.attend(100.0, counting=True, ended=[], now=T0)
        Runner(book).ask()
        book.grant("r1", an_assignment(), None, T0)
        book.attend(110.0, counting=True, ended=[], now=T0 + 10)
        assert book.view(T0 + 10).active_seconds == pytest.approx(110)

    def test_it_stops_when_the_last_runner_was_not_heard_for_a_leases_lifetime(self, book):
        book.heartbeat("r1", (a_progress("a1"),), T0)
        assert book.view(T0 + 500).active_seconds == pytest.approx(30)

    def test_it_stops_when_the_last_runner_has_ended(self, book):
        Runner(book).ask()
        book.grant("r1", an_assignment(), None, T0)
        book.attend(0.0, counting=True, ended=["r1"], now=T0 + 4)
        assert book.view(T0 + 30).active_seconds == pytest.approx(4)

    def test_it_goes_on_while_another_runner_works(self, book):
        for uid in ("r1", "r2"):
            Runner(book, uid).ask()
            book.grant(uid, an_assignment(uid), None, T0)
        book.heartbeat("r2", (a_progress("r2"),), T0 + 4)
        book.attend(0.0, counting=True, ended=["r1"], now=T0 + 4)
        assert book.view(T0 + 20).active_seconds == pytest.approx(20)

    def test_it_stands_still_while_suspended(self, book):
        Runner(book).ask()
        book.grant("r1", an_assignment(), None, T0)
        book.attend(0.0, counting=False, ended=[], now=T0 + 2)
        book.heartbeat("r1", (a_progress("a1"),), T0 + 8)
        book.attend(0.0, counting=True, ended=[], now=T0 + 10)
        assert book.view(T0 + 11).active_seconds == pytest.approx(3)

    def test_a_clock_that_is_set_back_takes_nothing_away(self, book):
        book.heartbeat("r1", (a_progress("a1"),), T0)
        before = book.view(T0 + 10).active_seconds
        assert book.view(T0 - 1000).active_seconds == before


class TestSuggestions:
    def test_they_wait_by_index_until_used(self, book):
        era = book.suggestions_asked(2)
        assert book.view(T0).suggesting == 2
        book.suggested(era, 2, SuggestAnswer(suggestions=(a_suggestion(1), a_suggestion(0))))
        assert [suggestion.index for suggestion in book.view(T0).suggestions] == [0, 1]
        assert book.view(T0).suggesting == 0
        book.grant("r1", an_assignment(), 0, T0)
        assert [suggestion.index for suggestion in book.view(T0).suggestions] == [1]

    def test_dropped_ones_do_not_come_back_with_a_late_answer(self, book):
        era = book.suggestions_asked(1)
        book.drop_suggestions()
        book.suggested(era, 1, SuggestAnswer(suggestions=(a_suggestion(0),), exhausted=True))
        desk = book.view(T0)
        assert (desk.suggestions, desk.suggesting, desk.exhausted) == ((), 0, False)

    def test_a_search_with_nothing_left_may_be_asked_again_after_a_result(self, book):
        book.suggested(book.suggestions_asked(1), 1, SuggestAnswer(exhausted=True))
        assert book.view(T0).exhausted
        book.hand_in("r1", a_result(), T0)
        assert not book.view(T0).exhausted


def test_the_status_write_is_remembered(book):
    book.status_written(T0 + 3)
    assert book.view(T0 + 4).status_written_at == T0 + 3
