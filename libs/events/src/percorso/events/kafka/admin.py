"""Create the declared topics; never change one that exists."""

import asyncio

import structlog
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from percorso.events.kafka.connection import AWAY
from percorso.events.topics import Topic

MAX_DELAY_S = 5.0

_log = structlog.get_logger(__name__)


async def create_topics(bootstrap: str, topics: list[Topic], *, replicas: int = 1) -> None:
    """Create the topics that are missing; wait for Kafka as long as it is away."""
    delay = 0.25
    while True:
        try:
            await _create(bootstrap, topics, replicas)
        except AWAY as failure:
            _log.warning("Kafka is away, topics wait", error=type(failure).__name__)
            await asyncio.sleep(delay)
            delay = min(delay * 2, MAX_DELAY_S)
        else:
            return


async def _create(bootstrap: str, topics: list[Topic], replicas: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=10_000)
    await admin.start()
    try:
        response = await admin.create_topics(
            [
                NewTopic(topic.name, topic.partitions, replicas, topic_configs=topic.config())
                for topic in topics
            ]
        )
    finally:
        await admin.close()
    for _, code, *_ in response.topic_errors:
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:
            raise error()
