"""The insights service's commands: serve, migrate, topics, check-rules."""

import sys

from percorso.chassis.service import Program, main
from percorso.insights import service
from percorso.insights.rules import cli
from percorso.insights.settings import Settings

if __name__ == "__main__":
    if sys.argv[1:2] == ["check-rules"]:
        cli.main(sys.argv[2:])
    main(
        Program(
            name="insights",
            settings_type=Settings,
            build=service.build,
            migrations="percorso.insights",
            topics=service.topics,
        )
    )
