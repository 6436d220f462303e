"""Settings: read from the environment alone, refused readably, never shown."""

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError
from pydantic_settings import SettingsConfigDict

from percorso.chassis.settings import (
    CallerKind,
    HttpSettings,
    KafkaSettings,
    OwnerSettings,
    PostgresSettings,
    TelemetrySettings,
    TokenSettings,
    load,
    variable,
)

ISSUERS = '[{"issuer": "https://a", "jwks_uri": "https://a/jwks.json", "callers": ["agency"]}]'


class Settings(KafkaSettings, TokenSettings, HttpSettings, PostgresSettings):
    model_config = SettingsConfigDict(env_prefix="PERCORSO_JOURNEY_")

    port: int = 8002
    cursor_key_file: Path | None = None


GOOD = {
    "PERCORSO_KAFKA": "127.0.0.1:9092,localhost:9093",
    "PERCORSO_ISSUERS": ISSUERS,
    "PERCORSO_JOURNEY_POSTGRES": "postgresql://user:hunter2@localhost/percorso_journey",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def faults(capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as caught:
        load(Settings)
    assert caught.value.code == 78
    return capsys.readouterr().err


def test_groups_compose(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PERCORSO_JOURNEY_STATEMENT_TIMEOUT", "2.5")
    environment.setenv("PERCORSO_JOURNEY_CURSOR_KEY_FILE", "/keys/cursor")

    settings = load(Settings)

    assert settings.kafka == "127.0.0.1:9092,localhost:9093"
    assert settings.issuers[0].callers == {CallerKind.AGENCY}
    assert (settings.host, settings.port) == ("127.0.0.1", 8002)
    assert settings.postgres.get_secret_value().endswith("/percorso_journey")
    assert settings.statement_timeout == timedelta(seconds=2.5)
    assert settings.cursor_key_file == Path("/keys/cursor")


def test_an_empty_variable_is_unset(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PERCORSO_JOURNEY_PORT", "")

    assert load(Settings).port == 8002


def test_a_test_passes_what_it_wants() -> None:
    settings = KafkaSettings(kafka="127.0.0.1:1")

    assert settings.kafka == "127.0.0.1:1"


def test_settings_do_not_change(environment: pytest.MonkeyPatch) -> None:
    settings = load(Settings)

    with pytest.raises(ValidationError):
        settings.port = 1  # type: ignore[misc] # what the test is about


def test_secrets_are_not_shown(environment: pytest.MonkeyPatch) -> None:
    assert "hunter2" not in repr(load(Settings))


def test_every_fault_has_its_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PERCORSO_ISSUERS", "SENT")
    monkeypatch.setenv("PERCORSO_JOURNEY_PORT", "SENT")
    monkeypatch.setenv("PERCORSO_JOURNEY_HOST", "")
    monkeypatch.setenv("PERCORSO_JOURNEY_POSTGRES", "mysql://SENT")
    monkeypatch.setenv("PERCORSO_JOURNEY_POOL_SIZE", "0")

    assert faults(capsys).splitlines() == [
        "These settings cannot be used:",
        "  PERCORSO_JOURNEY_POSTGRES: Should be a URL postgresql://...",
        "  PERCORSO_JOURNEY_POOL_SIZE: Should be at least 1",
        "  PERCORSO_JOURNEY_PORT: Should be an integer",
        "  PERCORSO_ISSUERS: Should be a JSON list",
        "  PERCORSO_KAFKA: Is required",
    ]


@pytest.mark.parametrize(
    ("issuers", "line"),
    [
        ("7", "PERCORSO_ISSUERS: Should be a list"),
        ("[7]", "PERCORSO_ISSUERS/0: Should be an object"),
        ("[{}]", "PERCORSO_ISSUERS/0/issuer: Is required"),
        (ISSUERS.replace("agency", "SENT"), "PERCORSO_ISSUERS/0/callers/0: Should be 'agency'"),
        (ISSUERS.replace('["agency"]', "[]"), "PERCORSO_ISSUERS/0/callers: Should have at least 1"),
        (ISSUERS.replace('"callers"', '"SENT"'), "PERCORSO_ISSUERS/0: Has a member"),
        (ISSUERS.replace("https://a/", "SENT/"), "PERCORSO_ISSUERS/0/jwks_uri: Should be a URL"),
        (f"{ISSUERS[:-1]}, {ISSUERS[1:]}", "PERCORSO_ISSUERS: Should name each issuer once"),
    ],
)
def test_a_fault_in_an_issuer_is_named(
    environment: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    issuers: str,
    line: str,
) -> None:
    environment.setenv("PERCORSO_ISSUERS", issuers)

    shown = faults(capsys)

    assert f"  {line}" in shown
    assert "SENT" not in shown


@pytest.mark.parametrize("kafka", ["", "localhost", "localhost:", "a:1,", "a:1 b:2", "http://a:1"])
def test_a_bootstrap_address_has_a_port(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], kafka: str
) -> None:
    monkeypatch.setenv("PERCORSO_KAFKA", kafka)

    with pytest.raises(SystemExit):
        load(KafkaSettings)

    assert "PERCORSO_KAFKA" in capsys.readouterr().err


def test_the_owner_is_read_with_the_service_prefix(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        load(OwnerSettings, "PERCORSO_JOURNEY_")
    assert "PERCORSO_JOURNEY_POSTGRES_OWNER: Is required" in capsys.readouterr().err

    monkeypatch.setenv("PERCORSO_JOURNEY_POSTGRES_OWNER", "postgresql://owner@localhost/x")

    owner = load(OwnerSettings, "PERCORSO_JOURNEY_").postgres_owner
    assert owner == SecretStr("postgresql://owner@localhost/x")


def test_spans_go_nowhere_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_TRACES_EXPORTER", raising=False)
    assert load(TelemetrySettings).exporter == "none"

    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "zipkin")
    assert load(TelemetrySettings).exporter == "zipkin"


def test_variables_are_named_as_they_are_read() -> None:
    assert variable(Settings, "kafka") == "PERCORSO_KAFKA"
    assert variable(Settings, "pool_size") == "PERCORSO_JOURNEY_POOL_SIZE"


@pytest.mark.parametrize("field", Settings.model_fields.keys() - {"port", "cursor_key_file"})
def test_every_setting_is_described(field: str) -> None:
    assert Settings.model_fields[field].description
