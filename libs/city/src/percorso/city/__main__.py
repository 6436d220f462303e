"""`python -m percorso.city`."""

import sys

from percorso.city.cli import main

sys.exit(main())
