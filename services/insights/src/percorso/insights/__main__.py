"""The insights service's commands: serve, migrate, topics."""

from percorso.chassis.service import Program, main
from percorso.insights import service
from percorso.insights.settings import Settings

if __name__ == "__main__":
    main(
        Program(
            name="insights",
            settings_type=Settings,
            build=service.build,
            migrations="percorso.insights",
            topics=service.topics,
        )
    )
