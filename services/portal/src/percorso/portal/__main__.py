"""The portal's commands: serve, migrate."""

from percorso.chassis.service import Program, main
from percorso.portal import service
from percorso.portal.settings import Settings

if __name__ == "__main__":
    main(
        Program(
            name="portal",
            settings_type=Settings,
            build=service.build,
            migrations="percorso.portal",
        )
    )
