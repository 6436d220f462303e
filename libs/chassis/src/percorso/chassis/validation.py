"""What was wrong with an input, said without repeating any of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, get_args

from pydantic_core.core_schema import ErrorType

OTHER = "Not valid"
# Only limits and choices that we declared ourselves are filled in: pydantic's own sentences quote input.
_TITLES: Mapping[str, str] = {
    "bool_parsing": "Should be true or false",
    "bool_type": "Should be true or false",
    "bytes_too_long": "Should have at most {max_length} bytes",
    "date_from_datetime_parsing": "Should be a date",
    "date_parsing": "Should be a date",
    "date_type": "Should be a date",
    "datetime_from_date_parsing": "Should be a time with its offset",
    "datetime_parsing": "Should be a time with its offset",
    "datetime_type": "Should be a time with its offset",
    "dict_type": "Should be an object",
    "enum": "Should be {expected}",
    "extra_forbidden": "Has a member that is not known",
    "finite_number": "Should be a finite number",
    "float_parsing": "Should be a number",
    "float_type": "Should be a number",
    "greater_than": "Should be greater than {gt}",
    "greater_than_equal": "Should be at least {ge}",
    "int_from_float": "Should be an integer",
    "int_parsing": "Should be an integer",
    "int_parsing_size": "Should be an integer",
    "int_type": "Should be an integer",
    "json_invalid": "Should be JSON",
    "less_than": "Should be less than {lt}",
    "less_than_equal": "Should be at most {le}",
    "list_type": "Should be a list",
    "literal_error": "Should be {expected}",
    "missing": "Is required",
    "model_attributes_type": "Should be an object",
    "model_type": "Should be an object",
    "string_pattern_mismatch": "Is not in the expected form",
    "string_too_long": "Should have at most {max_length} characters",
    "string_too_short": "Should have at least {min_length} characters",
    "string_type": "Should be a string",
    "string_unicode": "Should be a string",
    "time_delta_parsing": "Should be a duration",
    "timezone_aware": "Should have an offset from UTC",
    "too_long": "Should have at most {max_length} items",
    "too_short": "Should have at least {min_length} items",
    "tuple_type": "Should be a list",
    "url_parsing": "Should be a URL",
    "url_scheme": "Should be a URL with one of the schemes {expected_schemes}",
    "url_type": "Should be a URL",
    "uuid_parsing": "Should be a UUID",
    "uuid_type": "Should be a UUID",
}
_PYDANTIC_TYPES = frozenset(get_args(ErrorType))


def title(fault: Mapping[str, Any]) -> str:
    """Say what is wrong with one of pydantic's `errors()`, from a closed list of sentences.

    The sentence of a `PydanticCustomError` without context is ours, and said as it stands.
    """
    context = fault.get("ctx") or {}
    if template := _TITLES.get(fault["type"]):
        return template.format_map(context)
    if fault["type"] in _PYDANTIC_TYPES or context:
        return OTHER
    return str(fault["msg"])


def place(fault: Mapping[str, Any]) -> Sequence[str | int]:
    """Return where a fault is; for an unknown member its parent, because the name was sent."""
    at: Sequence[str | int] = fault["loc"]
    return at[:-1] if fault["type"] == "extra_forbidden" else at


def pointer(at: Iterable[str | int], is_known: Callable[[str], bool]) -> str:
    """Write a place as a JSON pointer, cut before the first name that is not declared."""
    parts: list[str] = []
    for part in at:
        if isinstance(part, str) and not is_known(part):
            break
        parts.append(str(part).replace("~", "~0").replace("/", "~1"))
    return "".join(f"/{part}" for part in parts)
