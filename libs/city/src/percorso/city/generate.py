"""Generate: events and their truth as two files of lines."""

from pathlib import Path

from percorso.city import calendar, truth
from percorso.city.city import City
from percorso.city.stream import events
from percorso.city.truth import CityTruth, TruthLine

EVENTS_FILE, TRUTH_FILE = "events.ndjson", "truth.ndjson"
VERSION = 1


def generate(city: City, count: int, folder: Path) -> None:
    """Write so many events in the order of sending, and the truth; same city, same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        (folder / EVENTS_FILE).open("wb") as events_file,
        (folder / TRUTH_FILE).open("wb") as truth_file,
    ):

        def note(line: TruthLine) -> None:
            truth_file.write(truth.line(line))

        note(_head(city, count))
        for person in truth.of_people(city.households):
            note(person)
        for sending in events(city, count, note):
            events_file.write(sending.raw + b"\n")


def _head(city: City, count: int) -> CityTruth:
    rates = city.rates
    return CityTruth(
        version=VERSION,
        seed=city.seed,
        people=len(city.people),
        events=count,
        start=calendar.instant_text(city.start_ms, is_local=False),
        late=rates.late,
        duplicate=rates.duplicate,
        mistake=rates.mistake,
    )
