"""The settings of the database: their names in messages, and how many sessions they allow."""

DATABASE_URL = "AI_STORY_DATABASE_URL"
"""The setting that operators look at, unless another gave the address."""

DIRECT_URL = "AI_STORY_DATABASE_DIRECT_URL"
SESSIONS = "AI_STORY_DATABASE_SESSIONS"

LEAST_SESSIONS = 6
USUAL_SESSIONS = 24
UNPOOLED_SESSIONS = 4
"""Of a process: one listens, two serve the queue, and one is for the readiness check."""
