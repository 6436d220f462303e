"""What codes are called: agencies by a setting, services by the catalogue of insights."""

from collections.abc import Mapping

from pydantic import BaseModel

from percorso.chassis.clock import Clock
from percorso.portal.apis.calls import Apis
from percorso.portal.apis.errors import ApiError
from percorso.portal.pages.languages import Language

FRESH_S = 300.0  # the catalogue changes by the day
RETRY_S = 15.0
OURSELVES = {"percorso": "Percorso"}  # the agency of what Percorso itself says


class _Name(BaseModel):
    it: str
    en: str


class _Service(BaseModel):
    code: str
    name: _Name
    contact: str | None = None


class _Services(BaseModel):
    items: list[_Service]


class Names:
    """Names by codes; a code without one is shown as words."""

    def __init__(self, apis: Apis, agencies: Mapping[str, str], clock: Clock) -> None:
        self._apis = apis
        self._agencies = {**OURSELVES, **agencies}
        self._clock = clock
        self._services: Mapping[str, _Service] = {}
        self._good_until = float("-inf")

    async def refresh(self) -> None:
        """Read the catalogue again when it is old; keep the last one while insights is away."""
        now = self._clock.monotonic()
        if now < self._good_until:
            return
        self._good_until = now + RETRY_S
        try:
            read = await self._apis.read(_Services, "insights", "/v1/services")
        except ApiError:
            return
        self._services = {each.code: each for each in read.items}
        self._good_until = now + FRESH_S

    def agency(self, code: str) -> str:
        """Return what an agency is called."""
        return self._agencies.get(code, code)

    def service(self, code: str, language: Language) -> str:
        """Return what a service is called."""
        known = self._services.get(code)
        if known is None:
            return as_words(code)
        return known.name.it if language == "it" else known.name.en

    def contact(self, code: str) -> str | None:
        """Return the official page of a service, an https address; None where none is known."""
        known = self._services.get(code)
        return secure(known.contact) if known else None


def secure(link: str | None) -> str | None:
    """Return a link if it leads to an https address, which is all that our pages link to."""
    return link if link is not None and link.startswith("https://") else None


def as_words(code: str) -> str:
    """Write a code as words: `cambio-residenza` is Cambio residenza."""
    text = code.replace("-", " ").replace("_", " ").strip()
    return text[:1].upper() + text[1:]
