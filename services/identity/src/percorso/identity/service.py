"""The composition root of identity: what it opens, serves and runs. Nobody imports it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from asyncpg import Pool
from fastapi import FastAPI

from percorso.chassis import postgres, problems
from percorso.chassis.clock import SystemClock
from percorso.chassis.consumption import api as dead_letters_api
from percorso.chassis.consumption import consumer, offsets
from percorso.chassis.consumption.applying import Consumption
from percorso.chassis.health import Check
from percorso.chassis.openapi import operation_id
from percorso.chassis.outbox.relay import Relay
from percorso.chassis.schema import head
from percorso.chassis.service import Only, Parts, Worker
from percorso.chassis.settings import KafkaSettings, Misconfigured
from percorso.chassis.tokens import Tokens, open_tokens
from percorso.events.envelope import CloudEvent
from percorso.events.kafka.admin import create_topics
from percorso.events.kafka.codec import decode
from percorso.events.kafka.publisher import Publisher
from percorso.events.topics import ACCESS, IDENTITY, TOUCHPOINTS
from percorso.identity.access import api as access_api
from percorso.identity.access import handlers as access_handlers
from percorso.identity.access import lookups_api
from percorso.identity.access import store as access_store
from percorso.identity.access.api import AccessLog
from percorso.identity.access.lookups_api import Lookups
from percorso.identity.agencies import api as agencies_api
from percorso.identity.agencies import store as agencies_store
from percorso.identity.agencies.registrations import Agency
from percorso.identity.agencies.registry import Registry
from percorso.identity.consents import api as consents_api
from percorso.identity.consents import store as consents_store
from percorso.identity.consents.api import Consents
from percorso.identity.contacts import api as contacts_api
from percorso.identity.contacts import store as contacts_store
from percorso.identity.contacts import vault as vaults
from percorso.identity.contacts.api import Contacts
from percorso.identity.contacts.releases import Releases
from percorso.identity.contacts.vault import Vault
from percorso.identity.door import api as door_api
from percorso.identity.door import types_api
from percorso.identity.door.api import Door
from percorso.identity.links import api as links_api
from percorso.identity.links.api import Links
from percorso.identity.links.visitors import Visitors
from percorso.identity.login import api as login_api
from percorso.identity.login import bounded, registrations
from percorso.identity.login.api import Pages
from percorso.identity.login.logins import Logins, VisitorLinks
from percorso.identity.login.provider import Provider
from percorso.identity.settings import Settings
from percorso.identity.shares import api as shares_api
from percorso.identity.shares.api import Shares
from percorso.identity.subjects import keys as subject_keys
from percorso.identity.subjects import pseudonyms
from percorso.identity.subjects import store as subjects_store
from percorso.identity.subjects.keys import SubjectKey
from percorso.identity.tokens import api as tokens_api
from percorso.identity.tokens import issuer as issuers
from percorso.identity.tokens import service_keys
from percorso.identity.tokens.api import Clients
from percorso.identity.tokens.issuer import LIFETIME_S, Issuer
from percorso.identity.tokens.own_keys import OWN_KEYS_URI, OwnKeys

NAME = "identity"
GROUP = "percorso-identity"
PACKAGE = "percorso.identity"
_UNUSABLE = (
    subject_keys.UnusableKey,
    vaults.UnusableMasterKey,
    issuers.UnusableIssuerKey,
    registrations.UnusableLoginKey,
    service_keys.UnusableServiceKeys,
)
DESCRIPTION = (
    "Agencies post CloudEvents about their contacts with citizens. The identifier of a person never "
    "leaves this service: everything behind it knows a citizen by a pseudonym. Errors are problems "
    "(RFC 9457) that never repeat what was sent; no quota is set, and a 429 or a 503 says in "
    "`Retry-After` when to send the same again."
)


@dataclass(frozen=True, slots=True)
class Resources:
    """What is open while identity runs."""

    pool: Pool
    tokens: Tokens
    publisher: Publisher
    facts: Publisher
    relay: Relay
    registry: Registry
    subject_key: SubjectKey
    cursor_key: bytes
    vault: Vault
    issuer: Issuer
    clients: Clients
    providers: Mapping[str, Provider]
    pages: Pages | None
    local_secret: str | None


@asynccontextmanager
async def build(settings: Settings, *, only: Only | None) -> AsyncIterator[Parts]:
    """Open the resources and yield the parts; waits for nothing that is away."""
    async with AsyncExitStack() as stack:
        resources = await _open(settings, stack)
        checks: dict[str, Check] = {"postgres": postgres.check(resources.pool, head(PACKAGE))}
        consumptions = [Consumption(ACCESS, decode, access_handlers.record)]
        listening = _listening(settings, resources, consumptions, only)
        if only == "worker":
            yield Parts(workers=listening.workers, checks={**checks, **listening.checks})
        else:
            # Not among the checks: the door stays open while the access log waits for its topic.
            door = _door(resources)
            yield Parts(
                app=create_app(resources, door, consumptions),
                hot={door_api.ROUTE: door},
                workers={**_workers(resources), **listening.workers},
                checks={**checks, **_checks(resources)},
                status=lambda: _status(resources.pool),
            )


async def topics(settings: KafkaSettings) -> None:
    """Make the topics that identity owns."""
    await create_topics(settings.kafka, [TOUCHPOINTS, IDENTITY, ACCESS])


def _listening(
    settings: Settings,
    resources: Resources,
    consumptions: Sequence[Consumption[CloudEvent]],
    only: Only | None,
) -> consumer.Working:
    if only == "http":
        return consumer.NOTHING
    return consumer.working(
        consumer.subscribers(settings.kafka, resources.pool, consumptions, group=GROUP)
    )


def create_app(
    resources: Resources, door: Door, consumptions: Sequence[Consumption[CloudEvent]]
) -> FastAPI:
    """Return the HTTP application."""
    app = FastAPI(
        title="Percorso identity",
        summary="The door: agencies report contacts with citizens, and identifiers end here",
        description=DESCRIPTION,
        generate_unique_id_function=operation_id,
    )
    problems.install(app)
    door_api.install(app, door)
    app.include_router(types_api.router())
    app.include_router(agencies_api.router(resources.pool, resources.tokens, resources.registry))
    app.include_router(lookups_api.router(resources.tokens, _lookups(resources)))
    app.include_router(shares_api.router(resources.tokens, _shares(resources)))
    app.include_router(links_api.router(resources.tokens, _links(resources)))
    app.include_router(consents_api.router(resources.tokens, _consents(resources)))
    app.include_router(contacts_api.router(resources.tokens, _contacts(resources)))
    app.include_router(contacts_api.release_router(resources.tokens, _releases(resources)))
    app.include_router(access_api.router(resources.tokens, _access_log(resources)))
    by_topic = {each.topic.name: each for each in consumptions}
    app.include_router(dead_letters_api.router(resources.pool, resources.tokens, by_topic))
    app.include_router(tokens_api.keys_router(resources.issuer))
    app.include_router(tokens_api.services_router(resources.issuer, resources.clients))
    if resources.pages is not None:
        _include_login(app, resources, resources.pages)
    if resources.local_secret is not None:
        app.include_router(
            tokens_api.local_router(
                resources.issuer,
                resources.registry,
                resources.subject_key.subject,
                resources.local_secret,
            )
        )
    return app


def _links(resources: Resources) -> Links:
    may_link = resources.registry.may_link
    return Links(resources.pool, resources.subject_key.subject, may_link, resources.relay.wake)


def _include_login(app: FastAPI, resources: Resources, pages: Pages) -> None:
    name_subject = resources.subject_key.subject
    visitors = Visitors(name_subject, resources.registry.may_link)
    logins = Logins(
        resources.pool,
        resources.providers,
        name_subject=name_subject,
        visitors=VisitorLinks(visitors.name, visitors.join, resources.relay.wake),
        clock=SystemClock(),
    )
    app.include_router(login_api.browsers_router(logins, pages))
    app.include_router(
        login_api.sessions_router(
            resources.tokens, logins, resources.issuer.sign, lifetime_s=LIFETIME_S
        )
    )


def _lookups(resources: Resources) -> Lookups:
    return Lookups(resources.pool, resources.subject_key.subject, SystemClock())


def _shares(resources: Resources) -> Shares:
    return Shares(
        resources.pool,
        resources.registry.find,
        committed=resources.relay.wake,
        clock=SystemClock(),
    )


def _consents(resources: Resources) -> Consents:
    return Consents(resources.pool, SystemClock(), resources.relay.wake)


def _contacts(resources: Resources) -> Contacts:
    return Contacts(resources.pool, resources.vault, SystemClock())


def _releases(resources: Resources) -> Releases:
    return Releases(
        resources.pool,
        resources.vault,
        allows=consents_store.allowed,
        note=access_store.note,
        clock=SystemClock(),
    )


def _access_log(resources: Resources) -> AccessLog:
    return AccessLog(resources.pool, resources.cursor_key)


def _door(resources: Resources) -> Door:
    return Door(
        tokens=resources.tokens,
        registry=resources.registry,
        publisher=resources.publisher,
        subject=resources.subject_key.subject,
    )


def _workers(resources: Resources) -> Mapping[str, Worker]:
    return {
        "publisher": resources.publisher.run,
        "publisher of facts": resources.facts.run,
        "relay": resources.relay.run,
        "agencies": resources.registry.run,
        "subject key": resources.subject_key.run,
        "vault key": resources.vault.run,
    }


def _checks(resources: Resources) -> Mapping[str, Check]:
    return {
        "kafka": resources.publisher.check,
        "kafka, facts": resources.facts.check,
        "agencies": resources.registry.check,
        "subject key": resources.subject_key.check,
        "vault key": resources.vault.check,
    }


async def _status(pool: Pool) -> Mapping[str, object]:
    async with postgres.transaction(pool) as connection:
        standing = await offsets.standing(connection, [ACCESS.name], datetime.now(UTC))
        return await consumer.status(connection, standing)


async def _open(settings: Settings, stack: AsyncExitStack) -> Resources:
    try:
        key = subject_keys.read(settings.subject_key_file)
        masters = vaults.read(settings.vault_key_file)
        issuer = Issuer(settings.issuer, issuers.read_key(settings.issuer_key_file), SystemClock())
        services = service_keys.read(settings.service_keys_file)
        providers = await _open_providers(settings, stack)
        secret = _read_secret(settings.local_secret_file)
    except _UNUSABLE as error:
        raise Misconfigured(str(error)) from error
    pool = await stack.enter_async_context(postgres.open_pool(settings, "percorso-identity"))
    facts = Publisher(settings.kafka, IDENTITY)
    return Resources(
        pool=pool,
        tokens=await _open_tokens(settings, issuer, stack),
        publisher=Publisher(settings.kafka, TOUCHPOINTS),
        facts=facts,
        relay=Relay(pool, {IDENTITY.name: facts}),
        registry=_registry(pool),
        subject_key=_subject_key(pool, key),
        cursor_key=pseudonyms.cursor_key(key),
        vault=_vault(pool, masters),
        issuer=issuer,
        clients=Clients(pool, services, _urls(settings), SystemClock()),
        providers=providers,
        pages=_pages(settings),
        local_secret=secret,
    )


async def _open_providers(settings: Settings, stack: AsyncExitStack) -> Mapping[str, Provider]:
    """Return the providers by their issuers; none of them is asked for anything yet."""
    client = await stack.enter_async_context(bounded.open_client())
    redirect_uri = f"{_base(settings)}{login_api.CALLBACK}"
    return {
        each.issuer: Provider(
            each, registrations.read_keys(each), redirect_uri, client=client, clock=SystemClock()
        )
        for each in settings.login_providers
    }


def _pages(settings: Settings) -> Pages | None:
    """Return where browsers are sent, None where nobody logs in."""
    if not settings.login_providers:
        return None
    if settings.portal_callback is None:
        raise Misconfigured("logins need the portal's callback")
    is_secure = _base(settings).startswith("https://")
    return Pages(str(settings.portal_callback), is_secure=is_secure)


def _base(settings: Settings) -> str:
    """Return the address at which browsers reach us: the public one, else our issuer's."""
    return str(settings.public_url or settings.issuer).rstrip("/")


async def _open_tokens(settings: Settings, issuer: Issuer, stack: AsyncExitStack) -> Tokens:
    """Return the verifier; the keys of our own issuer come from memory, whatever its address."""
    trusted = tuple(
        each.model_copy(update={"jwks_uri": OWN_KEYS_URI})
        if each.issuer == settings.issuer
        else each
        for each in settings.issuers
    )
    own = settings.model_copy(update={"issuers": trusted})
    opened = open_tokens(NAME, own, mounts={OWN_KEYS_URI: OwnKeys(issuer.jwks)})
    return await stack.enter_async_context(opened)


def _urls(settings: Settings) -> list[str]:
    public = [] if settings.public_url is None else [str(settings.public_url)]
    return [settings.issuer, *public]


def _registry(pool: Pool) -> Registry:
    async def load() -> list[Agency]:
        async with postgres.transaction(pool, readonly=True) as connection:
            return await agencies_store.every(connection)

    return Registry(load)


def _subject_key(pool: Pool, key: bytes) -> SubjectKey:
    async def keep(check_value: bytes) -> bytes:
        async with postgres.transaction(pool) as connection:
            return await subjects_store.kept_check_value(connection, check_value)

    return SubjectKey(key, keep)


def _vault(pool: Pool, masters: Sequence[bytes]) -> Vault:
    async def load() -> Mapping[UUID, bytes]:
        async with postgres.transaction(pool) as connection:
            return await contacts_store.data_keys(connection, masters)

    return Vault(load)


def _read_secret(path: Path | None) -> str | None:
    """Return the local secret, None without a file; an empty file opens nothing."""
    if path is None:
        return None
    try:
        secret = path.read_text("utf-8").strip()
    except (OSError, ValueError):
        raise Misconfigured("the file of the local secret cannot be read") from None
    if not secret:
        raise Misconfigured("the file of the local secret is empty")
    return secret
