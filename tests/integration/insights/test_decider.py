"""Decisions and suggestions in a real database."""

from datetime import timedelta

import pytest
from asyncpg import InsufficientPrivilegeError
from msgspec import structs
from opentelemetry.trace import NonRecordingSpan

from percorso.chassis.testing import recorded_spans
from percorso.events import tracing
from percorso.events.ids import event_key
from percorso.events.types.own import SuggestionMade
from percorso.insights.decisions import decider as deciders
from percorso.insights.decisions import records
from percorso.insights.decisions.outcome import Gate
from percorso.insights.decisions.recomputing import Outcome, recompute
from percorso.insights.rules import Ruleset, judge
from tests.support import insights
from tests.support.databases import Database
from tests.support.decisions import (
    APPLIED,
    FREE,
    a_birth,
    a_consent,
    a_notice,
    an_event,
)
from tests.support.events import SOURCE, a_subject, a_withdrawal
from tests.support.insights import Insights, a_link
from tests.support.rules import edited

BIRTH = event_key(SOURCE, "birth")
PEDIATRICIAN = (a_subject(), "scelta-pediatra", BIRTH)


async def test_a_birth_becomes_one_suggestion_with_its_reasons(system: Insights) -> None:
    await system.learn(a_consent())
    await system.take(a_birth())
    await system.decide()

    (event,) = await system.published()
    said = SuggestionMade.model_validate_json(event.touchpoint)
    assert (said.service, said.via, said.channel) == ("scelta-pediatra", "email", "05")
    assert said.reasons.it[0].startswith("È stata registrata la nascita")
    assert (event.subject, event.id) == (a_subject(), f"{said.suggestion}/made")
    assert await system.open() == {PEDIATRICIAN}
    assert await system.waiting() == 0
    assert (
        await system.value("SELECT count FROM metric_minutes WHERE metric = 'suggestions-made'")
        == 1
    )


async def test_who_gave_no_consent_gets_nothing_and_the_decision_says_why(
    system: Insights,
) -> None:
    await system.take(a_birth())
    await system.decide()

    assert await system.published() == []
    (outcome,) = await system.rows("SELECT outcome FROM decisions")
    assert records.read_outcome(outcome[0]).reason is Gate.NO_CONSENT


async def test_what_comes_again_is_decided_about_no_more(system: Insights) -> None:
    await system.learn(a_consent())
    await system.take(a_birth())
    await system.decide()
    await system.take(a_birth())
    await system.decide()

    assert await system.value("SELECT count(*) FROM decisions") == 1
    assert len(await system.published()) == 1


async def test_an_import_of_2015_marks_nobody(system: Insights) -> None:
    await system.learn(a_consent())
    ago = 11 * 365
    await system.take(
        a_birth(days_ago=ago), a_notice(days_ago=ago), an_event(APPLIED, days_ago=ago)
    )

    assert await system.value("SELECT count(*) FROM to_decide") == 0


async def test_percorsos_own_events_mark_nobody(system: Insights) -> None:
    own = structs.replace(
        a_birth(), type="eu.percorso.suggestion.made.v1", agency="percorso", id="own"
    )

    await system.take(own)

    assert await system.value("SELECT count(*) FROM to_decide") == 0


async def test_a_consent_that_comes_after_the_event_is_enough(system: Insights) -> None:
    await system.take(a_birth())
    await system.decide()
    await system.learn(a_consent())
    await system.decide()

    assert await system.open() == {PEDIATRICIAN}


async def test_a_consent_of_a_linked_subject_is_the_citizens(system: Insights) -> None:
    await system.take(a_birth())
    await system.learn(a_consent(subject=a_subject(2)))
    await system.decide()
    assert await system.open() == set()

    await system.learn(a_link(a_subject(), a_subject(2)))
    await system.decide()

    assert await system.open() == {PEDIATRICIAN}


async def test_withdrawn_consent_hides_and_given_again_shows_the_same_suggestion(
    system: Insights,
) -> None:
    await system.learn(a_consent())
    await system.take(a_birth())
    await system.decide()

    await system.learn(a_consent(given=False, version=2))
    await system.decide()
    assert await system.open() == set()

    await system.learn(a_consent(version=3))
    await system.decide()
    assert await system.open() == {PEDIATRICIAN}
    assert len(await system.published()) == 1


async def test_a_withdrawn_event_takes_its_suggestion_with_it(system: Insights) -> None:
    await system.learn(a_consent())
    await system.take(a_birth())
    await system.decide()
    await system.take(a_withdrawal("w", "birth"))
    await system.decide()

    assert await system.open() == set()


async def test_a_link_undone_takes_back_what_rested_on_it(system: Insights) -> None:
    link = a_link(a_subject(), a_subject(2))
    await system.learn(a_consent(subject=a_subject(2)), link)
    await system.take(a_birth())
    await system.decide()
    assert await system.open() == {PEDIATRICIAN}

    await system.learn(structs.replace(link, version=2, is_live=False))
    await system.decide()
    assert await system.open() == set()

    await system.learn(a_link(a_subject(), a_subject(2)))
    await system.decide()
    assert await system.open() == {PEDIATRICIAN}
    assert len(await system.published()) == 1


async def test_what_was_applied_for_meanwhile_is_withdrawn(system: Insights) -> None:
    await system.learn(a_consent())
    await system.take(a_birth())
    await system.decide()
    await system.take(an_event(APPLIED, "a", form="scelta-pediatra", days_ago=0.1))
    await system.decide()

    assert PEDIATRICIAN not in await system.open()


async def test_a_payment_after_the_rules_window_still_ends_the_duty(system: Insights) -> None:
    await system.take(a_notice(due_in=60))
    await system.decide()
    assert len(await system.open()) == 1

    system.clock.advance(timedelta(days=45).total_seconds())
    await system.take(an_event("payment.made", "p", notice="notice", amount_cents=1, days_ago=-44))
    await system.decide()

    assert await system.open() == set()


async def test_a_payment_after_years_still_ends_the_duty(system: Insights) -> None:
    await system.take(a_notice(due_in=900))
    await system.decide()
    assert len(await system.open()) == 1

    system.clock.advance(timedelta(days=800).total_seconds())
    await system.take(an_event("payment.made", "p", notice="notice", amount_cents=1, days_ago=-799))
    await system.decide()

    assert await system.open() == set()


async def test_the_next_best_comes_when_the_week_is_over(system: Insights) -> None:
    await system.learn(a_consent())
    await system.take(a_birth())
    await system.decide()

    system.clock.advance(timedelta(days=7).total_seconds())
    await system.decide()

    assert len(await system.open()) == 2


async def test_while_the_copies_may_be_old_nothing_is_decided(system: Insights) -> None:
    await system.learn(a_consent())
    await system.take(a_birth())
    system.clock.advance(deciders.MAX_AGE_S + 1)

    assert not await system.decider.decide_some()
    assert system.decider.state == deciders.STALE
    assert await system.waiting() == 1

    await system.decide()
    assert (system.decider.state, len(await system.open())) == (deciders.RUNS, 1)


async def test_while_a_partition_was_never_read_nothing_is_decided(system: Insights) -> None:
    await system.take(a_notice())
    async with system.pool.acquire() as connection:
        await connection.execute("UPDATE consumer_offsets SET topic = 'other' WHERE partition = 3")

    assert not await system.decider.decide_some()
    assert system.decider.state == deciders.STALE


async def test_a_new_set_of_rules_looks_again_at_the_events_of_late(system: Insights) -> None:
    await system.learn(a_consent())
    await system.take(a_birth(), a_birth("old", subject=a_subject(2), days_ago=29.9))
    await system.decide()
    before = await system.value("SELECT count(*) FROM decisions")

    system.live[0] = _changed()
    system.clock.advance(1)
    await system.decide()
    system.clock.advance(6)
    await system.decide()

    assert await system.value("SELECT count(*) FROM decisions") == before + 2
    assert await system.value("SELECT count(*) FROM rulesets") == 2


async def test_a_new_set_of_rules_looks_again_although_somebody_is_always_waiting(
    system: Insights,
) -> None:
    await system.learn(a_consent())
    await system.take(a_birth())
    await system.decide()

    system.live[0] = _changed()
    system.clock.advance(1)
    await system.decider.decide_some()
    system.clock.advance(6)
    await system.freshen()
    for _ in range(10):  # the birth was received a day ago
        await system.mark([a_subject(2)])
        await system.decider.decide_some()

    statement = "SELECT count(*) FROM decisions WHERE subject = $1 AND ruleset = $2"
    assert await system.value(statement, a_subject(), system.live[0].version) == 1


def _changed() -> Ruleset:
    def worth_less(service: dict[str, object]) -> dict[str, object]:
        return service | {"benefit": 1}

    judged = judge(edited({"services/scelta-pediatra.json": worth_less}))
    assert isinstance(judged, Ruleset)
    return judged


async def test_a_set_of_rules_that_stays_is_looked_at_once(system: Insights) -> None:
    await system.take(a_birth())
    await system.decide()
    system.clock.advance(6)
    await system.decide()
    again = insights.assembled(system.pool, system.clock, system.live, FREE)
    await again.decide()
    system.clock.advance(6)
    await again.decide()

    assert await system.value("SELECT count(*) FROM decisions") == 2


async def test_ten_thousand_decisions_are_made_again_bit_for_bit(system: Insights) -> None:
    subjects = [a_subject(number) for number in range(100)]
    await system.learn(*(a_consent(subject=subject) for subject in subjects[::2]))
    await system.learn(*(a_link(*subjects[n : n + 2]) for n in range(0, 100, 4)))
    for subject in subjects:
        await system.take(
            a_birth(f"b{subject}", subject=subject), a_notice(f"n{subject}", subject=subject)
        )
    for _ in range(134):  # of 75 citizens
        await system.mark(subjects)
        await system.decide()
    await system.take(a_withdrawal("w", f"b{subjects[0]}", subject=subjects[0]))

    outcome = await recompute(system.pool, 10_000)

    assert outcome == Outcome(made_again=10_000)


async def test_the_service_itself_can_neither_change_nor_remove_a_decision(
    system: Insights,
) -> None:
    await system.take(a_notice())
    await system.decide()

    for statement in ("UPDATE decisions SET outcome = '{}'", "DELETE FROM decisions"):
        with pytest.raises(InsufficientPrivilegeError):
            await system.value(statement)
    assert await recompute(system.pool, 10) == Outcome(made_again=1)


@pytest.mark.parametrize(
    ("statement", "outcome"),
    [
        (
            "UPDATE decisions SET outcome = replace(outcome, 'email', 'inbox')",
            Outcome(1, different=1),
        ),
        ("UPDATE decisions SET facts_hash = sha256('')", Outcome(1, different=1)),
        ("UPDATE facts SET members = '{}'", Outcome(1, different=1)),
        ("DELETE FROM facts", Outcome(1, incomplete=1)),
        ("DELETE FROM rulesets", Outcome(1, incomplete=1)),
    ],
)
async def test_a_decision_that_was_tampered_with_is_noticed(
    system: Insights, insights_database: Database, statement: str, outcome: Outcome
) -> None:
    await system.take(a_notice())
    await system.decide()

    async with insights_database.administrator() as connection:
        assert (await connection.execute(statement)).endswith(" 1")

    assert await recompute(system.pool, 10) == outcome


async def test_a_suggestion_goes_on_in_the_trace_of_its_event(system: Insights) -> None:
    await system.learn(a_consent())
    sent = [f"00-{letter * 32}-{letter * 16}-01" for letter in "ab"]
    with recorded_spans() as spans:
        await system.take(a_notice(traceparent=sent[0]), a_birth(traceparent=sent[1]))
        await system.decide()
        finished = {(s.name, s.context.trace_id): s for s in spans.get_finished_spans()}

    said = {event.traceparent: event for event in await system.published()}
    services = [SuggestionMade.model_validate_json(e.touchpoint).service for e in said.values()]
    assert services == ["pagamento-avviso", "scelta-pediatra"]
    for traceparent, letter in zip(said, "ab", strict=True):
        trace_id = int(letter * 32, 16)
        process = finished["process percorso.touchpoints.v1", trace_id]
        decide = finished["decide", trace_id]
        assert decide.parent
        assert decide.parent.span_id == process.context.span_id
        assert traceparent == tracing.traceparent(NonRecordingSpan(decide.context))


async def test_no_span_holds_anything_of_a_citizen(system: Insights) -> None:
    await system.learn(a_consent())
    with recorded_spans() as spans:
        await system.take(
            a_birth(traceparent=f"00-{'a' * 32}-{'b' * 16}-01", text="la mia diagnosi")
        )
        await system.decide()
        told = "".join(span.to_json() for span in spans.get_finished_spans())

    assert str(a_subject()) not in told
    assert "scelta-pediatra" not in told
    assert "diagnosi" not in told
