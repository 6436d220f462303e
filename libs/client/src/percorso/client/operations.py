"""What operations teams do: register agencies, read health, and decide about dead letters."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import msgspec
from pydantic import BaseModel, ConfigDict, ValidationError

from percorso.client.errors import PercorsoError
from percorso.client.remote import Params, Remote
from percorso.client.timelines import one_line


class ServiceStatus(BaseModel):
    """A service's own word on its health; members that it does not have are None."""

    model_config = ConfigDict(frozen=True)

    service: str
    version: str | None = None
    ready: bool = False
    lag: int | None = None
    freshness_ms: float | None = None
    dead_letters: int | None = None
    touchpoints: int | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class ReceivedStatus:
    """A status twice: typed, and as the JSON that came."""

    status: ServiceStatus
    raw: bytes


class DeadLetter(BaseModel):
    """An event that could not be applied; members beyond id and reason depend on the service."""

    model_config = ConfigDict(frozen=True, extra="allow", coerce_numbers_to_str=True)

    id: str
    reason: str | None = None

    @property
    def facts(self) -> Mapping[str, Any]:
        """The members beyond id and reason."""
        return self.model_extra or {}


@dataclass(frozen=True, slots=True)
class ReceivedLetter:
    """A dead letter twice: typed, and on one line of JSON."""

    letter: DeadLetter
    line: bytes


class Agencies:
    """Identity's register of agencies."""

    def __init__(self, identity: Remote) -> None:
        self._identity = identity

    def add(
        self, code: str, *, sources: Sequence[str], links: bool, token: str
    ) -> tuple[bool, bytes]:
        """Register an agency; False when it was registered already. With it, the answer."""
        body = {"code": code, "sources": list(sources), "links": links}
        answer = self._identity.call("POST", "/v1/agencies", token=token, body=body)
        return answer.status_code == 201, one_line(answer.content)


class DeadLetters:
    """The dead letters of one consuming service."""

    def __init__(self, consumer: Remote) -> None:
        self._consumer = consumer

    def list(self, *, token: str, reason: str | None = None) -> Iterator[ReceivedLetter]:
        """Yield the letters, those of one reason when it is given.

        What comes is checked too: `--all --reason` must not meet a service that does not filter.
        """
        params: Params = {"limit": 200, **({"reason": reason} if reason else {})}
        pages = self._consumer.pages("/v1/dead-letters", token=token, params=params)
        for raw in (item for items in pages for item in items):
            received = self._received(bytes(raw))
            if reason is None or received.letter.reason == reason:
                yield received

    def show(self, letter: str, *, token: str) -> ReceivedLetter:
        """Read one letter."""
        answer = self._consumer.call("GET", _path(letter), token=token)
        return self._received(answer.content)

    def redrive(self, letter: str, *, token: str) -> None:
        """Have a letter's event applied now; Refused when it still cannot be."""
        self._consumer.call("POST", f"{_path(letter)}/redrive", token=token)

    def discard(self, letter: str, *, token: str) -> None:
        """Give a letter's event up for ever."""
        self._consumer.call("DELETE", _path(letter), token=token)

    def _received(self, raw: bytes) -> ReceivedLetter:
        try:
            return ReceivedLetter(DeadLetter.model_validate_json(raw), one_line(raw))
        except ValidationError as error:
            raise self._consumer.bad_answer() from error


def read_status(remote: Remote) -> ReceivedStatus:
    """Read a service's status; one that cannot be had is a status too, not ready and why."""
    try:
        raw = remote.peek("/status").content
        status = ServiceStatus.model_validate_json(raw)
        if not status.ready:
            status = status.model_copy(update={"error": _faults(remote)})
    except ValidationError:
        return _no_status(remote, str(remote.bad_answer()))
    except PercorsoError as error:
        return _no_status(remote, str(error))
    return ReceivedStatus(status, one_line(raw))


class _Readiness(BaseModel):
    checks: Mapping[str, str] = {}


def _faults(remote: Remote) -> str | None:
    """Read why a service is not ready: every answer of a check that is not `ok`."""
    answers = _Readiness.model_validate_json(remote.peek("/readyz").content).checks
    faults = [f"{part}: {answer}" for part, answer in answers.items() if answer != "ok"]
    return ", ".join(faults) or None


def _no_status(remote: Remote, error: str) -> ReceivedStatus:
    status = ServiceStatus(service=remote.name, error=error)
    raw = msgspec.json.encode({"service": remote.name, "ready": False, "error": error})
    return ReceivedStatus(status, raw)


def _path(letter: str) -> str:
    return f"/v1/dead-letters/{quote(letter, safe='')}"
