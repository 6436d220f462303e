"""Mapping: what an event log's columns mean, as a file in TOML says it."""

import hashlib
import re
import tomllib
from collections.abc import Mapping as Table
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from percorso.client.errors import PercorsoError

Scheme = Literal[
    "cf", "cf-provisional", "idanpr", "eidas", "email", "phone", "customer", "app", "visitor", "social"
]  # fmt: skip
# An agency's own codes; what the other schemes hold identifies a person, and stays out of details.
_OWN = frozenset({"customer", "app", "visitor"})
_COLUMN = re.compile(r"\{([^{}]+)\}")
_SENTENCES = {
    "extra_forbidden": "is no key of a mapping",
    "missing": "is required",
}


class BadMapping(PercorsoError):
    """The file is no mapping; the message has a line for each fault, with its place."""


class _Strict(BaseModel):
    # `cached_property` writes into the instance's dict, which a frozen model allows.
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise PydanticCustomError("zone", "is no time zone such as Europe/Rome") from error
    return name


def _template(text: str) -> str:
    if not _COLUMN.search(text):
        raise PydanticCustomError("template", "names no column in braces, as {case_id} does")
    return text


def _order(value: object) -> object:
    if value == "file":
        return {}
    if not isinstance(value, dict) or not value:
        raise PydanticCustomError("order", 'is "file", or a table with a column')
    return value


Column = Annotated[str, Field(min_length=1, max_length=256)]
Name = Annotated[str, Field(min_length=1, max_length=256)]
Code = Annotated[str, Field(pattern=r"^[0-9]{2}(\.[0-9]){0,2}$")]
Template = Annotated[str, Field(max_length=512), AfterValidator(_template)]


class Citizen(_Strict):
    """Whose touchpoint a row is: a scheme, and a value with columns in braces."""

    scheme: Scheme
    value: Template

    @cached_property
    def columns(self) -> frozenset[str]:
        """The columns that the value takes."""
        return frozenset(_COLUMN.findall(self.value))

    @property
    def is_personal(self) -> bool:
        """Whether the value identifies a person outside of the agency, too."""
        return self.scheme not in _OWN

    def filled(self, cells: Table[str, str]) -> str:
        """Return the value with these cells in the places of their columns."""
        return _COLUMN.sub(lambda place: cells[place[1]], self.value)


class Time(_Strict):
    """When it happened: ISO 8601 unless `format` says another form (of strptime).

    `zone` holds for times that do not say their offset; of an hour that comes twice, the first.
    """

    column: Column
    format: Annotated[str, Field(min_length=1)] | None = None
    zone: Annotated[str, AfterValidator(_zone)] | None = None

    @cached_property
    def zone_info(self) -> ZoneInfo | None:
        """The zone itself."""
        return ZoneInfo(self.zone) if self.zone else None


class Order(_Strict):
    """What orders events of the same instant: a column of whole numbers, else the file."""

    column: Column | None = None


class Channel(_Strict):
    """On which channel: one code, or the code that a table gives for a column's text."""

    code: Code | None = None
    column: Column | None = None
    codes: Table[str, Code] = {}
    otherwise: Code | None = None

    @model_validator(mode="after")
    def _has_one_form(self) -> Self:
        if (self.code is None) == (self.column is None):
            raise PydanticCustomError("channel", "has either a code, or a column with its codes")
        if self.code and (self.codes or self.otherwise):
            raise PydanticCustomError("channel", "has a code: codes and otherwise go with a column")
        return self


class Csv(_Strict):
    """How a CSV file is written."""

    delimiter: Annotated[str, Field(pattern=r"^[^\r\n\"]$")] = ","
    encoding: Literal["utf-8", "windows-1252"] = "utf-8"

    @property
    def codec(self) -> str:
        """The encoding by Python's name, a mark at the beginning of the file allowed."""
        return "utf-8-sig" if self.encoding == "utf-8" else self.encoding


class Mapping(_Strict):
    """What a log's columns mean; see docs/reference/import-mapping.md."""

    log: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
    agency: Name
    source: Name
    matter: Column
    name: Column
    citizen: Citizen
    time: Time
    channel: Channel
    order: Annotated[Order, BeforeValidator(_order)] = Order()
    service: Name | None = None
    numbers: Sequence[Column] = ()
    leave_out: Sequence[Column] = ()
    csv: Csv = Csv()

    @property
    def columns(self) -> frozenset[str]:
        """Every column that the mapping names."""
        named = {self.matter, self.name, self.time.column, self.order.column, self.channel.column}
        others = self.citizen.columns.union(self.numbers, self.leave_out)
        return frozenset(filter(None, named)) | others

    @cached_property
    def without(self) -> frozenset[str]:
        """The columns that do not go into details: who a person is never does."""
        return (
            self.citizen.columns.union(self.leave_out)
            if self.citizen.is_personal
            else (frozenset(self.leave_out))
        )

    @property
    def digest(self) -> str:
        """A hash of what the mapping says, its comments and the order of its keys aside."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    @model_validator(mode="after")
    def _keeps_people_out(self) -> Self:
        if self.citizen.is_personal and self.citizen.columns & {self.matter, self.name}:
            raise PydanticCustomError(
                "personal", "matter and name are published: they cannot be who the citizen is"
            )
        return self

    @model_validator(mode="after")
    def _source_is_of_agency(self) -> Self:
        parts = self.source.split(":")
        if parts[:2] == ["urn", "it"] and parts[2:3] != [self.agency]:
            raise PydanticCustomError("source", "source is that of another agency")
        return self


def read_mapping(path: Path) -> Mapping:
    """Read a mapping; BadMapping says what is wrong with it, place by place."""
    try:
        table = tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise BadMapping(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadMapping(f"{path}: is not in UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise BadMapping(f"{path}: {error}") from error
    return _validated(table, path)


def _validated(table: dict[str, Any], path: Path) -> Mapping:
    try:
        return Mapping.model_validate(table)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        raise BadMapping("\n".join(f"{path}: {_sentence(fault)}" for fault in faults)) from error


def _sentence(fault: ErrorDetails) -> str:
    place = ".".join(map(str, fault["loc"]))
    said = _SENTENCES.get(fault["type"], fault["msg"])
    return f"{place}: {said}" if place else said
