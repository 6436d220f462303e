"""Registers the agencies of the synthetic city at the running door."""

import httpx

from percorso.local import keys, names
from percorso.local.names import LOCAL_AGENCY
from percorso.local.parts import Plan
from percorso.local.tasks import Task

OTHER_AGENCIES = tuple(code for code in names.AGENCIES if code != LOCAL_AGENCY)
MAY_LINK = (LOCAL_AGENCY, "tpl_tanaro", "ambiente_tanaro")
TIMEOUT_S = 2.0


def source(agency: str) -> str:
    """Give the prefix that an agency of the local stack owns."""
    return f"urn:it:{agency}:"


class RegisterAgencies:
    """Registers them over HTTP: a process for each would cost the start a second of one core."""

    name = "agencies"

    def __init__(self, plan: Plan, local_agency: Task) -> None:
        self.is_done = False
        self._plan = plan
        self._local_agency = local_agency
        self._left = list(OTHER_AGENCIES)

    def advance(self) -> None:
        """Register those that are left, unless the door is away."""
        if not self._local_agency.is_done:
            return
        try:
            with httpx.Client(base_url=self._plan.url("identity"), timeout=TIMEOUT_S) as door:
                self._register(door)
        except httpx.HTTPError:
            return
        self.is_done = True

    def stop(self) -> None:
        """Leave nothing running: there is nothing."""

    def _register(self, door: httpx.Client) -> None:
        secret = (self._plan.home.secrets / keys.LOCAL_SECRET).read_text(encoding="utf-8")
        asked = {"caller": "operator", "agency": LOCAL_AGENCY, "role": "operations"}
        answer = door.post(
            "/v1/tokens",
            json={**asked, "purpose": "registration", "case": "local"},
            headers={"Authorization": f"Bearer {secret.strip()}"},
        ).raise_for_status()
        token = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        while self._left:
            code = self._left[0]
            body = {"code": code, "sources": [source(code)], "links": code in MAY_LINK}
            door.post("/v1/agencies", json=body, headers=token).raise_for_status()
            self._left.pop(0)
