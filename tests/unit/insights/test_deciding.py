"""What is proposed to a citizen, what is left out, and why."""

from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from percorso.events.ids import event_key
from percorso.insights.decisions import records
from percorso.insights.decisions.deciding import decide
from percorso.insights.decisions.inputs import Policy, facts_hash
from percorso.insights.decisions.outcome import Gate
from percorso.insights.decisions.priority import Priority
from percorso.insights.facts.rows import Fact
from percorso.insights.rules.days import ITALY
from percorso.insights.suggestions.states import State
from tests.support.decisions import (
    APPLIED,
    FREE,
    NOTICE,
    NOW,
    Case,
    a_birth,
    a_consent,
    a_notice,
    a_suggestion,
    an_event,
    facts,
    gates,
    services,
)
from tests.support.events import SOURCE, a_subject
from tests.support.rules import shipped

BIRTH = event_key(SOURCE, "birth")
OF_A_BIRTH = {
    "assegno-unico", "bonus-nuovi-nati", "carta-famiglia", "congedo-parentale",
    "iscrizione-asilo-nido", "isee", "scelta-pediatra",
}  # fmt: skip


def test_the_best_of_what_a_birth_entitles_to_is_proposed_and_the_rest_is_on_record() -> None:
    decision = Case([a_birth()]).decide()

    (proposal,) = decision.proposed
    assert (proposal.service, proposal.via) == ("scelta-pediatra", "email")
    assert proposal.send_from == NOW
    assert proposal.expires_at == a_birth().time + timedelta(days=30)
    assert proposal.priority.product == 2 * 5 * 5 * 3 * 5
    outranked = {each.service for each in decision.left_out if each.gate is Gate.OUTRANKED}
    assert outranked | {"scelta-pediatra"} <= OF_A_BIRTH
    assert all(each.priority for each in decision.left_out if each.gate is Gate.OUTRANKED)
    assert decision.again_at == NOW + timedelta(days=7)


def test_nothing_happened_is_a_decision_too() -> None:
    decision = Case([an_event("page.viewed")]).decide()

    assert (decision.proposed, decision.reason) == ((), Gate.NOTHING_HAPPENED)


def test_whom_the_law_does_not_entitle_is_told_nothing() -> None:
    applied = an_event(APPLIED, form="scelta-pediatra", service="scelta-pediatra", days_ago=0.5)

    decision = Case([a_birth(), applied], policy=FREE).decide()

    assert gates(decision)["scelta-pediatra"] == "not-eligible"
    assert "scelta-pediatra" not in services(decision)


def test_what_nobody_knows_is_named() -> None:
    decision = Case([a_birth(born_on=None)]).decide()

    missing = {each.service: each.missing for each in decision.left_out if each.missing}
    assert missing["assegno-unico"] == ("child.born-on",)


def test_without_consent_nothing_is_proposed() -> None:
    decision = Case([a_birth()], consents=[]).decide()

    assert (decision.proposed, decision.reason) == ((), Gate.NO_CONSENT)


@pytest.mark.parametrize(
    ("consents", "via"),
    [
        ([a_consent("inbox")], "inbox"),
        ([a_consent("email")], "email"),
        ([a_consent("any"), a_consent("email", given=False)], "inbox"),
        ([a_consent("any", given=False), a_consent("inbox")], "inbox"),
    ],
)
def test_the_channel_is_the_best_that_is_allowed(consents: list[object], via: str) -> None:
    decision = Case([a_birth()], consents=consents).decide()  # type: ignore[arg-type]

    assert [each.via for each in decision.proposed] == [via]


def test_a_consent_that_any_of_the_citizens_subjects_withdrew_last_holds_no_more() -> None:
    withdrawn = a_consent(given=False, subject=a_subject(2), at=NOW - timedelta(days=1))

    decision = Case([a_birth()], consents=[a_consent(), withdrawn]).decide()

    assert decision.reason is Gate.NO_CONSENT


def test_duties_need_no_consent_and_know_no_bounds() -> None:
    none = Policy(max_open=0, per_week=0)

    decision = Case([a_notice("a"), a_notice("b"), a_birth()], consents=[], policy=none).decide()

    assert services(decision) == ["pagamento-avviso", "pagamento-avviso"]
    assert {each.purpose for each in decision.proposed} == {"service-notices"}


@pytest.mark.parametrize("due", ["9999-12-31T23:59:59Z", "9999-12-31"])
def test_a_duty_without_a_term_is_told_of_beside_everything_else(due: str) -> None:
    notice = an_event(NOTICE, notice="n", amount_cents=1, due=due)

    decision = Case([notice, a_birth()]).decide()

    assert set(services(decision)) == {"pagamento-avviso", "scelta-pediatra"}
    assert max(each.expires_at for each in decision.proposed).astimezone(ITALY).year == 9999


def test_a_duty_that_was_due_at_the_beginning_of_time_is_none() -> None:
    notice = an_event(NOTICE, notice="n", amount_cents=1, due="0001-01-01T00:00+14:00")

    decision = Case([notice, a_birth()]).decide()

    assert services(decision) == ["scelta-pediatra"]
    assert gates(decision)["pagamento-avviso"] == "not-eligible"


def test_a_duty_stands_until_it_is_due_and_a_suggestion_until_its_rules_window_ends() -> None:
    decision = Case([a_notice(due_in=40), a_birth()]).decide()

    duty, suggestion = sorted(decision.proposed, key=lambda each: each.service)
    assert duty.expires_at == NOW.replace(hour=0) + timedelta(days=41) - timedelta(hours=2)
    assert suggestion.expires_at == a_birth().time + timedelta(days=30)


def test_an_open_complaint_stops_suggestions_and_not_duties() -> None:
    complaint = an_event("complaint.filed", "c", complaint="R/1")

    decision = Case([a_birth(), a_notice(), complaint]).decide()

    assert services(decision) == ["pagamento-avviso"]
    assert gates(decision)["scelta-pediatra"] == "open-complaint"


@pytest.mark.parametrize("answered", ["before", "after"])
def test_a_complaint_that_was_answered_stops_nothing(answered: str) -> None:
    filed = an_event("complaint.filed", "c", complaint="R/1", days_ago=3)
    days_ago = 2 if answered == "after" else 4  # clocks of two systems may differ
    answer = an_event("complaint.answered", "d", complaint="R/1", days_ago=days_ago)

    assert services(Case([a_birth(), filed, answer]).decide()) == ["scelta-pediatra"]


def test_the_answer_to_another_complaint_does_not_count() -> None:
    filed = an_event("complaint.filed", "c", complaint="R/1")
    other = an_event("complaint.answered", "d", complaint="R/2")

    assert Case([a_birth(), filed, other]).decide().reason is Gate.OPEN_COMPLAINT


def test_a_complaint_of_long_ago_counts_as_done() -> None:
    filed = an_event("complaint.filed", "c", complaint="R/1", days_ago=181)

    assert services(Case([a_birth(), filed]).decide()) == ["scelta-pediatra"]


def test_the_same_service_because_of_the_same_event_is_proposed_once_for_ever() -> None:
    dismissed = a_suggestion("scelta-pediatra", BIRTH, state=State.DISMISSED, days_ago=8)

    decision = Case([a_birth()], suggested=[dismissed], policy=FREE).decide()

    assert gates(decision)["scelta-pediatra"] == "made-before"
    assert "scelta-pediatra" not in services(decision)


def test_one_suggestion_a_week() -> None:
    made = a_suggestion("tari", event_key(SOURCE, "x"), state=State.FOLLOWED, days_ago=6)

    decision = Case([a_birth()], suggested=[made]).decide()

    assert (decision.proposed, decision.reason) == ((), Gate.ENOUGH_THIS_WEEK)
    assert decision.again_at == made.made_at + timedelta(days=7)
    later = Case([a_birth()], suggested=[made], now=decision.again_at)
    assert services(later.decide()) == ["scelta-pediatra"]


def test_no_more_than_so_many_are_open() -> None:
    births = [a_birth(str(number), days_ago=9) for number in range(3)]
    open_ones = [a_suggestion("isee", event_key(SOURCE, n.id), days_ago=9) for n in births]

    decision = Case([a_birth(), *births], suggested=open_ones).decide()

    assert decision.reason is Gate.TOO_MANY_OPEN


def test_what_is_withdrawn_takes_no_room() -> None:
    withdrawn = a_suggestion("scelta-pediatra", event_key(SOURCE, "x"), is_withdrawn=True)

    assert services(Case([a_birth()], suggested=[withdrawn]).decide()) == ["scelta-pediatra"]


def test_the_same_service_comes_again_after_a_while() -> None:
    policy = Policy(per_week=1_000, max_open=1_000)
    made = a_suggestion(
        "scelta-pediatra", event_key(SOURCE, "x"), state=State.FOLLOWED, days_ago=89
    )

    decision = Case([a_birth()], suggested=[made], policy=policy).decide()

    (stopped,) = (each for each in decision.left_out if each.gate is Gate.SAME_SERVICE)
    assert (stopped.service, stopped.until) == ("scelta-pediatra", NOW + timedelta(days=1))


def test_twins_are_one_suggestion_of_each_service() -> None:
    policy = Policy(per_week=1_000, max_open=1_000)

    decision = Case([a_birth("one"), a_birth("two")], policy=policy).decide()

    assert len(services(decision)) == len(set(services(decision)))
    assert [e.gate for e in decision.left_out if e.service == "scelta-pediatra"] == [
        Gate.SAME_SERVICE
    ]


def test_what_citizens_did_before_weighs() -> None:
    def acceptance(*states: State) -> int:
        made = [
            a_suggestion("tari", event_key(SOURCE, str(n)), state=state, days_ago=100)
            for n, state in enumerate(states)
        ]
        return Case([a_birth()], suggested=made).decide().proposed[0].priority.acceptance

    assert acceptance() == 3
    assert acceptance(State.FOLLOWED, State.FOLLOWED, State.FOLLOWED) == 5
    assert acceptance(State.DISMISSED, State.OPEN) == 2


def test_the_priority_is_the_product_of_its_parts() -> None:
    assert Priority(2, 3, 4, 5, 1).product == 120


def test_a_suggestion_whose_event_is_gone_is_withdrawn_and_comes_back_with_it() -> None:
    made = a_suggestion("scelta-pediatra", BIRTH)

    gone = Case([], suggested=[made]).decide()
    back = Case([a_birth()], suggested=[structs.replace(made, is_withdrawn=True)]).decide()

    assert (gone.withdrawn, gone.restored) == ((made.id,), ())
    assert (back.withdrawn, back.restored) == ((), (made.id,))


def test_a_suggestion_whose_consent_is_gone_is_withdrawn_and_a_duty_is_not() -> None:
    made = a_suggestion("scelta-pediatra", BIRTH)
    notice = event_key(SOURCE, "notice")
    duty = a_suggestion("pagamento-avviso", notice, purpose="service-notices")

    decision = Case([a_birth(), a_notice()], consents=[], suggested=[made, duty]).decide()

    assert decision.withdrawn == (made.id,)


@pytest.mark.parametrize("state", [State.FOLLOWED, State.DISMISSED])
def test_what_is_closed_is_neither_withdrawn_nor_restored(state: State) -> None:
    made = [
        a_suggestion("scelta-pediatra", BIRTH, state=state, is_withdrawn=w) for w in (False, True)
    ]

    decision = Case([], suggested=made).decide()

    assert (decision.withdrawn, decision.restored) == ((), ())


def test_what_was_paid_is_no_duty_any_more() -> None:
    notice = event_key(SOURCE, "notice")
    duty = a_suggestion("pagamento-avviso", notice, purpose="service-notices")
    paid = an_event("payment.made", "p", notice="notice", amount_cents=4_200, days_ago=0.1)

    assert Case([a_notice(), paid], suggested=[duty]).decide().withdrawn == (duty.id,)


def test_a_duty_outlives_its_rules_window_while_it_is_due_and_not_done() -> None:
    notice = a_notice(days_ago=40, due_in=5)
    key = event_key(SOURCE, "notice")
    until = NOW + timedelta(days=5)
    duty = a_suggestion(
        "pagamento-avviso", key, days_ago=40, purpose="service-notices", expires_at=until
    )
    paid = an_event("payment.made", "p", notice="notice", amount_cents=4_200, days_ago=0.1)

    assert Case([notice], suggested=[duty]).decide().withdrawn == ()
    assert Case([notice, paid], suggested=[duty]).decide().withdrawn == (duty.id,)
    assert Case([notice]).decide().proposed == ()


def test_reasons_are_renewed_when_they_rest_on_other_events() -> None:
    (first,) = Case([a_birth()]).decide().proposed
    same = a_suggestion("scelta-pediatra", BIRTH, rests_on=first.rests_on)
    other = a_suggestion("scelta-pediatra", BIRTH, rests_on=[event_key(SOURCE, "x")])

    assert Case([a_birth()], suggested=[same]).decide().renewed == ()
    (renewed,) = Case([a_birth()], suggested=[other]).decide().renewed
    assert (renewed.suggestion, renewed.rests_on) == (first.suggestion, first.rests_on)
    assert renewed.subjects == (a_subject(),)


def test_a_suggestion_has_one_id_whoever_the_citizen_is_linked_with() -> None:
    alone = Case([a_birth()]).decide()
    linked = Case([a_birth(), an_event("page.viewed", subject=a_subject(2))]).decide()

    assert alone.proposed[0].suggestion == linked.proposed[0].suggestion
    assert linked.proposed[0].subject == a_subject()


def test_an_import_of_2015_proposes_nothing() -> None:
    ago = 11 * 365
    history = [
        a_birth(days_ago=ago),
        a_notice(days_ago=ago),
        an_event("residence.changed", "r", to_area="a", moved_on="2015-05-01", days_ago=ago),
        an_event("employment.ended", "e", on="2015-05-01", days_ago=ago),
    ]

    decision = Case(history, policy=FREE).decide()

    assert (decision.proposed, decision.reason) == ((), Gate.NOTHING_HAPPENED)


@given(st.randoms())
def test_the_order_in_which_inputs_are_read_decides_nothing(chance: Random) -> None:
    events = [a_birth("one"), a_birth("two"), a_notice(), an_event("complaint.filed", "c")]
    consents = [a_consent(), a_consent("email", given=False), a_consent("inbox")]
    suggested = [a_suggestion("tari", event_key(SOURCE, str(n))) for n in range(2)]
    shuffled = Case(
        chance.sample(events, len(events)),
        chance.sample(consents, len(consents)),
        chance.sample(suggested, len(suggested)),
    )

    assert shuffled.inputs() == Case(events, consents, suggested).inputs()


def test_a_decision_is_made_again_bit_for_bit_from_its_record() -> None:
    made = [a_suggestion("tari", BIRTH, is_withdrawn=True), a_suggestion("isee", BIRTH)]
    linked = an_event(APPLIED, subject=a_subject(2), form="isee")
    given_ = Case([a_birth(), a_notice(), linked], suggested=made).inputs()
    decision = decide(given_, shipped()).decision
    record = records.record(BIRTH, given_, decision)

    stored = records.read_inputs(record.inputs)
    by_place = {fact.place: fact for fact in facts([a_birth(), a_notice(), linked])}
    again = stored.with_facts(by_place[place] for place in stored.places)

    assert again == given_
    assert records.record(BIRTH, again, decide(again, shipped()).decision) == record
    assert records.read_outcome(record.outcome) == decision


def test_the_hash_of_facts_knows_every_member_but_the_receipt() -> None:
    (fact,) = facts([a_birth()])

    assert facts_hash([fact]) == facts_hash([fact._replace(received_at=NOW)])
    for name in set(fact._fields) - {
        "received_at",
        "subject",
        "event_key",
        "occurred_at",
        "sequence",
    }:
        changed: Fact = fact._replace(**{name: "other"})  # type: ignore[arg-type] # texts all
        assert facts_hash([fact]) != facts_hash([changed])
