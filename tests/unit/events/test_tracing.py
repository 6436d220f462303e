"""Spans around events."""

import contextlib

from opentelemetry import trace

from percorso.chassis.testing import recorded_spans
from percorso.events import tracing

PARENT = "00-" + "a" * 32 + "-" + "b" * 16 + "-{}"


def test_a_traceparent_is_read_and_written() -> None:
    context = tracing.span_context(PARENT.format("01"))

    assert tracing.traceparent(trace.NonRecordingSpan(context)) == PARENT.format("01")
    assert tracing.trace_id(PARENT.format("00")) == "a" * 32


def test_what_is_no_traceparent_has_no_trace() -> None:
    for text in (None, "", "garbage", "00-" + "0" * 32 + "-" + "b" * 16 + "-01"):
        assert tracing.trace_id(text) is None


def test_each_distinct_sampled_parent_has_a_process_span_with_a_commit() -> None:
    parents = [PARENT.format("01"), PARENT.format("01"), PARENT.format("00"), None, "garbage"]

    with recorded_spans() as spans:
        with tracing.processing("topic", parents, 5) as processes, tracing.committing(processes):
            pass
        finished = {span.name: span for span in spans.get_finished_spans()}

    assert set(finished) == {"receive topic", "process topic", "commit"}
    process, commit = finished["process topic"], finished["commit"]
    assert process.parent
    assert commit.parent
    assert process.parent.span_id == int("b" * 16, 16)
    assert commit.parent.span_id == process.context.span_id
    assert commit.context.trace_id == int("a" * 32, 16)


def test_work_on_an_event_goes_on_under_its_process_span() -> None:
    sampled, other = PARENT.format("01"), PARENT.format("00")

    with recorded_spans(), tracing.processing("topic", [sampled, other], 2) as processes:
        inside = [tracing.continued(parent) for parent in (sampled, other, None)]

    assert inside == [tracing.traceparent(processes[0]), other, None]
    assert tracing.continued(sampled) == sampled


def test_work_that_was_put_off_is_resumed_in_the_trace_of_its_event() -> None:
    sampled, other = PARENT.format("01"), PARENT.format("00")

    with recorded_spans() as spans:
        with tracing.resuming("decide", [sampled, sampled, other, None]) as resumed:
            goes_on = tracing.continued(sampled)
        (decide,) = spans.get_finished_spans()

    assert (decide.name, goes_on) == ("decide", tracing.traceparent(resumed[0]))
    assert decide.parent
    assert decide.parent.span_id == int("b" * 16, 16)


def test_a_batch_never_opens_more_spans_than_its_bound() -> None:
    parents = [f"00-{number:032x}-{'b' * 16}-03" for number in range(1, 200)]

    with recorded_spans() as spans, tracing.processing("topic", parents, 199) as processes:
        pass

    assert len(processes) == tracing.MAX_PARENTS
    assert len(spans.get_finished_spans()) == tracing.MAX_PARENTS + 1


def test_a_failed_batch_tells_its_error_by_type_alone() -> None:
    with recorded_spans() as spans:
        with (
            contextlib.suppress(ValueError),
            tracing.processing("topic", [PARENT.format("01")], 1) as processes,
            tracing.committing(processes),
        ):
            raise ValueError("RSSMRA85T10A562S")
        finished = spans.get_finished_spans()

    assert {span.status.description for span in finished} == {"ValueError"}
    assert all("RSSMRA85T10A562S" not in span.to_json() for span in finished)
