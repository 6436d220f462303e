"""What publisher and subscriber share: how a broker fails, and what a topic must look like."""

from contextlib import suppress

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from percorso.events.topics import Topic

# What a client raises while its broker is away, restarting or frozen.
AWAY = (KafkaError, OSError, TimeoutError)
AWAY_REASON = "Kafka is away"
# What closing one may raise then: uvloop's RuntimeError, where a task of the client's own writes to a
# connection that was closed under it (aiokafka 0.14).
BROKEN = (*AWAY, RuntimeError)


async def topic_fault(client: AIOKafkaClient, topic: Topic) -> str | None:
    """Return what is wrong with the topic as the broker has it, None when it is as declared."""
    metadata = await client.fetch_all_metadata()
    partitions = metadata.partitions_for_topic(topic.name)
    if partitions is None:
        return f"topic {topic.name} is missing: run `topics`"
    if len(partitions) != topic.partitions:
        return f"topic {topic.name} has {len(partitions)} partitions, not {topic.partitions}"
    return None


async def close(client: AIOKafkaClient) -> None:
    """Close a client and its connections, whatever its own task for metadata died of."""
    try:
        await client.close()
    except BROKEN:
        client._sync_task = None  # noqa: SLF001 - else it is raised again, before anything is closed
        with suppress(*AWAY):
            await client.close()
