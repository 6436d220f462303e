"""Codes of the Italian controlled vocabularies that touchpoints may carry.

Facts taken from "classifications for public services" (AgID, ISTAT and others), CC BY 4.0,
italia/daf-ontologie-vocabolari-controllati at d8596ae (2024-12-04). Every level of a code is a code.
"""

from collections.abc import Mapping
from typing import Literal

Channel = Literal[
    "01", "01.1", "01.1.1", "01.1.2", "01.1.3",
    "01.2", "01.2.1", "01.2.2", "01.2.3", "01.2.4", "01.2.5",
    "02", "02.1", "02.2",
    "03", "03.1", "03.2", "03.3",
    "04", "04.1", "04.2",
    "05", "05.1", "05.2", "05.3", "05.4",
    "05.5", "05.5.1", "05.5.2", "05.5.3",
    "05.6", "05.6.1", "05.6.2", "05.6.3", "05.6.4", "05.6.5", "05.6.6",
]  # fmt: skip

LifeEvent = Literal[
    "1", "2", "3", "4", "5", "6", "7", "8", "9", "10",
    "11", "12", "13", "14", "15", "16", "17", "18", "19",
]  # fmt: skip

# Labels as the vocabularies have them.
CHANNELS: Mapping[Channel, str] = {
    "01": "Non telematico",
    "01.1": "Non telematico diretto",
    "01.1.1": "Sportello Pubblica Amministrazione",
    "01.1.2": "Domicilio del cittadino",
    "01.1.3": "Cassa automatica",
    "01.2": "Non telematico con intermediario",
    "01.2.1": "Posta",
    "01.2.2": "Tabaccaio - Ricevitoria",
    "01.2.3": "GDO - Grande Distribuzione Organizzata",
    "01.2.4": "CAF/Patronato",
    "01.2.5": "Altro intermediario",
    "02": "Applicativo",
    "02.1": "Applicazione con compilazione modulo libero",
    "02.2": "Applicazione con modulo precompilato",
    "03": "Telefono",
    "03.1": "Numero dedicato/voce",
    "03.2": "Call center",
    "03.3": "Fax",
    "04": "Email",
    "04.1": "Posta Elettronica Certificata - PEC",
    "04.2": "Email tradizionale",
    "05": "Altro telematico",
    "05.1": "App mobile",
    "05.2": "TV on demand",
    "05.3": "Totem",
    "05.4": "Video conferenza",
    "05.5": "Piattaforma PagoPA",
    "05.5.1": "Pagamento in tempo reale",
    "05.5.2": "Incasso preautorizzato",
    "05.5.3": "Pagamento attivo presso PSP - Prestatore di Servizio di Pagamento",
    "05.6": "Pagamenti bancari automatici",
    "05.6.1": "Ordine permanente",
    "05.6.2": "Addebito diretto - SEPA",
    "05.6.3": "Bonifico",
    "05.6.4": "MAV/RAV",
    "05.6.5": "F24",
    "05.6.6": "F23",
}

LIFE_EVENTS: Mapping[LifeEvent, str] = {
    "1": "Iscrizione scuola/università e/o richiesta borsa di studio",
    "2": "Invalidità",
    "3": "Ricerca di lavoro, avvio nuovo lavoro, disoccupazione",
    "4": "Pensionamento",
    "5": "Richiesta o rinnovo patente",
    "6": "Registrazione/possesso veicolo",
    "7": "Accesso al trasporto pubblico",
    "8": "Compravendita/affitto casa/edifici/terreni, costruzione o ristrutturazione casa/edificio",
    "9": "Cambio di residenza/domicilio",
    "10": "Espatrio per lavoro, studio, pensionamento",
    "11": "Richiesta passaporto, visto e assistenza viaggi internazionali",
    "12": "Nascita di un bambino, richiesta adozioni",
    "13": "Matrimonio e/o cambio stato civile",
    "14": "Morte ed eredità",
    "15": "Prenotazione e disdetta visite/esami",
    "16": "Denuncia crimini",
    "17": "Dichiarazione dei redditi, versamento e riscossione tributi/imposte e contributi",
    "18": "Accesso luoghi della cultura",
    "19": "Possesso, cura, smarrimento animale da compagnia",
}
