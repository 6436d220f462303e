"""Create the declared topics; never change one that exists."""

from collections.abc import Sequence

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from percorso.events.errors import Unavailable
from percorso.events.kafka.connection import AWAY, AWAY_REASON
from percorso.events.topics import Topic

DEADLINE_MS = 10_000


async def create_topics(bootstrap: str, topics: Sequence[Topic], *, replicas: int = 1) -> None:
    """Create the topics that are missing; Unavailable while Kafka is away."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=DEADLINE_MS)
    try:
        await admin.start()
        await _create(admin, topics, replicas)
    except AWAY as error:
        raise Unavailable(AWAY_REASON) from error
    finally:
        await admin.close()


async def _create(admin: AIOKafkaAdminClient, topics: Sequence[Topic], replicas: int) -> None:
    wanted = [
        NewTopic(topic.name, topic.partitions, replicas, topic_configs=topic.config())
        for topic in topics
    ]
    response = await admin.create_topics(wanted)
    for _, code, *_ in response.topic_errors:
        error: type[KafkaError] = for_code(code)
        if code and error is not TopicAlreadyExistsError:
            raise error
