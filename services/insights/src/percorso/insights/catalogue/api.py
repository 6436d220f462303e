"""The catalogue over HTTP: which services may be proposed, and where they are to be had."""

from collections.abc import Callable, Mapping

from fastapi import APIRouter
from pydantic import BaseModel

from percorso.chassis.problems import ServiceUnavailable, responses
from percorso.insights.catalogue.services import Service

Live = Callable[[], tuple[str, Mapping[str, Service]]]


class ServiceList(BaseModel):
    """All services of the set of rules that is live; `version` names the set."""

    version: str
    items: list[Service]
    next_cursor: None = None


def router(live: Live) -> APIRouter:
    """Return the route; `live` gives version and services of the set that is live."""
    routes = APIRouter(prefix="/v1/services", tags=["services"])

    @routes.get(
        "",
        summary="List the services that may be proposed",
        responses=responses(ServiceUnavailable),
    )
    async def list_services() -> ServiceList:
        """For everybody: the catalogue, whole; nothing in it is about a person."""
        version, services = live()
        return ServiceList(version=version, items=[services[code] for code in sorted(services)])

    return routes
