"""docs/reference/problems.md: every problem that a service answers with, from their classes."""

from collections.abc import Iterator

from docs.generate import code as our_code
from docs.generate.markdown import code, table
from docs.generate.markdown import page as markdown_page
from percorso.chassis.problems import Problem

HEAD = ("type", "status", "title", "when")
INTRODUCTION = (
    "Errors are `application/problem+json` (RFC 9457). No member repeats what was sent. `type` is a "
    "URN and never changes its meaning; `instance`, where it is there, names the trace. What the web "
    "framework itself refuses (a wrong path or method) has the type `urn:percorso:problem:` and the "
    "phrase of its status, such as `method-not-allowed`."
)


def page() -> str:
    """Return the page."""
    our_code.modules()
    parts = [INTRODUCTION]
    for module in sorted({each.__module__ for each in problems()}):
        rows = sorted(_row(each) for each in problems() if each.__module__ == module)
        parts += [f"## {module}", table(HEAD, rows)]
    return markdown_page("Problems", *parts)


def problems(family: type[Problem] = Problem) -> Iterator[type[Problem]]:
    """Yield the product's problems that have a slug of their own, once every module is imported."""
    if "slug" in vars(family) and family.__module__.startswith("percorso."):
        yield family
    for each in family.__subclasses__():
        yield from problems(each)


def _row(problem: type[Problem]) -> tuple[str, str, str, str]:
    slug = code(f"urn:percorso:problem:{problem.slug}")
    meaning = problem.__doc__ if problem is not Problem else "A fault of ours; its trace has more."
    return slug, str(problem.status), problem.title, meaning or ""
