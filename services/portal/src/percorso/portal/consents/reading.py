"""Consents, as identity gives and takes them."""

import re
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from percorso.portal.apis.calls import Apis

PATH = "/v1/consents/me"
ANY = "any"
_CODE = re.compile(r"[a-z][a-z-]{0,63}")


class Words(BaseModel):
    """One text in two languages."""

    it: str
    en: str


class Consent(BaseModel):
    """One purpose on one channel."""

    purpose: str
    channel: str
    basis: Literal["consent", "law"]
    holds: bool
    decided_at: AwareDatetime | None
    decided_for: str | None
    text: Words
    text_version: int
    law: Words | None


class _Consents(BaseModel):
    items: list[Consent]


class Receipt(BaseModel):
    """The proof of a decision."""

    id: UUID
    purpose: str
    channel: str
    given: bool
    version: int
    decided_at: AwareDatetime
    text_version: int


class Purpose(NamedTuple):
    """A purpose: on all channels together, and on each."""

    code: str
    together: Consent
    channels: Sequence[Consent]


async def mine(apis: Apis, authorization: str) -> list[Purpose]:
    """Return what the visitor allows, by purpose, those that rest on law last."""
    read = await apis.read(_Consents, "identity", PATH, authorization)
    by_purpose: dict[str, dict[str, Consent]] = {}
    for each in read.items:
        by_purpose.setdefault(each.purpose, {})[each.channel] = each
    found = [_purpose(code, channels) for code, channels in by_purpose.items() if ANY in channels]
    return sorted(found, key=lambda purpose: purpose.together.basis == "law")


async def decide(
    apis: Apis, authorization: str, purpose: str, channel: str, *, given: bool
) -> Receipt:
    """Give or withdraw a consent, and return the receipt; the same again gives the same one."""
    path = f"{PATH}/{purpose}/{channel}"
    return await apis.change(Receipt, "identity", "PUT", path, authorization, {"given": given})


def words(purposes: Sequence[Purpose] | None, receipt: Receipt) -> Words | None:
    """Return the words that were decided on; None where they cannot be had, or are others by now."""
    for purpose in purposes or ():
        shown = purpose.together
        if (shown.purpose, shown.text_version) == (receipt.purpose, receipt.text_version):
            return shown.text
    return None


def is_code(text: str) -> bool:
    """Say whether a text may name a purpose or a channel."""
    return _CODE.fullmatch(text) is not None


def _purpose(code: str, channels: Mapping[str, Consent]) -> Purpose:
    others = [each for name, each in channels.items() if name != ANY]
    return Purpose(code, channels[ANY], others)
