"""Another client of the API that changes a story while the page shows it."""

from tests.graphql_client import ask

RENAME = "mutation($id: ID!, $to: String!) { updateStory(id: $id, title: $to) { __typename } }"
REMOVE = "mutation($id: ID!) { deleteShot(id: $id) { __typename } }"
EDIT = "mutation($input: UpdateShotInput!) { updateShot(input: $input) { userErrors { message } } }"
ORDER = "query($id: ID!) { story(id: $id) { shots { id title } } }"


async def titles_of(url: str, story: str) -> list[str]:
    told = await ask(url, ORDER, {"id": story})
    return [shot["title"] for shot in told["story"]["shots"]]
