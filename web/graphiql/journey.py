"""The operations in GraphiQL's tabs: one tab for each step from a story to its film."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Step:
    """One tab: an operation, whose name is the tab's name, and its variables."""

    query: str
    variables: dict[str, Any]


JOURNEY = (
    Step(
        """\
# 1. Make a film of a story: run it (Ctrl-Enter).
#    The next tabs ask for the id that it answers.
mutation CreateStory($input: CreateStoryInput!) {
  createStory(input: $input) {
    story {
      id
      status
    }
    eventCursor
    userErrors {
      code
      message
      field
    }
  }
}
""",
        {
            "input": {
                "content": "A lighthouse keeper's daughter finds a message in a bottle. She rows "
                "out at dawn. Behind the fog lies an island. A lamp burns there, and somebody "
                "waves.",
                "style": "MOVIE",
            }
        },
    ),
    Step(
        """\
# 2. Follow it: the present state, then every change,
#    until you stop it (the same button). With a cursor
#    as `after` you get exactly what came since.
subscription FollowStory($id: ID!, $after: EventCursor) {
  storyEvents(storyId: $id, after: $after) {
    cursor
    type
    story {
      title
      phase
      progress
      nextStep {
        message
      }
      shots {
        id
        position
        title
        status
        imageUrl
      }
    }
    video {
      status
      progress
      videoUrl
    }
  }
}
""",
        {"id": "the story's id"},
    ),
    Step(
        """\
# 3. Change a shot and have it drawn anew; its picture
#    stays until the new one is there.
mutation EditShot($input: UpdateShotInput!) {
  updateShot(input: $input) {
    shot {
      id
      status
      prompt
      imageUrl
    }
    userErrors {
      code
      message
      field
    }
  }
}
""",
        {
            "input": {
                "id": "a shot's id",
                "prompt": "Wide shot. A lighthouse above a calm sea, the first light of the day.",
                "regenerate": True,
            }
        },
    ),
    Step(
        """\
# 4. Render the film once every picture is there.
#    Tab 2 shows how far it is.
mutation RenderFilm($id: ID!) {
  generateVideo(input: {storyId: $id}) {
    video {
      id
      status
      progress
      videoUrl
    }
    userErrors {
      code
      message
      field
    }
  }
}
""",
        {"id": "the story's id"},
    ),
    Step(
        """\
# 5. See where it plays, and what it is made of.
query FindFilm($id: ID!) {
  story(id: $id) {
    title
    video {
      status
      durationSeconds
      videoUrl
      subtitlesUrl
      thumbnailUrl
    }
    shots {
      title
      narration
      imageUrl
    }
  }
}
""",
        {"id": "the story's id"},
    ),
)
