"""The limits of the public contract, section 3."""

from datetime import timedelta

MAX_TOUCHPOINT_BYTES = 16 * 1024
MAX_EVENT_BYTES = 64 * 1024
MAX_REQUEST_BYTES = 4 * 1024 * 1024
MAX_REQUEST_EVENTS = 1_000
MAX_ATTRIBUTE = 256  # characters of `id`, `source` and `type`
MAX_SEQUENCE_DIGITS = 18  # fits PostgreSQL's bigint
MAX_DETAILS_BYTES = 4 * 1024
MAX_AHEAD = timedelta(minutes=10)
RETENTION = timedelta(days=10_957)  # 30 years
