"""A public service as its file describes it: who offers it, where, until when, and what it takes."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from percorso.events.types.members import Strict
from percorso.events.types.own import ByLaw, Words
from percorso.events.vocabularies import Channel, LifeEvent

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,63}$")]
Link = Annotated[str, Field(pattern=r"^https://[^\s]{1,240}$")]
Weight = Annotated[int, Field(ge=1, le=5)]
Version = Annotated[int, Field(ge=1, le=100_000)]

Purpose = Literal["proactive-suggestions", ByLaw]  # by consent, or a duty


def _each_once(channels: tuple[Channel, ...]) -> tuple[Channel, ...]:
    if len(set(channels)) != len(channels):
        raise ValueError("a channel stands twice")
    return channels


class Deadline(Strict):
    """Until when it is to be done: so many days after a fact."""

    days: Annotated[int, Field(ge=0, le=3_650)] = Field(description="Days after that day")
    after: str = Field(description="The fact that has the day, by its name")


class Input(Strict):
    """A document or fact that the citizen needs at hand."""

    code: Code = Field(description="The document's or fact's code")
    name: Words = Field(description="What it is")


class Agency(Strict):
    """A kind of public body that offers services, keeps registers or answers for rules."""

    code: Code
    name: Words


class Register(Strict):
    """A register that could supply a fact that is missing."""

    code: Code
    name: Words
    agency: Code = Field(description="Who keeps it, by the agency's code")


class Service(Strict):
    """A public service that may be proposed to a citizen."""

    code: Code = Field(description="The code that touchpoints carry as `service`")
    version: Version = Field(description="Grows with every change of the file")
    name: Words = Field(description="Its name")
    agency: Code = Field(description="Who offers it, by the agency's code")
    life_event: LifeEvent | None = Field(
        description="The situation it belongs to, a code of the national vocabulary"
    )
    channels: Annotated[tuple[Channel, ...], Field(min_length=1), AfterValidator(_each_once)] = (
        Field(description="Where it is to be had, codes of the national vocabulary, best first")
    )
    contact: Link = Field(description="The official page, where the citizen goes on")
    deadline: Deadline | None = Field(description="Until when, if there is a limit")
    inputs: Annotated[tuple[Input, ...], Field(max_length=20)] = Field(
        description="What the citizen needs at hand"
    )
    benefit: Weight = Field(description="What it is worth to the citizen: 1 little, 5 much")
    effort: Weight = Field(description="What it takes: 1 little, 5 much")
    purpose: Purpose = Field(description="On what ground the citizen may be told of it")
