"""Posting CloudEvents at the door: one batch, one answer."""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, ValidationError

from percorso.client.errors import Refused
from percorso.client.problems import Problem
from percorso.client.remote import Remote

BATCH_MEDIA_TYPE = "application/cloudevents-batch+json"
# Statuses that refuse every event of a batch without listing them, as opposed to its sender.
_OF_THE_EVENTS = frozenset({400, 413, 422})
# One event that is too large or unreadable makes the door refuse all that came with it.
_OF_ONE_FOR_ALL = frozenset({400, 413})


class RejectedEvent(BaseModel):
    """An event that the door did not take; it lists problems for the first hundred only."""

    model_config = ConfigDict(frozen=True)

    index: int
    id: str | None = None
    problem: Problem | None = None


class BatchAnswer(BaseModel):
    """How many of a batch were accepted, and which were not."""

    model_config = ConfigDict(frozen=True)

    accepted: int
    rejected: Sequence[RejectedEvent] = ()


class Events:
    """The door's route for events."""

    def __init__(self, identity: Remote) -> None:
        self._identity = identity

    def post(self, events: Sequence[bytes], *, token: str, validate: bool = False) -> BatchAnswer:
        """Post a batch of encoded events once, their bytes untouched.

        After Unreachable, Unavailable and Failed the outcome is unknown: post the same again.
        """
        try:
            return self._post(events, token=token, validate=validate)
        except Refused as error:
            if error.status in _OF_ONE_FOR_ALL and len(events) > 1:
                return self._post_halves(events, token=token, validate=validate)
            return _read_refusal(error, len(events))

    def _post(self, events: Sequence[bytes], *, token: str, validate: bool) -> BatchAnswer:
        answer = self._identity.call(
            "POST",
            "/v1/events",
            token=token,
            params={"validate": "true"} if validate else None,
            encoded=(BATCH_MEDIA_TYPE, b"[" + b",".join(events) + b"]"),
        )
        read = self._identity.read(answer, BatchAnswer)
        if any(not 0 <= rejected.index < len(events) for rejected in read.rejected):
            raise self._identity.bad_answer()
        return read

    def _post_halves(self, events: Sequence[bytes], *, token: str, validate: bool) -> BatchAnswer:
        middle = len(events) // 2
        first = self.post(events[:middle], token=token, validate=validate)
        second = self.post(events[middle:], token=token, validate=validate)
        moved = [_moved(rejected, by=middle) for rejected in second.rejected]
        return BatchAnswer(
            accepted=first.accepted + second.accepted, rejected=[*first.rejected, *moved]
        )


def _read_refusal(error: Refused, size: int) -> BatchAnswer:
    """Read the answer to a batch of which nothing was accepted; raise what is not about events."""
    listed = _listed(error.body)
    if listed and all(0 <= rejected.index < size for rejected in listed):
        return BatchAnswer(accepted=0, rejected=listed)
    if error.status not in _OF_THE_EVENTS:
        raise error
    rejected = [RejectedEvent(index=index, problem=error.problem) for index in range(size)]
    return BatchAnswer(accepted=0, rejected=rejected)


def _listed(body: bytes) -> Sequence[RejectedEvent]:
    try:
        return BatchAnswer.model_validate_json(body).rejected
    except ValidationError:
        return ()


def _moved(rejected: RejectedEvent, *, by: int) -> RejectedEvent:
    return rejected.model_copy(update={"index": rejected.index + by})
