"""The `percorso` command."""

from percorso.client.cli.app import app, main

__all__ = ["app", "main"]
