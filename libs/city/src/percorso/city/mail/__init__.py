"""A mail server for the local stack that delivers nothing: it keeps what arrives, to be read."""
