"""The first page, and what belongs to no other: the language, and where the portal has no API."""
