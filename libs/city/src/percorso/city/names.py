"""The names that people, places and streets of the city are drawn from."""

from percorso.city.chance import Weighted

WOMEN = (
    "Alessia", "Alice", "Anna", "Arianna", "Aurora", "Beatrice", "Bianca", "Camilla", "Carla", "Caterina", "Chiara",
    "Claudia", "Cristina", "Daniela", "Elena", "Eleonora", "Elisa", "Emma", "Federica", "Francesca", "Gaia", "Giada",
    "Giorgia", "Giovanna", "Giulia", "Greta", "Ilaria", "Laura", "Linda", "Lucia", "Luisa", "Maria", "Marta", "Martina",
    "Matilde", "Michela", "Monica", "Nadia", "Noemi", "Paola", "Patrizia", "Rebecca", "Roberta", "Rosa", "Sara",
    "Silvia", "Simona", "Sofia", "Stefania", "Teresa", "Valentina", "Vera", "Viola", "Vittoria",
)  # fmt: skip
MEN = (
    "Alberto", "Alessandro", "Andrea", "Angelo", "Antonio", "Carlo", "Claudio", "Daniele", "Davide", "Diego", "Edoardo",
    "Emanuele", "Enrico", "Fabio", "Federico", "Filippo", "Francesco", "Gabriele", "Giacomo", "Gianni", "Giorgio",
    "Giovanni", "Giulio", "Giuseppe", "Jacopo", "Lorenzo", "Luca", "Luigi", "Marco", "Mario", "Massimo", "Matteo",
    "Mattia", "Maurizio", "Michele", "Mirko", "Nicola", "Paolo", "Pietro", "Riccardo", "Roberto", "Salvatore",
    "Samuele", "Sergio", "Simone", "Stefano", "Tommaso", "Umberto", "Vincenzo", "Vittorio",
)  # fmt: skip
SURNAMES = (
    "Rossi", "Ferrari", "Russo", "Bianchi", "Romano", "Colombo", "Ricci", "Marino", "Greco", "Bruno", "Gallo", "Conti",
    "De Luca", "Costa", "Giordano", "Mancini", "Rizzo", "Lombardi", "Moretti", "Barbieri", "Fontana", "Santoro",
    "Mariani", "Rinaldi", "Caruso", "Ferrara", "Galli", "Martini", "Leone", "Longo", "Gentile", "Martinelli", "Vitale",
    "Lombardo", "Serra", "Coppola", "De Santis", "Marchetti", "Parisi", "Villa", "Conte", "Ferraro", "Ferri", "Fabbri",
    "Bianco", "Marini", "Grasso", "Valentini", "Messina", "Sala", "De Angelis", "Gatti", "Pellegrini", "Palumbo",
    "Sanna", "Farina", "Rizzi", "Monti", "Cattaneo", "Morelli", "Amato", "Silvestri", "Mazza", "Testa", "Grassi",
    "Pellegrino", "Carbone", "Giuliani", "Benedetti", "Barone", "Rossetti", "Caputo", "Montanari", "Guerra",
    "Palmieri", "Bernardi", "Martino", "Fiore", "De Rosa", "Ferretti", "Bellini", "Basile", "Riva", "Donati", "Piras",
    "Vitali", "Battaglia", "Sartori", "Neri", "Costantini", "Milani", "Pagano", "Ruggiero", "Sorrentino", "Orlando",
    "Negri", "Ferraris", "Boveri", "Guasco", "Ghilini", "Zanetti", "Oddone", "Robotti", "Gastaldi", "Bocca",
)  # fmt: skip
SURNAMES_FROM_ABROAD = (
    "Popescu", "Ionescu", "Popa", "Hoxha", "Shehu", "Leka", "El Amrani", "Benali", "Haddad", "Kovalenko", "Shevchenko",
    "Mensah", "Diop", "Singh", "Rahman", "Chen", "Quispe",
)  # fmt: skip

# Codes of the land registry, which fiscal codes carry: municipalities, and countries with Z.
BIRTHPLACES = Weighted(
    ("A182", 55), ("L219", 8), ("D969", 6), ("F205", 6), ("A052", 3), ("I480", 3), ("F965", 3), ("L304", 3),
    ("F839", 2), ("G273", 2), ("H501", 2), ("A662", 1), ("D612", 1),
)  # fmt: skip
# Country, and the language that its people set on a screen.
COUNTRIES = Weighted(
    (("Z129", "ro"), 30), (("Z100", "sq"), 20), (("Z330", "ar"), 20), (("Z138", "uk"), 12), (("Z352", "fr"), 4),
    (("Z210", "zh"), 6), (("Z611", "es"), 5), (("Z222", "pa"), 4),
)  # fmt: skip
EU_COUNTRIES = {"Z129": "RO"}

AREAS = (
    "Centro",
    "Borgo Fiume",
    "Stazione",
    "Orti",
    "Colle",
    "Pista Vecchia",
    "Mulini",
    "Galimberti",
)
BUS_LINES = (
    ("1", ("Stazione", "Piazza della Lega", "Ospedale")),
    ("2", ("Orti", "Piazza della Lega", "Galimberti")),
    ("4", ("Mulini", "Stazione", "Pista Vecchia", "Colle")),
    ("7", ("Borgo Fiume", "Piazza della Lega", "Stazione")),
    ("N1", ("Stazione", "Centro", "Colle")),
)
