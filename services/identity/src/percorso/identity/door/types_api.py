"""The catalogue over HTTP: which types agencies may send, and the JSON Schema of each payload."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel

from percorso.chassis.problems import NotFound, responses
from percorso.events.catalogue import CATALOGUE, EventType, Producer
from percorso.events.limits import MAX_ATTRIBUTE

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TypeName = Annotated[str, Path(max_length=MAX_ATTRIBUTE, description="Such as in GET /v1/types")]


class TypeView(BaseModel):
    """One type, and where its schema is."""

    type: str
    description: str
    schema_path: str


class TypeList(BaseModel):
    """All types that agencies may send."""

    items: list[TypeView]
    next_cursor: None = None


def router() -> APIRouter:
    """Return the routes; the catalogue is public."""
    routes = APIRouter(prefix="/v1/types", tags=["types"])

    @routes.get("", summary="List the types that agencies may send")
    async def list_types() -> TypeList:
        """For everybody: the catalogue, whole."""
        return TypeList(items=[_view(each) for each in _sendable()])

    @routes.get(
        "/{type}",
        summary="Read the JSON Schema of a type's touchpoint",
        responses=responses(NotFound),
    )
    async def read_type(type: TypeName) -> dict[str, Any]:  # noqa: A002 - the path's word
        """For everybody: what `data.touchpoint` has to be in an event of this type."""
        event_type = CATALOGUE.get(type)
        if event_type is None:
            raise NotFound
        return schema(event_type)

    return routes


def schema(event_type: EventType) -> dict[str, Any]:
    """Return the JSON Schema of a type's touchpoint."""
    return {
        "$schema": DIALECT,
        "$id": f"urn:percorso:type:{event_type.name}",
        **event_type.model.model_json_schema(),
    }


def _sendable() -> list[EventType]:
    return [each for each in CATALOGUE.values() if each.producer is Producer.AGENCY]


def _view(event_type: EventType) -> TypeView:
    return TypeView(
        type=event_type.name,
        description=(event_type.model.__doc__ or "").strip(),
        schema_path=f"/v1/types/{event_type.name}",
    )
