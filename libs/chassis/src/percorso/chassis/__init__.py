"""Being a reliable process: settings, health, tokens, telemetry, database."""
