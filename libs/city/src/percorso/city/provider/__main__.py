"""`python -m percorso.city.provider`: let invented people log in, until it is stopped."""

import argparse
import time
from pathlib import Path

import uvicorn

from percorso.city.city import DEFAULT_PEOPLE, DEFAULT_SEED, City
from percorso.city.cli import DEFAULT_START
from percorso.city.provider import clients, signing
from percorso.city.provider.app import Provider
from percorso.city.provider.clients import Client
from percorso.city.provider.persons import Persons
from percorso.city.provider.signing import Signer

LOOPBACK = "127.0.0.1"


def main() -> None:
    """Serve until the process ends; browsers reach it on loopback, wherever it listens."""
    given = parser().parse_args()
    issuer = f"http://{LOOPBACK}:{given.port}"
    client = Client(given.client, [given.redirect_uri], clients.read_keys(given.client_keys))
    provider = Provider(
        issuer,
        signer=Signer(issuer, signing.read_key(given.key)),
        registered={client.client_id: client},
        persons=Persons(City(DEFAULT_SEED, DEFAULT_PEOPLE, start=DEFAULT_START)),
        now=time.time,
    )
    # Without a line for each request: codes stand in the URL.
    uvicorn.run(
        provider.app(), host=given.host, port=given.port, access_log=False, log_level="warning"
    )


def parser() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    made = argparse.ArgumentParser(prog="python -m percorso.city.provider")
    made.add_argument("--host", default=LOOPBACK, help="another than loopback: in a container")
    made.add_argument("--port", type=int, required=True)
    made.add_argument("--key", type=Path, required=True, help="PEM file of its RSA private key")
    made.add_argument("--client", required=True, metavar="URL", help="who may send people here")
    made.add_argument("--redirect-uri", required=True, metavar="URL", help="where they return to")
    made.add_argument("--client-keys", type=Path, required=True, help="the client's keys, a JWKS")
    return made


if __name__ == "__main__":
    main()
