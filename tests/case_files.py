"""Small inputs that failed once: tests/cases, or the folder of AI_STORY_TEST_CASES."""

import os
from pathlib import Path

CASES = Path(os.environ.get("AI_STORY_TEST_CASES") or Path(__file__).parent / "cases").resolve()
