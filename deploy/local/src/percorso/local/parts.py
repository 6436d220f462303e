"""The parts of the stack: which process each is, with which environment."""

import json
import signal
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from percorso.local import databases, kafka, keys, postgres, zipkin
from percorso.local.databases import ServiceDatabase
from percorso.local.home import Home
from percorso.local.names import AGENCIES, LOCAL_AGENCY
from percorso.local.options import Options, Ports
from percorso.local.ports import LOOPBACK
from percorso.local.processes import PYTHON
from percorso.local.series import joined

SERVICES = ("identity", "journey", "insights", "notifications", "portal")
CALLERS = ("agency", "citizen", "operator", "service")
LOGIN_CALLBACK = "/v1/login/callback"  # of identity
PORTAL_CALLBACK = "/login/callback"  # of the portal
MAIL_FROM = "noreply@percorso.example"  # of a domain that RFC 2606 keeps free


@dataclass(frozen=True, slots=True)
class Part:
    """A process that is started again whenever it ends.

    One that `starts_late` is started when the stack is ready: nobody waits for it.
    """

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    data: Path | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_timeout_s: int = 10
    starts_late: bool = False


class Group(NamedTuple):
    """Parts that stop together; those with the higher priority stop first."""

    name: str
    priority: int
    parts: Sequence[Part]


class Plan(NamedTuple):
    """All that one run is made of."""

    home: Home
    options: Options
    ports: Ports
    databases: Mapping[str, ServiceDatabase]
    admin_url: str
    bootstrap: str

    def url(self, service: str) -> str:
        """Give the base address of a service, of `provider`, of `mail` or of `zipkin`."""
        return f"http://{LOOPBACK}:{self.ports._asdict()[service]}"

    def application_url(self, service: str) -> str:
        """Give the database URL with which a service reads and writes."""
        names = self.databases[service]
        role, password = names.application, names.application_password
        return databases.with_role(self.admin_url, role, password, names.name)

    def owner_url(self, service: str) -> str:
        """Give the database URL with which a service's tables are made."""
        names = self.databases[service]
        role, password = names.owner, names.owner_password
        return databases.with_role(self.admin_url, role, password, names.name)


def plan(home: Home, options: Options, ports: Ports) -> Plan:
    """Decide addresses and names, making the passwords where there are none yet."""
    admin_password = keys.password(home, "postgres")
    return Plan(
        home,
        options,
        ports,
        {service: database(home, service) for service in SERVICES},
        options.postgres or postgres.admin_url(ports.postgres, admin_password),
        options.kafka or f"{LOOPBACK}:{ports.kafka}",
    )


def database(home: Home, service: str) -> ServiceDatabase:
    """Name a service's roles and database, making the passwords where there are none yet."""
    application, owner = f"percorso_{service}", f"percorso_{service}_owner"
    passwords = keys.password(home, application), keys.password(home, owner)
    return databases.of_service(service, *passwords)


def groups(run: Plan, jar_folder: Path) -> list[Group]:
    """Give the parts, in the order in which they stop from last to first."""
    servers = [] if run.options.kafka else [_kafka(run, jar_folder)]
    return [
        Group("store", 1, [] if run.options.postgres else [_postgres(run)]),
        Group("middle", 2, [*servers, _zipkin(run, jar_folder), _mail(run), _provider(run)]),
        Group("services", 3, [*map(_service(run), SERVICES), *_more_workers(run)]),
        Group("city", 4, [_city(run)] if run.options.city else []),
    ]


def environment(run: Plan, service: str) -> dict[str, str]:
    """Give the settings of a service, without its owner's URL."""
    prefix = f"PERCORSO_{service.upper()}"
    return {
        **_common(run),
        f"{prefix}_HOST": LOOPBACK,
        f"{prefix}_PORT": str(run.ports._asdict()[service]),
        f"{prefix}_POSTGRES": run.application_url(service),
        **{f"{prefix}_{name}": value for name, value in _own(run, service).items()},
    }


def owners_environment(run: Plan) -> dict[str, str]:
    """Give the settings with which all services' tables are made."""
    return {f"PERCORSO_{name.upper()}_POSTGRES_OWNER": run.owner_url(name) for name in SERVICES}


def service_command(service: str, *arguments: str) -> list[str]:
    """Give the command line of a service."""
    return [*PYTHON, f"percorso.{service}", *arguments]


def series(commands: Iterable[Sequence[str]]) -> list[str]:
    """Give the command line of several commands in one process."""
    return [*PYTHON, "percorso.local.series", *joined(commands)]


def write(home: Home, part: Part) -> None:
    """Write what the tether of this part reads."""
    content = {
        "arguments": part.arguments,
        "environment": part.environment,
        "folder": part.folder and str(part.folder),
        "data": part.data and str(part.data),
    }
    keys.write_private(home.parts / f"{part.name}.json", json.dumps(content))


def _postgres(run: Plan) -> Part:
    return Part(
        "postgres",
        postgres.command(run.home.postgres, run.ports.postgres),
        data=run.home.postgres,
        # Fast shutdown: open sessions are ended, the data is whole.
        stop_signal=signal.SIGINT,
        stop_timeout_s=6,
    )


def _kafka(run: Plan, jar_folder: Path) -> Part:
    arguments = kafka.command(jar_folder, ["-XX:+ExitOnOutOfMemoryError"])
    return Part("kafka", arguments, folder=run.home.kafka, stop_timeout_s=7)


def _zipkin(run: Plan, jar_folder: Path) -> Part:
    return Part("zipkin", zipkin.command(jar_folder, run.ports.zipkin), stop_timeout_s=7)


def _mail(run: Plan) -> Part:
    ports = ("--smtp-port", str(run.ports.smtp), "--http-port", str(run.ports.mail))
    arguments = [*PYTHON, "percorso.city.mail", "--file", str(run.home.mail), *ports]
    return Part("mail", arguments, stop_timeout_s=3)


def _provider(run: Plan) -> Part:
    secrets, client = run.home.secrets, run.url("identity")
    arguments = ["--port", str(run.ports.provider), "--key", str(secrets / keys.PROVIDER_KEY)]
    arguments += ["--client", client, "--redirect-uri", f"{client}{LOGIN_CALLBACK}"]
    arguments += ["--client-keys", str(secrets / keys.LOGIN_KEYS)]
    return Part("provider", [*PYTHON, "percorso.city.provider", *arguments], stop_timeout_s=3)


def _login_provider(run: Plan) -> dict[str, str]:
    """Describe the provider to identity."""
    secrets = run.home.secrets
    return {
        "issuer": run.url("provider"),
        "client_id": run.url("identity"),
        "signing_key_file": str(secrets / keys.LOGIN_SIGNING_KEY),
        "encryption_key_file": str(secrets / keys.LOGIN_ENCRYPTION_KEY),
    }


def _service(run: Plan) -> Callable[[str], Part]:
    return lambda name: Part(name, service_command(name, "serve"), environment(run, name))


def _more_workers(run: Plan) -> list[Part]:
    return [_worker(run, number) for number in range(2, run.options.journey_workers + 1)]


def _worker(run: Plan, number: int) -> Part:
    own = {"PERCORSO_JOURNEY_WORKER": str(number), "PERCORSO_JOURNEY_PORT": "0"}
    arguments = service_command("journey", "serve", "--only", "worker")
    return Part(f"journey-{number}", arguments, {**environment(run, "journey"), **own})


def city_command(*arguments: str) -> list[str]:
    """Give a command line of the synthetic city."""
    return [*PYTHON, "percorso.city", *arguments]


def _city(run: Plan) -> Part:
    rate = f"{run.options.city:g}"
    arguments = city_command("play", "--home", str(run.home.path), "--rate", rate)
    return Part("city", arguments, stop_timeout_s=3, starts_late=True)


def _common(run: Plan) -> dict[str, str]:
    issuer = run.url("identity")
    trusted = {"issuer": issuer, "jwks_uri": f"{issuer}/.well-known/jwks.json", "callers": CALLERS}
    return {
        "PERCORSO_KAFKA": run.bootstrap,
        "PERCORSO_ISSUERS": json.dumps([trusted]),
        "OTEL_TRACES_EXPORTER": "zipkin",
        "OTEL_EXPORTER_ZIPKIN_ENDPOINT": f"{run.url('zipkin')}/api/v2/spans",
        "OTEL_TRACES_SAMPLER": "parentbased_always_on",
        **run.options.telemetry,
    }


def _own(run: Plan, service: str) -> dict[str, str]:
    """Give the settings that a service shares with no other, without its prefix."""
    secrets = run.home.secrets
    match service:
        case "identity":
            return {
                "SUBJECT_KEY_FILE": str(secrets / keys.SUBJECT_KEY),
                "ISSUER": run.url("identity"),
                "ISSUER_KEY_FILE": str(secrets / keys.ISSUER_KEY),
                "LOCAL_SECRET_FILE": str(secrets / keys.LOCAL_SECRET),
                "VAULT_KEY_FILE": str(secrets / keys.VAULT_KEY),
                "SERVICE_KEYS_FILE": str(secrets / keys.SERVICE_KEYS),
                "LOGIN_PROVIDERS": json.dumps([_login_provider(run)]),
                "PORTAL_CALLBACK": f"{run.url('portal')}{PORTAL_CALLBACK}",
            }
        case "journey":
            return {"CURSOR_KEY_FILE": str(secrets / keys.CURSOR_KEY), "WORKER": "1"}
        case "notifications":
            return {
                "IDENTITY_URL": run.url("identity"),
                "SERVICE_KEY_FILE": str(keys.service_key(run.home, "notifications")),
                "SMTP_HOST": LOOPBACK,
                "SMTP_PORT": str(run.ports.smtp),
                "KEY_FILE": str(secrets / keys.MESSAGES_KEY),
                "MAIL_FROM": MAIL_FROM,
                "CODES_URL": f"{run.url('portal')}/codes",
                "CONSENTS_URL": f"{run.url('portal')}/consents",
            }
        case "portal":
            asked = ("identity", "journey", "insights", "notifications")
            return {
                "PUBLIC_URL": run.url("portal"),
                **{f"{name.upper()}_URL": run.url(name) for name in asked},
                "TRACES_URL": run.url("zipkin"),
                "SERVICE_KEY_FILE": str(keys.service_key(run.home, "portal")),
                "AGENCIES": json.dumps(AGENCIES),
                "SITE_AGENCY": LOCAL_AGENCY,
            }
        case _:
            return {}
