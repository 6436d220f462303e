"""docs/reference/configuration.md: every setting, from the settings groups."""

from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module

from pydantic.fields import FieldInfo

from docs.generate.applications import SERVICES
from docs.generate.markdown import code, table
from docs.generate.markdown import page as markdown_page
from percorso.chassis.settings import Group, TelemetrySettings, variable

HEAD = ("variable", "default", "meaning")
INTRODUCTION = (
    "Settings are environment variables, read once at the start. A process with bad settings prints "
    "one line for each fault, never a value, and exits 78."
)
# What is no group of settings: read by `percorso.local` and by the command `percorso`.
LOCAL = (
    ("PERCORSO_HOME", "`.percorso`", "Data folder; the command finds the running stack in it"),
    ("PERCORSO_PORTS", "`default`", "`default`, or `auto` for free ports"),
    ("PERCORSO_KAFKA", "", "Address of an existing Kafka: then none is started"),
    (
        "PERCORSO_POSTGRES",
        "",
        "Administrator's URL of an existing PostgreSQL: then none is started",
    ),
    (
        "PERCORSO_CITY",
        "`demo`",
        "`demo` (5 events a second), `off`, or events per second of the synthetic city",
    ),
    ("PERCORSO_JOURNEY_WORKERS", "`1`", "Processes that stitch timelines, 1 or 2"),
)
CLIENT = (("PERCORSO_TOKEN", "", "Bearer token for a system named by `--url`"),)
OPENTELEMETRY = (
    "Endpoints, sampler and headers are OpenTelemetry's own variables "
    "(`OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_EXPORTER_ZIPKIN_ENDPOINT`, `OTEL_TRACES_SAMPLER`, ...)."
)


def page() -> str:
    """Return the page."""
    parts = ["## Every service", table(HEAD, _shared()), OPENTELEMETRY]
    for service in SERVICES:
        parts += [f"## {service.capitalize()}", table(HEAD, _own(service))]
    parts += ["## The local stack (`make run`)", table(HEAD, _coded(LOCAL))]
    parts += ["## The command `percorso`", table(HEAD, _coded(CLIENT))]
    return markdown_page("Configuration", INTRODUCTION, *parts)


def _settings(service: str) -> type[Group]:
    found: type[Group] = import_module(f"percorso.{service}.settings").Settings
    return found


def _shared() -> Iterator[tuple[str, str, str]]:
    settings = _settings(SERVICES[0])
    for group in (settings, TelemetrySettings):
        for name, field in group.model_fields.items():
            if isinstance(field.validation_alias, str):
                yield _row(group, name, field)


def _own(service: str) -> Iterator[tuple[str, str, str]]:
    settings = _settings(service)
    for name, field in settings.model_fields.items():
        if field.validation_alias is None:
            yield _row(settings, name, field)


def _row(group: type[Group], name: str, field: FieldInfo) -> tuple[str, str, str]:
    return code(variable(group, name)), _default(field), field.description or ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    if isinstance(field.default, timedelta):
        return code(f"{field.default.total_seconds():g}") + " s"
    return "" if field.default in (None, "", {}) else code(field.default)


def _coded(rows: tuple[tuple[str, str, str], ...]) -> Iterator[tuple[str, str, str]]:
    return ((code(name), default, meaning) for name, default, meaning in rows)
