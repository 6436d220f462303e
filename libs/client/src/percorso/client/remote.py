"""One service over HTTP: calls that return good answers and raise the errors of this client."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

import httpx
import msgspec
from msgspec import Raw
from pydantic import BaseModel, ValidationError

from percorso.client.errors import (
    BadAnswer,
    Failed,
    PercorsoError,
    Refused,
    Unavailable,
    Unreachable,
)
from percorso.client.problems import read_problem

TRY_AGAIN = frozenset({429, 502, 503, 504})

Answer = TypeVar("Answer", bound=BaseModel)
Params = Mapping[str, str | int]


class Page(msgspec.Struct, frozen=True):
    """One page of a list: its items as the bytes that came."""

    items: list[Raw]
    next_cursor: str | None = None


class Remote:
    """A service at a base URL; it owns nothing, whoever made the httpx client closes it."""

    def __init__(self, name: str, http: httpx.Client) -> None:
        self.name = name
        self._http = http

    def call(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        params: Params | None = None,
        encoded: tuple[str, bytes] | None = None,
        body: object = None,
    ) -> httpx.Response:
        """Make one call, without retries; anything but a 2xx answer raises.

        `body` is sent as JSON; `encoded` is a media type and the bytes to send as they are.
        """
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if encoded:
            headers["Content-Type"] = encoded[0]
        request = self._http.build_request(
            method,
            path,
            params=params,
            content=encoded[1] if encoded else None,
            json=body,
            headers=headers,
        )
        response = self._send(request)
        if response.is_success:
            return response
        raise self._failure(response)

    def peek(self, path: str) -> httpx.Response:
        """Get a page that answers to anybody, whatever its status."""
        return self._send(self._http.build_request("GET", path))

    def pages(self, path: str, *, token: str, params: Params) -> Iterator[list[Raw]]:
        """Yield the pages of a list in order, until the cursor ends."""
        cursor: str | None = None
        while True:
            asked = {**params, **({"cursor": cursor} if cursor else {})}
            page = self.page(path, token=token, params=asked)
            yield page.items
            if page.next_cursor is None:
                return
            if page.next_cursor == cursor:
                raise BadAnswer(f"{self.name} gave the same cursor twice")
            cursor = page.next_cursor

    def page(self, path: str, *, token: str, params: Params) -> Page:
        """Get one page of a list."""
        response = self.call("GET", path, token=token, params=params)
        try:
            return msgspec.json.decode(response.content, type=Page)
        except msgspec.MsgspecError as error:
            raise self.bad_answer() from error

    def read(self, response: httpx.Response, answer: type[Answer]) -> Answer:
        """Read an answer into its type."""
        try:
            return answer.model_validate_json(response.content)
        except ValidationError as error:
            raise self.bad_answer() from error

    def bad_answer(self) -> BadAnswer:
        """Say that the service answered outside of the contract."""
        return BadAnswer(f"{self.name} answered in a form that the contract does not have")

    def _send(self, request: httpx.Request) -> httpx.Response:
        try:
            return self._http.send(request)
        except httpx.TimeoutException as error:
            raise Unreachable(f"{self.name} at {_place(request)} did not answer in time") from error
        except httpx.RequestError as error:
            raise Unreachable(f"{self.name} cannot be reached at {_place(request)}") from error

    def _failure(self, response: httpx.Response) -> PercorsoError:
        problem = read_problem(response.content, status=response.status_code)
        sentence = f"{self.name} refused: {problem.sentence()}"
        if response.status_code in TRY_AGAIN:
            wait_s = retry_after_s(response.headers.get("Retry-After", ""))
            return Unavailable(
                f"{self.name} cannot now: {problem.sentence()}", retry_after_s=wait_s
            )
        if response.status_code >= 500:
            return Failed(f"{self.name} failed with {response.status_code}: {problem.title}")
        if response.status_code >= 400:
            return Refused(
                sentence, status=response.status_code, problem=problem, body=response.content
            )
        return self.bad_answer()


def retry_after_s(header: str) -> float:
    """Read a Retry-After header, seconds or a date, as seconds from now; 0 when there is none."""
    if header.isascii() and header.isdigit():
        return float(header)
    try:
        at = parsedate_to_datetime(header)
    except ValueError:
        return 0.0
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())


def _place(request: httpx.Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc.decode('ascii', 'replace')}"
