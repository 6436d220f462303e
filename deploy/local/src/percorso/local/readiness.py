"""Asks the parts whether they are ready."""

import httpx

from percorso.local import ports
from percorso.local.parts import SERVICES, Plan

TIMEOUT_S = 1.0


def awaited_servers(run: Plan) -> list[str]:
    """Name the servers of ours that do not answer."""
    awaited = [] if kafka_answers(run) else ["kafka"]
    if run.options.postgres is None and not ports.answers(run.ports.postgres):
        awaited.append("postgres")
    return awaited


def awaited_services(run: Plan, client: httpx.Client) -> list[str]:
    """Name the services and pages that are not ready."""
    probes = {service: f"{run.url(service)}/readyz" for service in SERVICES}
    probes["provider"] = f"{run.url('provider')}/health"
    probes["mail"] = f"{run.url('mail')}/health"
    probes["zipkin"] = f"{run.url('zipkin')}/health"
    return [name for name, url in probes.items() if not _is_ready(client, url)]


def kafka_answers(run: Plan) -> bool:
    """Say whether clients may try; of an existing Kafka we cannot know better than they."""
    return run.options.kafka is not None or ports.answers(run.ports.kafka)


def _is_ready(client: httpx.Client, url: str) -> bool:
    try:
        return client.get(url, timeout=TIMEOUT_S).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
