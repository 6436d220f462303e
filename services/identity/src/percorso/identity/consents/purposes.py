"""For what a citizen may be reached, on what it rests, and the words that say so.

The one place where a purpose is described. Words that change get the next version: a receipt
names the version that was shown.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from percorso.citizens.consents.facts import Purpose
from percorso.events.types.own import DUTIES, ByLaw

AnyPurpose = Literal[Purpose, ByLaw]
Basis = Literal["consent", "law"]


class Words(NamedTuple):
    """One text in two languages."""

    it: str
    en: str


class Described(NamedTuple):
    """A purpose: what the citizen reads, of which version, and the law where it rests on one."""

    text: Words
    version: int
    law: Words | None = None

    @property
    def basis(self) -> Basis:
        """On what it rests."""
        return "law" if self.law else "consent"


PURPOSES: Mapping[AnyPurpose, Described] = {
    "proactive-suggestions": Described(
        Words(
            it="Propormi, prima che li chieda, i servizi e le agevolazioni a cui potrei avere "
            "diritto, in base ai miei contatti con le amministrazioni.",
            en="Suggest, before I ask, the services and benefits that I may be entitled to, from "
            "my contacts with public administrations.",
        ),
        version=1,
    ),
    "profiling": Described(
        Words(
            it="Mettere in ordine ciò che mi viene proposto secondo le mie scelte passate, senza "
            "nascondermi nulla.",
            en="Put what is suggested to me in order by my past choices, hiding none of it.",
        ),
        version=1,
    ),
    "feedback": Described(
        Words(
            it="Chiedermi che cosa penso dei servizi che ho usato.",
            en="Ask me what I think of the services that I have used.",
        ),
        version=1,
    ),
    "participation": Described(
        Words(
            it="Invitarmi a consultazioni e altre forme di partecipazione.",
            en="Invite me to consultations and other ways of taking part.",
        ),
        version=1,
    ),
    DUTIES: Described(
        Words(
            it="Avvisarmi di ciò che devo fare o sapere: informazioni richieste, pagamenti dovuti, "
            "documenti in scadenza.",
            en="Tell me what I have to do or to know: information asked for, payments due, "
            "documents that expire.",
        ),
        version=1,
        law=Words(
            it="Compito di interesse pubblico: regolamento (UE) 2016/679, art. 6, par. 1, lett. e); "
            "d.lgs. 30 giugno 2003, n. 196, art. 2-ter; legge 7 agosto 1990, n. 241, art. 6, "
            "comma 1, lett. b) e d).",
            en="Task in the public interest: Regulation (EU) 2016/679, article 6(1)(e); "
            "Legislative Decree 196 of 30 June 2003, article 2-ter; Law 241 of 7 August 1990, "
            "article 6(1)(b) and (d).",
        ),
    ),
}
