"""The command `ai-story` of an installed wheel, where the whole project is the folder `ai_story`.

The folder is a root of imports, as a clone is: no package called `db` or `web` ends up among those
of other projects.
"""

import sys
from pathlib import Path


def run() -> None:
    """Run the command line."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from cli.app import run as run_command_line  # found from now on

    run_command_line(name="ai-story")
