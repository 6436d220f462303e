"""How the services stand, and their dead letters, as they say it themselves."""

import asyncio
from collections.abc import Sequence
from typing import get_args

from pydantic import AwareDatetime, BaseModel, ValidationError

from percorso.portal.apis.calls import Apis, Service, or_away
from percorso.portal.apis.errors import Away

LETTERS = "/v1/dead-letters"
PAGE = 20


class Readiness(BaseModel):
    """Whether a service is ready, with what each of its dependencies says."""

    checks: dict[str, str] = {}
    is_ready: bool = False


class Standing(BaseModel):
    """A service's own word on itself; None is what it does not have."""

    version: str
    lag: int | None = None
    freshness_ms: int | None = None
    dead_letters: int | None = None


class Row(BaseModel):
    """What is shown of a service; None while it does not answer."""

    service: Service
    readiness: Readiness | None
    standing: Standing | None

    @property
    def faults(self) -> dict[str, str]:
        """Return what is wrong, by dependency."""
        checks = self.readiness.checks if self.readiness else {}
        return {part: said for part, said in checks.items() if said != "ok"}


class Letter(BaseModel):
    """A record that could not be applied; nothing in it names a person."""

    id: int
    topic: str
    partition: int
    offset: int
    reason: str
    recorded_at: AwareDatetime
    attempts: int
    type: str | None
    agency: str | None


class _Letters(BaseModel):
    items: list[Letter]


class Letters(BaseModel):
    """The newest letters of a service; None while it does not answer."""

    service: Service
    letters: list[Letter] | None


async def services(apis: Apis) -> Sequence[Row]:
    """Return how every service stands."""
    return await asyncio.gather(*(_row(apis, name) for name in get_args(Service)))


async def letters(apis: Apis, authorization: str) -> Sequence[Letters]:
    """Return what each service could not apply; Refused for whoever is not of operations."""
    return await asyncio.gather(
        *(_letters(apis, authorization, name) for name in get_args(Service))
    )


async def may(apis: Apis, authorization: str) -> None:
    """Return if a token is one of operations; Ended or Refused if it is not."""
    await apis.read(_Letters, "journey", LETTERS, authorization, {"limit": 1})


async def redrive(apis: Apis, authorization: str, service: Service, letter: int) -> None:
    """Have a letter applied now; Refused 409 where it still cannot be."""
    await apis.send(service, "POST", f"{LETTERS}/{letter}/redrive", authorization)


async def discard(apis: Apis, authorization: str, service: Service, letter: int) -> None:
    """Give a letter up for ever."""
    await apis.send(service, "DELETE", f"{LETTERS}/{letter}", authorization)


async def _row(apis: Apis, service: Service) -> Row:
    readiness, standing = await asyncio.gather(
        or_away(_readiness(apis, service)),
        or_away(apis.read(Standing, service, "/status")),
    )
    return Row(service=service, readiness=readiness, standing=standing)


async def _readiness(apis: Apis, service: Service) -> Readiness:
    answer = await apis.readiness(service)
    try:
        said = Readiness.model_validate_json(answer.content)
    except ValidationError:
        raise Away from None
    return Readiness(checks=said.checks, is_ready=answer.is_success)


async def _letters(apis: Apis, authorization: str, service: Service) -> Letters:
    read = await or_away(apis.read(_Letters, service, LETTERS, authorization, {"limit": PAGE}))
    return Letters(service=service, letters=read.items if read else None)
