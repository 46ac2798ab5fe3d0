// @ts-check
// Every GraphQL document that the page sends; a test validates each of them against the schema.

const FAILURE = "failure { code message retryable provider attempt occurredAt }";
const COUNTS = "shotCounts { total pending generating completed failed canceled }";
const STORY_ROW = `id revision title style aspectRatio language status phase nextStep { code message } progress createdAt waiting { provider reason until } ${FAILURE} ${COUNTS}`;
const SHOT_ROW =
  `id revision position title prompt narration transition durationSeconds status progress attempt imageUrl take { id } ${FAILURE}
  motion clip { id status progress durationSeconds videoUrl ${FAILURE} }`;
const VIDEO_ROW =
  `id revision title status progress videoUrl thumbnailUrl subtitlesUrl captionsUrl: subtitlesUrl(format: VTT) burnSubtitles
  durationSeconds sizeBytes width height warnings { code message shotPositions } ${FAILURE}`;
const ERRORS = "userErrors { code message field }";
const STORY_ANSWER = `{ story { ${STORY_ROW} } ${ERRORS} }`;
const SHOT_ANSWER = `{ shot { ${SHOT_ROW} } story { ${STORY_ROW} } ${ERRORS} }`;
const VIDEO_ANSWER = `{ video { ${VIDEO_ROW} } ${ERRORS} }`;
const RECENT = `id revision title phase aspectRatio thumbnailUrl ${COUNTS}`;
const SHELF = "id revision title thumbnailUrl durationSeconds createdAt updatedAt width height story { id }";

export const SERVER = `query Server {
  viewer { id name }
  server { providers { name kind } limits { maxContentLength maxShotsPerStory } }
}`;

export const STORY = `query Story($id: ID!) {
  story(id: $id) { ${STORY_ROW} content eventCursor shots { ${SHOT_ROW} } video { ${VIDEO_ROW} } }
}`;

export const STORY_EVENTS = `subscription StoryEvents($id: ID!, $after: EventCursor) {
  storyEvents(storyId: $id, after: $after) {
    cursor type reset deletedId story { ${STORY_ROW} } shot { ${SHOT_ROW} } video { ${VIDEO_ROW} }
  }
}`;

/** The warnings of a film made now. */
export const FILM_WARNINGS = `query FilmWarnings($id: ID!, $burnSubtitles: Boolean!) {
  story(id: $id) { filmWarnings(burnSubtitles: $burnSubtitles) { code message shotPositions } }
}`;

export const TAKES = `query Takes($id: ID!) {
  shot(id: $id) { takes { id number prompt provider model status imageUrl ${FAILURE} } }
}`;

export const RECENTS = `query Recents($first: Int!, $search: String) {
  stories(first: $first, filter: { search: $search }, orderBy: { field: CREATED_AT }) { nodes { ${RECENT} } }
}`;

export const RECENTS_UPDATED = `subscription RecentsUpdated { storiesUpdated { ${RECENT} } }`;

export const FILMS = `query Films($first: Int!, $after: String, $search: String, $since: DateTime) {
  videos(first: $first, after: $after, filter: { status: [COMPLETED], search: $search, createdAfter: $since }) {
    nodes { ${SHELF} } pageInfo { hasNextPage endCursor }
  }
}`;

export const FILMS_UPDATED = `subscription FilmsUpdated { storiesUpdated { id video { id revision status } } }`;

/** How a text is written. */
export const RECOGNIZED_FORMAT = `query RecognizedFormat($content: String!) { recognizedFormat(content: $content) }`;

export const CREATE_STORY = `mutation CreateStory($input: CreateStoryInput!) {
  createStory(input: $input) { story { id } ${ERRORS} }
}`;
export const RENAME_STORY = `mutation RenameStory($id: ID!, $title: String!) { updateStory(id: $id, title: $title) ${STORY_ANSWER} }`;
export const CANCEL_STORY = `mutation CancelStory($id: ID!) { cancelStory(id: $id) ${STORY_ANSWER} }`;
export const RETRY_STORY = `mutation RetryStory($input: RetryStoryInput!) { retryStory(input: $input) ${STORY_ANSWER} }`;
export const DELETE_STORY = `mutation DeleteStory($id: ID!) { deleteStory(id: $id) { deletedId ${ERRORS} } }`;
export const UPDATE_SHOT = `mutation UpdateShot($input: UpdateShotInput!) { updateShot(input: $input) ${SHOT_ANSWER} }`;
export const REGENERATE_SHOT = `mutation RegenerateShot($input: RegenerateShotInput!) { regenerateShot(input: $input) ${SHOT_ANSWER} }`;
export const REGENERATE_CLIP = `mutation RegenerateClip($input: RegenerateClipInput!) { regenerateClip(input: $input) ${SHOT_ANSWER} }`;
export const SELECT_TAKE = `mutation SelectTake($shotId: ID!, $takeId: ID!) { selectTake(shotId: $shotId, takeId: $takeId) ${SHOT_ANSWER} }`;
export const UPLOAD_TAKE = `mutation UploadTake($shotId: ID!) { uploadTake(shotId: $shotId) { upload { url maxSizeBytes mediaTypes } ${ERRORS} } }`;
export const ADD_SHOT = `mutation AddShot($input: AddShotInput!) { addShot(input: $input) ${SHOT_ANSWER} }`;
export const DELETE_SHOT = `mutation DeleteShot($id: ID!) { deleteShot(id: $id) { deletedId ${ERRORS} } }`;
export const REORDER_SHOTS = `mutation ReorderShots($storyId: ID!, $shotIds: [ID!]!) {
  reorderShots(storyId: $storyId, shotIds: $shotIds) { story { shots { ${SHOT_ROW} } } ${ERRORS} }
}`;
export const GENERATE_VIDEO = `mutation GenerateVideo($input: GenerateVideoInput!) { generateVideo(input: $input) ${VIDEO_ANSWER} }`;
export const CANCEL_VIDEO = `mutation CancelVideo($id: ID!) { cancelVideo(id: $id) ${VIDEO_ANSWER} }`;
