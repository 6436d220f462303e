"""Percorso: the typed client of one running system, local or behind one base URL."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from percorso.client import sending
from percorso.client.consents import Consents
from percorso.client.contacts import Contacts
from percorso.client.errors import NoStack, NoToken
from percorso.client.events import BatchAnswer, Events
from percorso.client.links import Links
from percorso.client.operations import Agencies, DeadLetters, ReceivedStatus, read_status
from percorso.client.preferences import Preferences
from percorso.client.reading import RawEvent
from percorso.client.remote import Remote
from percorso.client.sending import Batch, Retry, Settled
from percorso.client.stack import find_home, read_local_secret, read_stack
from percorso.client.timelines import Timelines
from percorso.client.tokens import GivenToken, LocalTokens, Tokens

# The door answers within 2 s; a page over many linked subjects may take longer.
TIMEOUT = httpx.Timeout(20.0, connect=3.0)
# The only name that a system behind one base URL has for us.
GATEWAY = "percorso"


class Percorso:
    """A running system. Use it as a context manager: it holds connections.

    `services` maps names to base URLs; a name that is missing is looked for at `otherwise`.
    """

    def __init__(
        self,
        services: Mapping[str, httpx.Client],
        *,
        otherwise: httpx.Client | None = None,
        tokens: Tokens | None = None,
        local_secret: str | None = None,
    ) -> None:
        self._services = services
        self._otherwise = otherwise
        self._tokens = tokens
        self._local_secret = local_secret
        self._open = ExitStack()
        for http in (*services.values(), *filter(None, [otherwise])):
            self._open.callback(http.close)

    @classmethod
    def local(cls, home: Path | None = None, *, token: str | None = None) -> Self:
        """Open the system that runs on this machine, with tokens of its own issuer by default."""
        home = home or find_home()
        urls = read_stack(home).services
        # A proxy of the environment has no business between two processes of one machine.
        services = {name: open_http(url, trust_env=False) for name, url in urls.items()}
        if token:
            return cls(services, tokens=GivenToken(token))
        return cls(services, local_secret=read_local_secret(home))

    @classmethod
    def at(cls, url: str, *, token: str | None = None) -> Self:
        """Open a remote system, the routes of all its services under one base URL."""
        tokens = GivenToken(token) if token else None
        return cls({}, otherwise=open_http(url, trust_env=True), tokens=tokens)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    @property
    def fingerprint(self) -> str:
        """Tell this system from others, and from one whose data folder was removed."""
        systems = [*self._services.values(), *filter(None, [self._otherwise])]
        seed = self._local_secret or " ".join(sorted(str(http.base_url) for http in systems))
        return hashlib.sha256(f"percorso\0{seed}".encode()).hexdigest()[:32]

    @property
    def tokens(self) -> Tokens:
        """Whoever gives tokens for calls; NoToken when nobody does."""
        if self._tokens is None:
            self._tokens = self.local_tokens()
        return self._tokens

    def local_tokens(self) -> LocalTokens:
        """Return the local issuer; NoToken when this system is not the local one."""
        if self._local_secret is None:
            raise NoToken("a token is needed: set PERCORSO_TOKEN (only a local system issues them)")
        return LocalTokens(self.remote("identity"), self._local_secret)

    @property
    def events(self) -> Events:
        """Posting events, one batch at a time."""
        return Events(self.remote("identity"))

    @property
    def links(self) -> Links:
        """Saying which identifiers are one person's."""
        return Links(self.remote("identity"))

    @property
    def consents(self) -> Consents:
        """Reading and deciding, as a citizen, what is allowed."""
        return Consents(self.remote("identity"))

    @property
    def contacts(self) -> Contacts:
        """Saying, as a citizen, where to be reached."""
        return Contacts(self.remote("identity"))

    @property
    def preferences(self) -> Preferences:
        """Saying, as a citizen, when not to be disturbed."""
        return Preferences(self.remote("notifications"))

    @property
    def timelines(self) -> Timelines:
        """Reading timelines."""
        return Timelines(self.remote("journey"), self.remote("identity"))

    @property
    def agencies(self) -> Agencies:
        """Registering agencies."""
        return Agencies(self.remote("identity"))

    def dead_letters(self, service: str = "journey") -> DeadLetters:
        """Deciding about what a service could not apply."""
        return DeadLetters(self.remote(service))

    def statuses(self) -> Iterator[tuple[str, ReceivedStatus]]:
        """Ask every service for its status, one after the other."""
        for name in self._services or [GATEWAY]:
            received = read_status(self.remote(name))
            yield received.status.service, received

    def send(
        self,
        events: Iterable[RawEvent],
        *,
        agency: str | None = None,
        validate: bool = False,
        retry: Retry | None = None,
    ) -> Iterator[Settled]:
        """Send any number of events; see `sending.send` for order, batches and retries."""
        tokens, door = self.tokens, self.events
        if agency is None and isinstance(tokens, GivenToken):
            agency = ""  # the token says which, so that sources need not be told apart

        def post(batch: Batch) -> BatchAnswer:
            raw = [event.raw for event in batch.events]
            return door.post(raw, token=tokens.agency(batch.agency), validate=validate)

        return sending.send(events, post, agency=agency, retry=retry or Retry())

    def remote(self, name: str) -> Remote:
        """Return a service by its name; NoStack when this system does not have it."""
        http = self._services.get(name, self._otherwise)
        if http is None:
            raise NoStack(f"the running system has no service called {name}")
        return Remote(name if name in self._services else GATEWAY, http)


def open_http(url: str, *, trust_env: bool) -> httpx.Client:
    """Open the connections to one base URL."""
    return httpx.Client(base_url=url, timeout=TIMEOUT, trust_env=trust_env)
