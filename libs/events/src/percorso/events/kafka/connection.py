"""What publisher and subscriber share: how a broker fails, and what a topic must look like."""

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from percorso.events.topics import Topic

# What a client raises while its broker is away, restarting or frozen.
AWAY = (KafkaError, OSError, TimeoutError)
AWAY_REASON = "Kafka is away"


async def topic_fault(client: AIOKafkaClient, topic: Topic) -> str | None:
    """Return what is wrong with the topic as the broker has it, None when it is as declared."""
    metadata = await client.fetch_all_metadata()
    partitions = metadata.partitions_for_topic(topic.name)
    if partitions is None:
        return f"topic {topic.name} is missing: run `topics`"
    if len(partitions) != topic.partitions:
        return f"topic {topic.name} has {len(partitions)} partitions, not {topic.partitions}"
    return None
