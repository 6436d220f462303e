"""The notifications service's commands: serve, migrate, topics."""

from percorso.chassis.service import Program, main
from percorso.notifications import service
from percorso.notifications.settings import Settings

if __name__ == "__main__":
    main(
        Program(
            name="notifications",
            settings_type=Settings,
            build=service.build,
            migrations="percorso.notifications",
            topics=service.topics,
        )
    )
