"""`python -m percorso.insights serve | migrate | topics | check-rules | rebuild-metrics | recompute`."""

import sys

from percorso.chassis.service import Program, main
from percorso.insights import service
from percorso.insights.decisions import cli as decisions_cli
from percorso.insights.experience import cli as experience_cli
from percorso.insights.rules import cli as rules_cli
from percorso.insights.settings import PREFIX, Settings

if __name__ == "__main__":
    match sys.argv[1:2]:
        case ["check-rules"]:
            rules_cli.main(sys.argv[2:])
        case ["rebuild-metrics"]:
            experience_cli.main(sys.argv[2:], prefix=PREFIX)
        case ["recompute"]:
            decisions_cli.main(sys.argv[2:], prefix=PREFIX)
    main(
        Program(
            name="insights",
            settings_type=Settings,
            build=service.build,
            migrations="percorso.insights",
            topics=service.topics,
        )
    )
