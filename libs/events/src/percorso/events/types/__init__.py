"""Payload models, one file per producer."""
