"""The provider's pages: in Italian, without scripts, and each says that nothing there is real."""

from collections.abc import Sequence
from html import escape

from percorso.city.provider.persons import Shown
from percorso.city.provider.requests import Request

LEVELS = {
    1: "livello 1: password",
    2: "livello 2: anche un codice",
    3: "livello 3: anche una carta",
}
ATTRIBUTES = {
    "given_name": "nome",
    "family_name": "cognome",
    "birthdate": "data di nascita",
    "gender": "sesso",
    "place_of_birth": "luogo di nascita",
    "email": "indirizzo di posta",
    "phone_number": "telefono",
    "https://attributes.eid.gov.it/fiscal_number": "codice fiscale",
}
STYLE = """
body { color: #17324d; font: 1.0625rem/1.5 sans-serif; margin: 0 auto; max-width: 42rem; overflow-wrap: anywhere; padding: 1rem; }
header p { background: #fff4d6; border: 2px solid #995c00; color: #17324d; padding: 0.75rem; }
fieldset { border: 1px solid #5b6f82; margin: 1.5rem 0; min-width: 0; }
legend { font-weight: bold; }
.choice { display: flex; gap: 0.75rem; padding: 0.5rem 0; }
.choice input { flex: none; height: 1.5rem; width: 1.5rem; }
.why { color: #455b71; display: block; }
input[type="text"], select { box-sizing: border-box; font: inherit; max-width: 100%; padding: 0.4rem; }
button { background: #0066cc; border: 0; border-radius: 4px; color: #fff; font: inherit; padding: 0.6rem 1.2rem; }
button.other { background: #fff; box-shadow: inset 0 0 0 2px #0066cc; color: #0059b3; }
:focus-visible { outline: 3px solid #17324d; outline-offset: 2px; }
.fault { border-left: 4px solid #cc334d; color: #a32c3f; padding-left: 0.75rem; }
"""
_FRAME = """<!doctype html>
<html lang="it">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} - Accesso di prova</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header><p><strong>Non è SPID e non è CIE.</strong> È un accesso di prova, solo su questo computer:
le persone sono inventate e nessuna password viene chiesta.</p></header>
<main>
<h1>{heading}</h1>
{content}
</main>
</body>
</html>
"""
CHOICE = "Chi accede?"
UNKNOWN = "Il codice fiscale non è valido: controlla le sedici lettere e cifre."


def choice(request: Request, name: str, persons: Sequence[Shown], fault: str = "") -> str:
    """Return the page on which somebody says who they are; `name` is that of the request."""
    said = f'<p class="fault" id="fault" role="alert">{escape(fault)}</p>\n' if fault else ""
    content = (
        f"<p>Il servizio <strong>{escape(request.client.client_id)}</strong> chiede chi sei "
        f"e riceverà: {escape(_asked(request))}.</p>\n{said}"
        f'<form method="post" action="/authorize">\n'
        f'<input type="hidden" name="login" value="{escape(name)}">\n'
        f"<fieldset><legend>Chi sei?</legend>\n{_persons(persons, fault)}{_other(fault)}</fieldset>\n"
        f'<p><label for="level">Con quale sicurezza accedi</label><br>\n{_levels(request.level)}</p>\n'
        '<p><button name="do" value="login">Accedi e invia i dati</button>\n'
        '<button class="other" name="do" value="cancel" formnovalidate>Annulla</button></p>\n'
        "</form>"
    )
    title = f"Errore: {CHOICE}" if fault else CHOICE
    return _FRAME.format(title=title, heading=CHOICE, content=content)


def refusal() -> str:
    """Return the page for whom no client can be told that the request is wrong, or too old."""
    content = (
        "<p>La richiesta di accesso non è valida o è scaduta. "
        "Torna al servizio da cui sei partito e ricomincia.</p>"
    )
    return _framed("Accesso non possibile", content)


def welcome() -> str:
    """Return the page for whoever comes by themselves."""
    content = "<p>Qui si arriva da un servizio che chiede chi sei. Parti dal portale.</p>"
    return _framed("Un fornitore di identità inventate", content)


def _framed(title: str, content: str) -> str:
    return _FRAME.format(title=title, heading=title, content=content)


def _persons(persons: Sequence[Shown], fault: str) -> str:
    return "".join(
        f'<div class="choice"><input type="radio" name="person" id="p{number}" '
        f'value="{escape(each.fiscal_code)}"{_checked(number == 0 and not fault)}>\n'
        f'<label for="p{number}">{escape(each.name)} ({escape(each.fiscal_code)})'
        f'<span class="why" lang="en">{escape(each.why)}</span></label></div>\n'
        for number, each in enumerate(persons)
    )


def _checked(is_chosen: bool) -> str:  # noqa: FBT001 - the one thing it is about
    return " checked" if is_chosen else ""


def _other(fault: str) -> str:
    described = ' aria-invalid="true" aria-describedby="fault"' if fault else ""
    return (
        f'<div class="choice"><input type="radio" name="person" id="other" value=""{_checked(bool(fault))}>\n'
        '<label for="other">Un&#39;altra persona inventata</label></div>\n'
        '<p><label for="code">Il suo codice fiscale</label><br>\n'
        f'<input type="text" id="code" name="code" maxlength="16" autocomplete="off"{described}></p>\n'
    )


def _levels(lowest: int) -> str:
    options = "".join(
        f'<option value="{level}">{escape(words)}</option>'
        for level, words in LEVELS.items()
        if level >= lowest
    )
    return f'<select id="level" name="level">{options}</select>'


def _asked(request: Request) -> str:
    known = [words for name, words in ATTRIBUTES.items() if name in request.attributes]
    return ", ".join(known) or "nessun dato personale"
