"""The services of the city, as its agencies offer them, and the channels that lead to them."""

from dataclasses import dataclass

from percorso.city.agencies import (
    AMBIENTE,
    COMUNE,
    ENTRATE,
    PREVIDENZA,
    SALUTE,
    TRASPORTI,
    Agency,
)

# Codes of the national vocabulary of channels.
COUNTER, HOME, CASH_MACHINE = "01.1.1", "01.1.2", "01.1.3"
POST, TOBACCONIST, SUPERMARKET, CAF, INTERMEDIARY = "01.2.1", "01.2.2", "01.2.3", "01.2.4", "01.2.5"
WEB, WEB_PREFILLED = "02.1", "02.2"
VOICE, CALL_CENTRE, FAX = "03.1", "03.2", "03.3"
PEC, EMAIL = "04.1", "04.2"
APP, TELEVISION, TOTEM, VIDEO = "05.1", "05.2", "05.3", "05.4"
PAGOPA, PAGOPA_PREAUTHORISED, PAGOPA_AT_BANK = "05.5.1", "05.5.2", "05.5.3"
STANDING_ORDER, DIRECT_DEBIT, TRANSFER = "05.6.1", "05.6.2", "05.6.3"
PAYMENT_SLIP, F24, F23 = "05.6.4", "05.6.5", "05.6.6"

# Codes of the national vocabulary of life events.
SCHOOL, JOB, DRIVING, VEHICLE, TRANSPORT, HOUSE = "1", "3", "5", "6", "7", "8"
MOVING, TRAVEL, BIRTH, MARRIAGE, DEATH, HEALTH = "9", "11", "12", "13", "14", "15"
TAXES, CULTURE = "17", "18"


@dataclass(frozen=True, slots=True)
class Service:
    """A public service: its code in the catalogue, who offers it, where, and for which situation."""

    code: str
    name: str
    agency: Agency
    channels: tuple[str, ...]
    life_event: str | None = None


RESIDENZA = Service(
    "cambio-residenza", "Cambio di residenza", COMUNE,
    (COUNTER, WEB_PREFILLED, PEC, EMAIL, POST, FAX, CALL_CENTRE), MOVING,
)  # fmt: skip
NASCITA = Service(
    "dichiarazione-nascita", "Dichiarazione di nascita", COMUNE, (COUNTER, WEB), BIRTH
)
CARTA_IDENTITA = Service(
    "carta-identita", "Carta d'identità elettronica", COMUNE,
    (COUNTER, WEB, CALL_CENTRE, TOTEM, HOME), TRAVEL,
)  # fmt: skip
PERMESSO_COSTRUIRE = Service(
    "permesso-costruire", "Permesso di costruire", COMUNE,
    (WEB, PEC, COUNTER, VIDEO, INTERMEDIARY), HOUSE,
)  # fmt: skip
SANZIONI = Service(
    "sanzioni-stradali", "Sanzioni al codice della strada", COMUNE,
    (POST, WEB, COUNTER, PEC, PAGOPA, TOBACCONIST, CASH_MACHINE), VEHICLE,
)  # fmt: skip
ASILO_NIDO = Service(
    "iscrizione-asilo-nido", "Iscrizione all'asilo nido", COMUNE, (WEB_PREFILLED, COUNTER), SCHOOL
)
MATRIMONIO = Service(
    "pubblicazione-matrimonio", "Pubblicazione di matrimonio", COMUNE, (COUNTER, WEB), MARRIAGE
)
DECESSO = Service("dichiarazione-morte", "Dichiarazione di morte", COMUNE, (COUNTER,), DEATH)
SEGNALAZIONI = Service(
    "segnalazioni", "Segnalazioni di disservizi", COMUNE, (APP, WEB, CALL_CENTRE, VOICE, EMAIL)
)
PRESTITO = Service(
    "prestito-bibliotecario", "Prestito bibliotecario", COMUNE, (COUNTER, WEB, TOTEM), CULTURE
)
PEDIATRA = Service("scelta-pediatra", "Scelta del pediatra", SALUTE, (WEB, COUNTER, APP), BIRTH)
VISITE = Service(
    "prenotazione-visite", "Prenotazione di visite ed esami", SALUTE,
    (CALL_CENTRE, WEB, COUNTER, APP, CASH_MACHINE), HEALTH,
)  # fmt: skip
ABBONAMENTO = Service(
    "abbonamento-trasporti", "Abbonamento ai trasporti pubblici", TRASPORTI,
    (COUNTER, APP, WEB, TOTEM, TOBACCONIST, SUPERMARKET), TRANSPORT,
)  # fmt: skip
TARI = Service(
    "tari", "Tassa sui rifiuti", ENTRATE,
    (POST, WEB, COUNTER, CALL_CENTRE, PAGOPA, F24, DIRECT_DEBIT), TAXES,
)  # fmt: skip
IMU = Service("imu", "Imposta sugli immobili", ENTRATE, (F24, WEB, COUNTER, CAF), TAXES)
RIFIUTI = Service(
    "raccolta-rifiuti", "Raccolta dei rifiuti porta a porta", AMBIENTE,
    (HOME, CALL_CENTRE, APP, WEB, EMAIL),
)  # fmt: skip
INGOMBRANTI = Service(
    "ritiro-ingombranti", "Ritiro degli ingombranti a domicilio", AMBIENTE, (CALL_CENTRE, WEB, HOME)
)
ASSEGNO_UNICO = Service(
    "assegno-unico", "Assegno unico per i figli", PREVIDENZA, (WEB_PREFILLED, CAF), BIRTH
)
DISOCCUPAZIONE = Service(
    "indennita-disoccupazione", "Indennità di disoccupazione", PREVIDENZA, (WEB, CAF, POST), JOB
)

SERVICES = (
    RESIDENZA, NASCITA, CARTA_IDENTITA, PERMESSO_COSTRUIRE, SANZIONI, ASILO_NIDO, MATRIMONIO, DECESSO, SEGNALAZIONI,
    PRESTITO, PEDIATRA, VISITE, ABBONAMENTO, TARI, IMU, RIFIUTI, INGOMBRANTI, ASSEGNO_UNICO, DISOCCUPAZIONE,
)  # fmt: skip
