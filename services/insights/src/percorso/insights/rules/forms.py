"""The forms in which facts and rules are written: one JSON file a rule, one for all facts."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, ConfigDict, Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

from percorso.events.types.members import Strict
from percorso.events.types.own import Words
from percorso.insights.catalogue.services import Code, Version

MAX_NODES = 40  # of one condition: what nobody reads at a glance is two rules

FactName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9.-]{1,63}$")]
TypeName = Annotated[str, Field(max_length=256)]
Member = Annotated[str, Field(pattern=r"^[a-z_]{1,64}$")]
Days = Annotated[int, Field(ge=1, le=36_500)]
Scalar = bool | int | str


class Kind(StrEnum):
    """What values a fact has; of a time, the day in Italy counts."""

    BOOLEAN = "boolean"
    INTEGER = "integer"
    TEXT = "text"
    DATE = "date"


class OfTrigger(Strict):
    """The value that the event has which set the rule off."""

    trigger: Member


class OfRule(Strict):
    """The code of the service that the rule proposes."""

    rule: Literal["service"]


Wanted = Scalar | list[Scalar] | OfTrigger | OfRule


class Source(Strict):
    """Events that say a fact: the newest that fits; without `since`, the trigger itself if it fits."""

    types: Annotated[list[TypeName], Field(min_length=1)]
    where: dict[Member, Wanted] = Field({}, description="What members have to be")
    since: Literal["trigger"] | Days | None = Field(
        None, description="After the trigger, or within so many days before now; else whenever"
    )
    value: Scalar | None = Field(None, description="What the fact is then")
    member: Member | None = Field(None, description="The member that has what the fact is")

    @model_validator(mode="after")
    def _says_one_thing(self) -> "Source":
        if (self.value is None) == (self.member is None):
            raise _fault("either `value` or `member` says what the fact is")
        return self


class Offset(Strict):
    """A day, counted from today in Italy."""

    years: Annotated[int, Field(ge=-150, le=150)] = 0
    months: Annotated[int, Field(ge=-1_800, le=1_800)] = 0
    days: Annotated[int, Field(ge=-55_000, le=55_000)] = 0


class Condition(Strict):
    """One of: `all`, `any`, `not`, or a comparison of one `fact`; with the words that are shown."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, hide_input_in_errors=True, populate_by_name=True
    )

    all_: list["Condition"] | None = Field(None, alias="all", min_length=1)
    any_: list["Condition"] | None = Field(None, alias="any", min_length=1)
    not_: "Condition | None" = Field(None, alias="not")
    fact: FactName | None = None
    is_: Scalar | None = Field(None, alias="is", description="Equal to this")
    in_: list[Scalar] | None = Field(None, alias="in", min_length=1, description="One of these")
    at_least: int | None = Field(None, description="This or more")
    at_most: int | None = Field(None, description="This or less")
    from_: date | Offset | None = Field(None, alias="from", description="On this day or after")
    until: date | Offset | None = Field(None, description="On this day or before")
    words: Words | None = Field(None, description="What it means; `{name}` stands for a fact")

    @property
    def parts(self) -> list[tuple[str, "Condition"]]:
        """Return the conditions within, each with its pointer from here."""
        if self.not_ is not None:
            return [("/not", self.not_)]
        name, within = ("all", self.all_) if self.all_ is not None else ("any", self.any_ or [])
        return [(f"/{name}/{place}", part) for place, part in enumerate(within)]

    @property
    def comparison(self) -> tuple[str, object] | None:
        """Return the comparison's name and operand; None where there is no fact."""
        given = self._comparisons()
        return given[0] if given else None

    def _comparisons(self) -> list[tuple[str, object]]:
        named = {
            "is": self.is_, "in": self.in_, "at_least": self.at_least, "at_most": self.at_most,
            "from": self.from_, "until": self.until,
        }  # fmt: skip
        return [(name, operand) for name, operand in named.items() if operand is not None]

    @model_validator(mode="after")
    def _is_one_thing(self) -> "Condition":
        forms = (self.all_, self.any_, self.not_, self.fact)
        if sum(each is not None for each in forms) != 1:
            raise _fault("a condition is one of `all`, `any`, `not` and `fact`")
        if len(self._comparisons()) != (self.fact is not None):
            raise _fault("a fact, and only a fact, has one comparison")
        return self


class FactForm(Strict):
    """A fact: which events say it, or which condition over other facts."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, hide_input_in_errors=True, populate_by_name=True
    )

    name: FactName
    kind: Kind
    words: Words = Field(description="What it is, in a few words")
    from_: list[Source] = Field([], alias="from", description="The events that say it")
    when: Condition | None = Field(None, description="For a fact that follows from others")
    otherwise: Scalar | None = Field(
        None, description="What it is where no event says it; without this, unknown then"
    )
    values: list[str] | None = Field(None, min_length=2, description="All that a text may be")
    register_: Code | None = Field(
        None, alias="register", description="Who could supply it when it is unknown"
    )

    @model_validator(mode="after")
    def _comes_from_somewhere(self) -> "FactForm":
        if bool(self.from_) == (self.when is not None):
            raise _fault("a fact has either `from` or `when`")
        if self.when is not None and self.kind is not Kind.BOOLEAN:
            raise _fault("a fact with `when` is a boolean")
        return self


class LegalReference(Strict):
    """The rule's ground in law."""

    it: Annotated[str, Field(min_length=1, max_length=500)] = Field(description="As it is cited")
    en: Annotated[str, Field(min_length=1, max_length=500)] = Field(description="In English")
    url: Annotated[str, Field(pattern=r"^https://[^\s]{1,240}$")] = Field(
        description="Where it is published"
    )


class Trigger(Strict):
    """What sets the rule off: an agency's event of one of these types, within the window."""

    types: Annotated[list[TypeName], Field(min_length=1)]
    where: dict[Member, Scalar | list[Scalar]] = Field({}, description="What members have to be")
    words: Words = Field(description="What happened; `{name}` stands for a fact")


class TestEvent(Strict):
    """An event of a rule's test: what an agency would have sent, by the same members."""

    __test__ = False  # pytest takes it for one of its own

    type: TypeName
    at: AwareDatetime
    agency: Code = "comune"
    touchpoint: dict[str, JsonValue] = Field(
        {}, description="Its members; `channel` may be left out"
    )


class RuleTest(Strict):
    """What is known, and what the rule has to answer."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    now: AwareDatetime
    events: Annotated[list[TestEvent], Field(max_length=50)]
    expected: Literal["yes", "no", "missing"]
    missing: list[FactName] | None = Field(None, description="Of `missing`, exactly which facts")


class RuleForm(Strict):
    """A rule: when one service is to be proposed to a citizen, and on what ground."""

    code: Code
    version: Version = Field(description="Grows with every change of the file")
    service: Code = Field(description="The service that is proposed")
    valid_from: date = Field(description="The first day on which the rule holds")
    valid_to: date | None = Field(None, description="The last one")
    legal_reference: LegalReference
    owner: Code = Field(description="Who answers for the rule, by the agency's code")
    window_days: Annotated[int, Field(ge=1, le=365)] = Field(
        30, description="Older events do not set it off"
    )
    trigger: Trigger
    when: Condition
    tests: Annotated[list[RuleTest], Field(max_length=100)]


def _fault(text: str) -> PydanticCustomError:
    return PydanticCustomError("rule", "{text}", {"text": text})
