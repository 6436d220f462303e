"""deploy/compose.yaml says what the code understands, as far as that shows without containers."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from percorso.chassis import settings
from percorso.chassis.settings import HttpSettings, TelemetrySettings, variable
from percorso.city.provider import __main__ as provider_of_people
from percorso.city.provider import clients
from percorso.identity import settings as identity_settings
from percorso.identity.login import api as login_api
from percorso.identity.login.registrations import Registration, read_keys
from percorso.local import containers, databases, kafka
from percorso.local.parts import PORTAL_CALLBACK, SERVICES
from tests.support.repository import ROOT

Json = dict[str, Any]

FOLDER = ROOT / "deploy"
FILE = FOLDER / "compose.yaml"
PARTS: Mapping[str, Json] = YAML(typ="safe").load(FILE)["services"]
OURS = {name: part for name, part in PARTS.items() if part["image"] == "percorso"}
KAFKAS_OWN = {  # where it is and who talks to it, which differs from the local stack
    "KAFKA_LISTENERS", "KAFKA_ADVERTISED_LISTENERS", "KAFKA_CONTROLLER_QUORUM_VOTERS", "KAFKA_LOG_DIRS",
}  # fmt: skip


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder that `make secrets` makes."""
    return containers.prepare(tmp_path_factory.mktemp("deploy"))


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Give an environment in which nothing is set."""
    for name in [name for name in os.environ if name.startswith(("PERCORSO_", "OTEL_"))]:
        monkeypatch.delenv(name)
    return monkeypatch


def test_the_file_follows_the_specification_of_compose() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]

    result = subprocess.run([*command, FILE], capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stdout


def test_every_service_is_there_with_its_tables_and_its_topics() -> None:
    commands = {tuple(part["command"]) for part in OURS.values()}
    owners = {name for name in SERVICES if "create_topics" in vars(_service(name))}

    assert {
        *((f"percorso.{name}", "serve") for name in SERVICES),
        *((f"percorso.{name}", "migrate") for name in SERVICES),
        *((f"percorso.{name}", "topics") for name in owners),
    } <= commands


@pytest.mark.parametrize("part", OURS)
def test_every_command_is_one_of_ours(part: str) -> None:
    module, *arguments = OURS[part]["command"]
    found = find_spec(module)

    assert found is not None
    assert found.submodule_search_locations is None or find_spec(f"{module}.__main__")
    if module.removeprefix("percorso.") in SERVICES:
        assert arguments in (["serve"], ["migrate"], ["topics"])


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_starts_with_its_settings_and_knows_all_of_them(
    service: str, secrets: Path, environment: pytest.MonkeyPatch
) -> None:
    given = {**_from_files(OURS[service], secrets), **OURS[service]["environment"]}
    for name, value in given.items():
        environment.setenv(name, value)
    kind: type[HttpSettings] = import_module(f"percorso.{service}.settings").Settings

    settings.load(kind)
    settings.load(TelemetrySettings)

    known = {
        variable(group, name) for group in (kind, TelemetrySettings) for name in group.model_fields
    }
    assert {name for name in given if not name.startswith("OTEL_")} <= known
    assert all(isinstance(value, str) for value in given.values())


def test_whoever_logs_in_finds_the_provider_and_comes_back_to_the_portal(
    secrets: Path, environment: pytest.MonkeyPatch
) -> None:
    identity, portal, provider = OURS["identity"], OURS["portal"], OURS["provider"]
    for name, value in {**_from_files(identity, secrets), **identity["environment"]}.items():
        environment.setenv(name, value)
    known = settings.load(identity_settings.Settings)
    (registration,) = known.login_providers
    given = provider_of_people.parser().parse_args(provider["command"][1:])
    base = str(known.public_url).rstrip("/")

    # One address for browsers and for identity itself, which is why the two share a network.
    assert registration.issuer == f"http://127.0.0.1:{given.port}"
    assert provider["network_mode"] == "service:identity"
    assert not ip_address(given.host).is_loopback
    assert f"127.0.0.1:{given.port}:{given.port}" in identity["ports"]
    assert base == portal["environment"]["PERCORSO_PORTAL_LOGIN_URL"] == registration.client_id
    assert (given.client, given.redirect_uri) == (base, f"{base}{login_api.CALLBACK}")
    callback = f"{portal['environment']['PERCORSO_PORTAL_PUBLIC_URL']}{PORTAL_CALLBACK}"
    assert str(known.portal_callback) == callback
    ours = read_keys(registration.model_copy(update=_in(secrets, registration)))
    theirs = clients.read_keys(secrets / given.client_keys.name)
    assert {each.kid for each in theirs.keys} == {ours.signing.kid, ours.encryption.kid}
    assert (secrets / given.key.name).exists()


def _in(secrets: Path, registration: Registration) -> dict[str, Path]:
    """Return where the keys of a registration are, that a container has elsewhere."""
    files = registration.model_dump(include={"signing_key_file", "encryption_key_file"})
    return {name: secrets / file.name for name, file in files.items()}


def test_the_databases_are_those_of_the_services(secrets: Path) -> None:
    given = _from_files(OURS["databases"], secrets)

    made = {each.name: each for each in databases.named(given)}

    assert {each.application for each in made.values()} == {f"percorso_{name}" for name in SERVICES}
    assert "PERCORSO_POSTGRES" in given
    for name in SERVICES:
        url = _from_files(OURS[name], secrets)[f"PERCORSO_{name.upper()}_POSTGRES"]
        database = made[f"percorso_{name}"]
        assert url.endswith(
            f"//percorso_{name}:{database.application_password}@{containers.SERVER}/{database.name}"
        )


@pytest.mark.parametrize("service", SERVICES)
def test_only_migrations_know_the_owner(service: str, secrets: Path) -> None:
    owner = f"PERCORSO_{service.upper()}_POSTGRES_OWNER"

    assert owner not in _from_files(OURS[service], secrets)
    assert owner in _from_files(OURS[f"{service}-tables"], secrets)


def test_every_secret_that_is_named_is_made_and_only_its_readers_have_it(secrets: Path) -> None:
    for part in OURS.values():
        used = f"{part['command']} {part.get('environment', {})}"
        assert set(re.findall(r"/run/secrets/([\w.-]+)", used)) == set(part.get("secrets", []))
    files: Mapping[str, Json] = YAML(typ="safe").load(FILE)["secrets"]

    assert {name for part in OURS.values() for name in part.get("secrets", [])} == set(files)
    assert {file["file"] for file in files.values()} == {f"secrets/{name}" for name in files}
    assert all((secrets / name).stat().st_mode & 0o777 == 0o444 for name in files)
    assert secrets.stat().st_mode & 0o777 == 0o700


def test_secrets_are_made_once(secrets: Path) -> None:
    before = {path.name: path.read_text() for path in secrets.iterdir()}

    containers.prepare(secrets.parent)

    assert {path.name: path.read_text() for path in secrets.iterdir()} == before


def test_everything_is_published_on_loopback_at_its_own_port() -> None:
    published = {name: part["ports"] for name, part in PARTS.items() if "ports" in part}
    for name in SERVICES:
        port = import_module(f"percorso.{name}.settings").Settings.model_fields["port"].default
        assert f"127.0.0.1:{port}:{port}" in published[name]
        assert f"http://127.0.0.1:{port}/readyz" in PARTS[name]["healthcheck"]["test"][-1]

    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)


def test_the_readme_names_every_port() -> None:
    told = (FOLDER / "README.md").read_text(encoding="utf-8")

    for part in PARTS.values():
        for port in part.get("ports", []):
            assert f"at {port.split(':')[1]}" in told


@pytest.mark.parametrize("part", OURS)
def test_what_is_ours_may_do_little(part: str) -> None:
    assert OURS[part]["read_only"]
    assert OURS[part]["cap_drop"] == ["ALL"]
    assert OURS[part]["security_opt"] == ["no-new-privileges:true"]


def test_what_is_waited_for_is_there() -> None:
    awaited = {name: set(part.get("depends_on", {})) for name, part in PARTS.items()}

    assert {other for others in awaited.values() for other in others} <= set(PARTS)
    for name in SERVICES:
        before = {part for part in PARTS if part in {f"{name}-tables", f"{name}-topics"}}
        assert awaited[name] == before


def test_kafka_is_that_of_the_local_stack() -> None:
    given = PARTS["kafka"]["environment"]
    ours = {
        f"KAFKA_{name.replace('.', '_').upper()}": value for name, value in kafka.SETTINGS.items()
    }

    assert given | ours == given | {"KAFKA_LOG_DIRS": kafka.DATA}
    assert given.keys() == ours.keys() | KAFKAS_OWN


def test_images_have_the_versions_of_the_local_stack() -> None:
    pom = (ROOT / "deploy/local/src/percorso/local/pom.xml").read_text(encoding="utf-8")
    versions = dict(re.findall(r"<artifactId>([\w.-]+)</artifactId>\s*<version>([\w.]+)<", pom))

    assert PARTS["kafka"]["image"] == f"apache/kafka:{versions['kafka_2.13']}"
    assert PARTS["zipkin"]["image"] == f"openzipkin/zipkin-slim:{versions['zipkin-server']}"


def test_the_image_is_built_of_what_its_context_holds() -> None:
    dockerfile = (FOLDER / "Dockerfile").read_text(encoding="utf-8")
    allowed = (FOLDER / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    copied = set(re.findall(r"^COPY (?!--from)(\S+)", dockerfile, re.MULTILINE))

    assert copied == {line.removeprefix("!") for line in allowed if line.startswith("!")}
    assert all((ROOT / path).exists() for path in copied)
    assert re.search(r"^USER 10001:10001$", dockerfile, re.MULTILINE)


def _service(name: str) -> Any:
    return import_module(f"percorso.{name}.service")


def _from_files(part: Json, secrets: Path) -> dict[str, str]:
    """Return the variables of a part's files, as docker reads them."""
    lines = [
        line
        for file in part.get("env_file", [])
        for line in (secrets.parent / file).read_text(encoding="utf-8").splitlines()
    ]
    return dict(line.split("=", 1) for line in lines)
