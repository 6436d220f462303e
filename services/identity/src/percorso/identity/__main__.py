"""`python -m percorso.identity serve | migrate | topics | agency add`."""

import sys

from percorso.chassis.service import Program, main
from percorso.identity import service
from percorso.identity.agencies import cli
from percorso.identity.settings import PREFIX, Settings

if __name__ == "__main__":
    if sys.argv[1:2] == ["agency"]:
        cli.main(sys.argv[2:], prefix=PREFIX)
    main(
        Program(
            name=service.NAME,
            settings_type=Settings,
            build=service.build,
            migrations=service.PACKAGE,
            topics=service.topics,
        )
    )
