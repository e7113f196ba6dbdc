"""What follows from an answer: a list of households gets no hole that nobody asked for."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from adapters.webhooks.judging import (
    BACKOFF_SECONDS_MAX,
    REFUSED_IN_A_ROW_MAX,
    RETRY_AFTER_SECONDS_MAX,
    TRIES_MAX,
    Accepted,
    Dead,
    Later,
    Paused,
    judge,
)
from adapters.webhooks.posting import Answered, NotReached

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
AWAY = NotReached("hooks.example: Connection refused")


def judged(came, tries=0, refused_in_a_row=0, chance=1.0):
    return judge(came, tries, refused_in_a_row, NOW, chance)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_what_http_calls_success_is_accepted(status):
    assert judged(Answered(status)) == Accepted()


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_message_that_itself_is_refused_goes_on_the_dead_letter_list(status):
    assert judged(Answered(status)) == Dead(f"The receiver refused it, with status {status}.")


@pytest.mark.parametrize("status", [301, 302, 307, 401, 403, 404, 405, 408, 409, 415, 425, 429, 500, 502, 503, 504])
def test_whatever_else_is_answered_is_tried_again_and_skips_nothing(status):
    verdict = judged(Answered(status))
    assert isinstance(verdict, Later)
    assert f"status {status}" in verdict.why


def test_a_redirect_is_not_followed_and_said_to_be_one():
    assert "a redirect, which is not followed" in judged(Answered(302)).why


def test_a_receiver_that_is_gone_pauses_the_webhook_at_once():
    assert judged(Answered(410)) == Paused("The receiver answers 410: it is gone for good.")


def test_a_receiver_that_refuses_one_message_after_another_is_paused_before_the_list_is_full_of_holes():
    assert isinstance(judged(Answered(400), refused_in_a_row=REFUSED_IN_A_ROW_MAX - 2), Dead)
    paused = judged(Answered(400), refused_in_a_row=REFUSED_IN_A_ROW_MAX - 1)
    assert paused == Paused("The receiver has refused 3 messages in a row, last with status 400.")


def test_each_wait_is_twice_the_last_one_up_to_a_limit():
    waits = [judged(AWAY, tries).seconds for tries in range(14)]
    assert waits[:11] == [2.0 * 2**tries for tries in range(11)]
    assert waits[11:] == [BACKOFF_SECONDS_MAX] * 3


def test_chance_takes_up_to_half_of_a_wait():
    assert [judged(AWAY, 3, chance=chance).seconds for chance in (0.0, 0.5, 1.0)] == [8.0, 12.0, 16.0]


def test_after_the_last_try_the_webhook_is_paused():
    assert isinstance(judged(AWAY, TRIES_MAX - 2), Later)
    assert judged(AWAY, TRIES_MAX - 1) == Paused(f"{AWAY.why}; that was try 40, the last one.")


def test_all_tries_together_give_a_receiver_a_day():
    waited = sum(judged(AWAY, tries, chance=0.0).seconds for tries in range(TRIES_MAX - 1))
    assert timedelta(seconds=waited) > timedelta(hours=14)
    waited = sum(judged(AWAY, tries).seconds for tries in range(TRIES_MAX - 1))
    assert timedelta(hours=24) < timedelta(seconds=waited) < timedelta(hours=48)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("text", ["600", format_datetime(NOW + timedelta(seconds=600), usegmt=True)])
def test_a_receiver_that_asks_for_time_is_given_it(status, text):
    assert judged(Answered(status, text)).seconds == 600.0


@pytest.mark.parametrize("text", ["99999999", "9" * 5_000, format_datetime(NOW + timedelta(days=900), usegmt=True)])
def test_no_more_time_is_given_than_the_limit(text):
    assert judged(Answered(503, text)).seconds == RETRY_AFTER_SECONDS_MAX


FAR_OFF = [f"Mon, 01 Jan {'9' * 20} 00:00:00 GMT", f"Mon, 01 Jan 2026 00:00:00 +{'9' * 20}"]


@pytest.mark.parametrize(
    "text", ["soon", "-5", "", "0", format_datetime(NOW - timedelta(days=1), usegmt=True), *FAR_OFF]
)
def test_asking_for_no_time_or_in_no_known_form_changes_nothing(text):
    assert judged(Answered(503, text)).seconds == 2.0


def test_who_does_not_say_that_it_is_busy_is_not_asked_how_long():
    assert judged(Answered(500, "600")).seconds == 2.0
