"""The journey service's commands: serve, migrate, topics."""

from percorso.chassis.service import Program, main
from percorso.journey import service
from percorso.journey.settings import Settings

if __name__ == "__main__":
    main(
        Program(
            name="journey",
            settings_type=Settings,
            build=service.build,
            migrations="percorso.journey",
            topics=service.make_topics,
        )
    )
