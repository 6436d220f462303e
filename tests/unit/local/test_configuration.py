"""What the parts are told: supervisor, Kafka, the services' environment."""

import json
import re
from pathlib import Path

from percorso.city.agencies import AGENCIES
from percorso.local import agencies, kafka, names, parts, supervision
from percorso.local.home import Home
from percorso.local.options import Options, Ports
from percorso.local.parts import Group, Part, Plan

SOCKET = Path("/run/example/supervisor.sock")
ADMIN_URL = "postgresql://admin:secret@127.0.0.1:15432/postgres?sslmode=disable"


def a_plan(tmp_path: Path, **chosen: object) -> Plan:
    home = Home(tmp_path)
    home.secrets.mkdir(exist_ok=True)
    options = Options(home=tmp_path, postgres=ADMIN_URL, **chosen)  # type: ignore[arg-type]
    return parts.plan(home, options, Ports())


def test_supervisor_starts_again_whatever_ends_and_never_waits_long() -> None:
    text = supervision.configuration([Group("g", 1, [Part("a", ["x"])])], SOCKET)

    assert "autorestart=true" in text
    assert "startretries=3" in text


def test_supervisor_stops_later_groups_first() -> None:
    groups = [Group("store", 1, [Part("a", [])]), Group("services", 3, [Part("b", [])])]

    text = supervision.configuration(groups, SOCKET)

    assert "[group:store]\nprograms=a\npriority=1" in text
    assert "[group:services]\nprograms=b\npriority=3" in text


def test_supervisor_leaves_a_late_part_to_us() -> None:
    parts_of_it = [Part("a", ["x"]), Part("b", ["x"], starts_late=True)]

    text = supervision.configuration([Group("g", 1, parts_of_it)], SOCKET)

    assert re.findall(r"^autostart=(.+)$", text, re.MULTILINE) == ["true", "false"]


def test_an_empty_group_is_left_out() -> None:
    assert "[group:" not in supervision.configuration([Group("store", 1, [])], SOCKET)


def test_supervisors_configuration_holds_no_secret_and_no_path_of_ours(tmp_path: Path) -> None:
    part = Part("a", ["serve", str(tmp_path)], {"SECRET": "hidden"}, folder=tmp_path)

    text = supervision.configuration([Group("g", 1, [part])], SOCKET)

    assert "hidden" not in text
    assert str(tmp_path) not in text


def test_the_supervisors_socket_path_is_short_however_deep_the_home_is(tmp_path: Path) -> None:
    home = Home(tmp_path / "deep" / ("x" * 200))

    path = supervision.socket_path(home)

    assert len(str(path)) < 100
    assert path.parent.stat().st_mode & 0o077 == 0
    path.parent.rmdir()


def test_kafka_listens_on_loopback_and_makes_no_topic_by_itself() -> None:
    text = kafka.properties(9092, 9093)

    assert "listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093\n" in text
    assert "auto.create.topics.enable=false\n" in text


def test_no_cluster_identifier_looks_like_an_option() -> None:
    made = {kafka.new_cluster_id() for _ in range(1000)}

    assert not any(identifier.startswith("-") for identifier in made)
    assert {len(identifier) for identifier in made} == {22}


def test_only_the_migration_knows_the_owner(tmp_path: Path) -> None:
    plan = a_plan(tmp_path)

    assert "PERCORSO_JOURNEY_POSTGRES_OWNER" not in parts.environment(plan, "journey")
    assert "PERCORSO_JOURNEY_POSTGRES_OWNER" in parts.owners_environment(plan)


def test_a_service_is_not_told_the_secrets_of_another(tmp_path: Path) -> None:
    plan = a_plan(tmp_path)

    told = json.dumps(parts.environment(plan, "journey"))

    assert "subject.key" not in told
    assert plan.databases["identity"].application_password not in told


def test_services_trust_the_local_issuer_for_every_caller(tmp_path: Path) -> None:
    issuers = json.loads(parts.environment(a_plan(tmp_path), "journey")["PERCORSO_ISSUERS"])

    assert issuers == [
        {
            "issuer": "http://127.0.0.1:8001",
            "jwks_uri": "http://127.0.0.1:8001/.well-known/jwks.json",
            "callers": ["agency", "citizen", "operator", "service"],
        }
    ]


def test_the_persons_choice_of_telemetry_wins(tmp_path: Path) -> None:
    plan = a_plan(tmp_path, telemetry={"OTEL_TRACES_EXPORTER": "otlp"})

    told = parts.environment(plan, "journey")

    assert told["OTEL_TRACES_EXPORTER"] == "otlp"
    assert told["OTEL_TRACES_SAMPLER"] == "parentbased_always_on"


def test_a_second_worker_has_its_own_number_and_any_port(tmp_path: Path) -> None:
    plan = a_plan(tmp_path, kafka="127.0.0.1:1", journey_workers=2)
    (tmp_path / "zipkin").mkdir()
    (tmp_path / "zipkin" / "zipkin-server-1.jar").touch()

    started = [part for group in parts.groups(plan, tmp_path) for part in group.parts]

    worker = next(part for part in started if part.name == "journey-2")
    assert worker.arguments[-3:] == ["serve", "--only", "worker"]
    assert worker.environment["PERCORSO_JOURNEY_WORKER"] == "2"
    assert worker.environment["PERCORSO_JOURNEY_PORT"] == "0"


def test_existing_servers_are_used_instead_of_our_own(tmp_path: Path) -> None:
    plan = a_plan(tmp_path, kafka="broker.example:9092")
    (tmp_path / "zipkin").mkdir()
    (tmp_path / "zipkin" / "zipkin-server-1.jar").touch()

    names = [part.name for group in parts.groups(plan, tmp_path) for part in group.parts]

    assert names[:3] == ["zipkin", "mail", "provider"]
    assert names[3:-1] == ["identity", "journey", "insights", "notifications", "portal"]
    assert names[-1] == "city"
    assert parts.environment(plan, "identity")["PERCORSO_KAFKA"] == "broker.example:9092"


def test_the_city_begins_last_ends_first_and_may_be_off(tmp_path: Path) -> None:
    (tmp_path / "zipkin").mkdir()
    (tmp_path / "zipkin" / "zipkin-server-1.jar").touch()

    last = parts.groups(a_plan(tmp_path, city=20.0), tmp_path)[-1]
    without = parts.groups(a_plan(tmp_path, city=0.0), tmp_path)[-1]

    (city,) = last.parts
    assert (last.priority, city.starts_late, city.arguments[-2:]) == (4, True, ["--rate", "20"])
    assert without.parts == []


def test_the_local_stack_registers_the_citys_agencies() -> None:
    codes = {agency.code: agency.prefix for agency in AGENCIES}

    assert codes == {
        code: agencies.source(code) for code in (names.LOCAL_AGENCY, *agencies.OTHER_AGENCIES)
    }
    assert {each.code for each in AGENCIES if each.may_link} == {*agencies.MAY_LINK}
    assert {agency.code: agency.name for agency in AGENCIES} == names.AGENCIES


def test_the_roles_urls_keep_the_server_and_its_parameters(tmp_path: Path) -> None:
    plan = a_plan(tmp_path)
    password = plan.databases["journey"].application_password

    assert plan.application_url("journey") == (
        f"postgresql://percorso_journey:{password}@127.0.0.1:15432/percorso_journey?sslmode=disable"
    )
