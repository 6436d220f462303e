"""Brings the whole stack up, keeps it up, and takes it down in order."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from percorso.local import (
    agencies,
    demo,
    home,
    jars,
    kafka,
    keys,
    options,
    parts,
    postgres,
    readiness,
    runfile,
)
from percorso.local.agencies import RegisterAgencies
from percorso.local.console import say
from percorso.local.home import Home
from percorso.local.names import LOCAL_AGENCY
from percorso.local.options import Options
from percorso.local.parts import SERVICES, Plan
from percorso.local.stop import Stop, StopAsked
from percorso.local.supervision import Supervision
from percorso.local.tasks import MakeDatabases, RunCommand, Task

STOP_TIMEOUT_S = 27.0  # the contract gives 30 for everything
TICK_S = 0.2
WATCH_INTERVAL_S = 1.0
REMINDER_S = 20.0
# Journey owns no topic; a process that makes none would cost the start a second of CPU.
OWN_TOPICS = ("identity", "insights", "notifications")


def run(chosen: Options) -> None:
    """Run the stack until a signal asks to stop; nothing is left running afterwards."""
    stop = Stop()
    stop.listen()
    try:
        with home.opened(chosen.home) as folder:
            _run(folder, chosen, stop)
    except StopAsked:
        say("Stopped.")


def _run(folder: Home, chosen: Options, stop: Stop) -> None:
    jar_folder = jars.fetch(stop.check)
    keys.make(folder)
    plan = parts.plan(folder, chosen, options.choose_ports(chosen))
    _prepare_data(plan, jar_folder)
    stop.check()
    stack = Stack(plan, Supervision(folder, parts.groups(plan, jar_folder)))
    try:
        stack.run(stop)
    finally:
        stack.stop()


class Stack:
    """One run of all parts."""

    def __init__(self, plan: Plan, supervision: Supervision) -> None:
        self._plan = plan
        self._supervision = supervision
        self._tasks = _tasks(plan)
        self._watched_at = 0.0

    def run(self, stop: Stop) -> None:
        """Start everything, tell where it is when it is ready, and keep it running."""
        self._supervision.start()
        with httpx.Client() as client:
            self._until_ready(client, stop)
        runfile.write(self._plan)
        say(runfile.table(self._plan))
        self._show_city(stop)
        while True:
            self._tick(stop)

    def stop(self) -> None:
        """Take everything down in order."""
        say("Stopping, at most half a minute.")
        runfile.remove(self._plan.home)
        for task in self._tasks:
            task.stop()
        self._supervision.stop(STOP_TIMEOUT_S)

    def _until_ready(self, client: httpx.Client, stop: Stop) -> None:
        said: Sequence[str] = ()
        said_at = 0.0
        while awaited := self._advance(client):
            if awaited != said or time.monotonic() - said_at > REMINDER_S:
                say(f"waiting for {', '.join(awaited)}")
                said, said_at = awaited, time.monotonic()
            self._tick(stop)

    def _show_city(self, stop: Stop) -> None:
        """Let the city begin, and name its demo people as soon as it has said who they are."""
        if not self._plan.options.city:
            return
        self._supervision.start_late_parts()
        asking = demo.asking(self._plan.home)
        self._tasks.append(asking)
        while not asking.is_done:
            asking.advance()
            self._tick(stop)
        say(demo.text(self._plan.home))

    def _advance(self, client: httpx.Client) -> list[str]:
        """Do the next bit of what is left to do; name what is awaited first, none when ready."""
        home.require_space(self._plan.home.path, home.LEAST_MIB)
        unfinished = [task for task in self._tasks if not task.is_done]
        for task in unfinished:
            task.advance()
        return (
            readiness.awaited_servers(self._plan)
            or [task.name for task in unfinished if not task.is_done]
            or readiness.awaited_services(self._plan, client)
        )

    def _tick(self, stop: Stop) -> None:
        stop.check()
        if time.monotonic() - self._watched_at > WATCH_INTERVAL_S:
            self._supervision.watch()
            self._watched_at = time.monotonic()
        time.sleep(TICK_S)


def _prepare_data(plan: Plan, jar_folder: Path) -> None:
    """Make both servers' data folders, side by side because each takes a second."""
    with ThreadPoolExecutor() as pool:
        steps = [
            pool.submit(_prepare_postgres, plan),
            pool.submit(_prepare_kafka, plan, jar_folder),
        ]
    for step in steps:
        step.result()


def _prepare_postgres(plan: Plan) -> None:
    if plan.options.postgres is None:
        password = keys.password(plan.home, "postgres")
        postgres.prepare(plan.home.postgres, password, log=plan.home.log("postgres"))


def _prepare_kafka(plan: Plan, jar_folder: Path) -> None:
    if plan.options.kafka is None:
        folder, log = plan.home.kafka, plan.home.log("kafka")
        kafka.prepare(folder, jar_folder, plan.ports.kafka, plan.ports.kafka_controller, log=log)


def _tasks(plan: Plan) -> list[Task]:
    made = MakeDatabases(plan.admin_url, list(plan.databases.values()))
    tables, topics = _make_tables(plan, made), _make_topics(plan)
    local_agency = _register_agency(plan, tables)
    return [made, tables, topics, local_agency, RegisterAgencies(plan, local_agency)]


def _make_tables(plan: Plan, databases: Task) -> RunCommand:
    return RunCommand(
        "tables",
        parts.series((f"percorso.{service}", "migrate") for service in SERVICES),
        parts.owners_environment(plan),
        log=plan.home.log("tables"),
        may_start=lambda: databases.is_done,
    )


def _make_topics(plan: Plan) -> RunCommand:
    return RunCommand(
        "topics",
        parts.series((f"percorso.{service}", "topics") for service in OWN_TOPICS),
        parts.environment(plan, OWN_TOPICS[0]),  # where Kafka is, which all are told alike
        log=plan.home.log("topics"),
        may_start=lambda: readiness.kafka_answers(plan),
    )


def _register_agency(plan: Plan, tables: Task) -> RunCommand:
    source = agencies.source(LOCAL_AGENCY)
    return RunCommand(
        f"agency {LOCAL_AGENCY}",
        parts.service_command(
            "identity", "agency", "add", LOCAL_AGENCY, "--source", source, "--links"
        ),
        parts.environment(plan, "identity"),
        log=plan.home.log("agency"),
        may_start=lambda: tables.is_done,
    )
