"""Preferences as notifications has them, and addresses as identity keeps them."""

import re
from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel

from percorso.portal.apis.calls import Apis

PREFERENCES, CONTACTS = "/v1/preferences/me", "/v1/contacts/me"
CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
MAX_ADDRESS = 320


class Preferences(BaseModel):
    """When nothing may ring (`21:00-08:00`, None: at no time), and in which language to write."""

    quiet_hours: str | None
    language: Literal["it", "en"]

    @property
    def hours(self) -> tuple[str, str]:
        """Return when the quiet begins and ends; by default, where there is none."""
        begin, _, end = (self.quiet_hours or "21:00-08:00").partition("-")
        return begin, end


class Contacts(BaseModel):
    """Where the citizen can be reached."""

    email: str | None
    phone: str | None


class Wrong(ValueError):
    """What was filled in is no preference; the fields that are wrong."""

    def __init__(self, *fields: str) -> None:
        super().__init__("fields are wrong")
        self.fields = frozenset(fields)


async def preferences(apis: Apis, authorization: str) -> Preferences:
    """Return the visitor's preferences."""
    return await apis.read(Preferences, "notifications", PREFERENCES, authorization)


async def contacts(apis: Apis, authorization: str) -> Contacts:
    """Return the visitor's addresses."""
    return await apis.read(Contacts, "identity", CONTACTS, authorization)


async def prefer(apis: Apis, authorization: str, wanted: Preferences) -> Preferences:
    """Keep what the visitor prefers from now on."""
    body = wanted.model_dump()
    return await apis.change(Preferences, "notifications", "PUT", PREFERENCES, authorization, body)


async def reach_at(apis: Apis, authorization: str, wanted: Contacts) -> Contacts:
    """Keep where the visitor can be reached; Refused names what is no address."""
    body = wanted.model_dump()
    return await apis.change(Contacts, "identity", "PUT", CONTACTS, authorization, body)


def wanted_preferences(fields: Mapping[str, str]) -> Preferences:
    """Read a form; Wrong names the fields that are no preference."""
    language: Literal["it", "en"] = "en" if fields.get("language") == "en" else "it"
    if "no_quiet" in fields:
        return Preferences(quiet_hours=None, language=language)
    begin, end = fields.get("begin", ""), fields.get("end", "")
    wrong = [name for name in ("begin", "end") if not CLOCK.fullmatch(fields.get(name, ""))]
    if wrong or begin == end:
        raise Wrong(*(wrong or ["end"]))
    return Preferences(quiet_hours=f"{begin}-{end}", language=language)


def wanted_contacts(fields: Mapping[str, str]) -> Contacts:
    """Read a form: an empty field is no address."""
    given = {name: fields.get(name, "").strip() for name in ("email", "phone")}
    too_long = [name for name, text in given.items() if len(text) > MAX_ADDRESS]
    if too_long:
        raise Wrong(*too_long)
    return Contacts(**{name: text or None for name, text in given.items()})
