"""What the scenarios expect of an event that was read."""

import json
from collections.abc import Mapping

from behave import step, then
from behave.runner import Context

from percorso.events.ids import instant, rfc3339


@step("{binding} Protocol Binding is supported")
def is_supported(context: Context, binding: str) -> None:
    """Take the scenario on; its other steps show whether it is true."""
    assert binding in {"HTTP", "Kafka"}


@then("the attributes are:")
def has_attributes(context: Context) -> None:
    """Compare all attributes; times as instants, since they have more than one form."""
    assert context.table is not None
    expected = {row["key"]: row["value"] for row in context.table}
    assert _comparable(context.attributes) == _comparable(expected)


@then("the data is equal to the following JSON:")
def has_data(context: Context) -> None:
    """Compare the data as JSON."""
    assert json.loads(context.data) == json.loads(str(context.text))


def _comparable(attributes: Mapping[str, str]) -> dict[str, str]:
    return {**attributes, "time": rfc3339(instant(attributes["time"]))}
