"""Fills the templates: the frame of a page is the same for all, its words are the visitor's."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from starlette.responses import HTMLResponse, RedirectResponse, Response

from percorso.portal.pages import formats, languages
from percorso.portal.pages.visit import Visit

FOLDER = Path(__file__).parent
_FORMATS: Mapping[str, Callable[..., str]] = {
    "day": formats.day,
    "month": formats.month,
    "moment": formats.moment,
    "hour": formats.hour,
    "number": formats.number,
}


class Pages:
    """Makes pages; an undefined name or a missing text is an error, never an empty place."""

    def __init__(self) -> None:
        self.words = languages.load()
        self._environment = Environment(
            loader=FileSystemLoader(FOLDER / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters["both"] = _in_language
        self._environment.filters |= {name: _localised(each) for name, each in _FORMATS.items()}

    def page(self, visit: Visit, template: str, status: int = 200, **shown: Any) -> Response:
        """Return a page."""
        text = self._environment.get_template(template).render(
            visit=visit, t=self.words[visit.language], **shown
        )
        return HTMLResponse(text, status)


def led(path: str) -> Response:
    """Return the way to another page of ours; a form that was sent is not sent again there."""
    return RedirectResponse(path, 303)


@pass_context
def _in_language(context: Context, words: Any) -> Any:
    """Return, of what a service says in both languages, the visitor's."""
    return words.it if context["visit"].language == "it" else words.en


def _localised(write: Callable[..., str]) -> Callable[..., str]:
    @pass_context
    def written(context: Context, value: Any) -> str:
        return write(value, context["visit"].language)

    return written
