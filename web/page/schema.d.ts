// The contract's types, made of it by scripts/schema.

export interface AddShotInput {
  storyId: string;
  afterShotId?: string | null;
  title?: string | null;
  prompt: string;
  narration?: string | null;
  transition?: Transition | null;
  motion?: Motion | null;
  generate?: boolean;
  idempotencyKey?: string | null;
}

export type AspectRatio = "WIDE_16_9" | "TALL_9_16" | "SQUARE_1_1";

export interface Clip {
  id: string;
  revision: number;
  status: Status;
  progress: number | null;
  attempt: number;
  failure: Failure | null;
  provider: string;
  model: string | null;
  durationSeconds: number | null;
  width: number | null;
  height: number | null;
  createdAt: DateTime;
  updatedAt: DateTime;
  videoUrl: string | null;
}

export interface CreateStoryInput {
  content: string;
  title?: string | null;
  style?: Style;
  stylePrompt?: string | null;
  aspectRatio?: AspectRatio;
  language?: string | null;
  shotCount?: number | null;
  textFormat?: TextFormat | null;
  autoRender?: boolean;
  motion?: Motion;
  idempotencyKey?: string | null;
}

export type DateTime = string;

export interface DeletePayload {
  userErrors: Array<UserError>;
  deletedId: string | null;
}

export type EventCursor = string;

export interface Failure {
  code: string;
  message: string;
  retryable: boolean;
  provider: string | null;
  attempt: number;
  occurredAt: DateTime;
}

export interface GenerateVideoInput {
  storyId: string;
  burnSubtitles?: boolean;
  allowMissingShots?: boolean;
  idempotencyKey?: string | null;
}

export interface Limits {
  maxContentLength: number;
  maxShotsPerStory: number;
  maxPageSize: number;
  maxQueryDepth: number;
  maxQueryCost: number;
}

export type Motion = "STILL" | "CLIP";

export interface NextStep {
  code: string;
  message: string;
}

export interface Node {
  id: string;
}

export type OrderDirection = "ASC" | "DESC";

export interface PageInfo {
  hasNextPage: boolean;
  hasPreviousPage: boolean;
  startCursor: string | null;
  endCursor: string | null;
}

export interface Payload {
  userErrors: Array<UserError>;
}

export interface ProviderInfo {
  name: string;
  kind: string;
  models: Array<string>;
  available: boolean;
  pausedUntil: DateTime | null;
}

export interface RegenerateClipInput {
  id: string;
  idempotencyKey?: string | null;
}

export interface RegenerateShotInput {
  id: string;
  prompt?: string | null;
  seed?: number | null;
  idempotencyKey?: string | null;
}

export interface RetryStoryInput {
  id: string;
  shotIds?: Array<string> | null;
  idempotencyKey?: string | null;
}

export interface Server {
  version: string;
  limits: Limits;
  providers: Array<ProviderInfo>;
}

export type ServiceKind = "SCRIPT" | "IMAGE" | "VIDEO" | "VOICE" | "CLIP";

export interface Shot {
  id: string;
  revision: number;
  position: number;
  title: string;
  prompt: string;
  narration: string;
  transition: Transition;
  motion: Motion;
  durationSeconds: number;
  status: Status;
  progress: number | null;
  attempt: number;
  failure: Failure | null;
  createdAt: DateTime;
  updatedAt: DateTime;
  story: Story;
  imageUrl: string | null;
  thumbnailUrl: string | null;
  take: Take | null;
  clip: Clip | null;
  takes: Array<Take>;
}

export interface ShotCounts {
  total: number;
  pending: number;
  generating: number;
  completed: number;
  failed: number;
  canceled: number;
}

export interface ShotPayload {
  userErrors: Array<UserError>;
  story: Story | null;
  eventCursor: EventCursor | null;
  shot: Shot | null;
}

export type Status = "PENDING" | "GENERATING" | "COMPLETED" | "FAILED" | "CANCELED";

export interface Story {
  id: string;
  revision: number;
  title: string | null;
  synopsis: string | null;
  style: Style;
  stylePrompt: string | null;
  aspectRatio: AspectRatio;
  language: string;
  textFormat: TextFormat;
  motion: Motion;
  status: Status;
  failure: Failure | null;
  createdAt: DateTime;
  updatedAt: DateTime;
  content: string;
  phase: StoryPhase;
  nextStep: NextStep | null;
  progress: number | null;
  waiting: Waiting | null;
  thumbnailUrl: string | null;
  shots: Array<Shot>;
  shotCounts: ShotCounts;
  video: Video | null;
  filmWarnings: Array<VideoWarning>;
  usage: Usage;
  eventCursor: EventCursor;
}

export interface StoryConnection {
  nodes: Array<Story>;
  edges: Array<StoryEdge>;
  pageInfo: PageInfo;
  totalCount: number;
}

export interface StoryEdge {
  cursor: string;
  node: Story;
}

export interface StoryEvent {
  seq: number;
  type: StoryEventType;
  reset: boolean;
  occurredAt: DateTime;
  storyId: string;
  story: Story | null;
  shot: Shot | null;
  video: Video | null;
  deletedId: string | null;
  cursor: EventCursor;
}

export interface StoryEventPage {
  reset: boolean;
  events: Array<StoryEvent>;
  endCursor: EventCursor;
  hasMore: boolean;
}

export type StoryEventType = "SNAPSHOT" | "STORY_CREATED" | "STORY_STATUS_CHANGED" | "STORY_UPDATED" | "STORY_DELETED" | "SHOTS_ADDED" | "SHOT_STATUS_CHANGED" | "SHOT_UPDATED" | "SHOT_DELETED" | "SHOTS_REORDERED" | "TAKE_ADDED" | "VIDEO_STATUS_CHANGED" | "PROGRESS";

export interface StoryFilter {
  status?: Array<Status> | null;
  style?: Array<Style> | null;
  search?: string | null;
  createdAfter?: DateTime | null;
  createdBefore?: DateTime | null;
}

export interface StoryOrder {
  field: StoryOrderField;
  direction?: OrderDirection;
}

export type StoryOrderField = "CREATED_AT" | "UPDATED_AT" | "TITLE";

export interface StoryPayload {
  userErrors: Array<UserError>;
  story: Story | null;
  eventCursor: EventCursor | null;
}

export type StoryPhase = "WRITING" | "DRAWING" | "READY" | "RENDERING" | "DONE" | "NEEDS_ATTENTION" | "CANCELED";

export type Style = "MOVIE" | "ANIMATION" | "REALISTIC";

export type SubtitleFormat = "SRT" | "VTT";

export interface Take {
  id: string;
  number: number;
  prompt: string;
  seed: number | null;
  provider: string;
  model: string | null;
  status: Status;
  width: number | null;
  height: number | null;
  failure: Failure | null;
  createdAt: DateTime;
  cost: number | null;
  clip: Clip | null;
  imageUrl: string | null;
}

export interface TakeUpload {
  takeId: string;
  url: string;
  expiresAt: DateTime;
  maxSizeBytes: number;
  mediaTypes: Array<string>;
}

export type TextFormat = "PLAIN" | "MARKDOWN" | "HTML" | "FOUNTAIN" | "LIST" | "LYRICS" | "CHAPTERS";

export type Transition = "KEN_BURNS" | "CROSSFADE" | "VOLUME_MIX" | "CUT";

export interface UpdateShotInput {
  id: string;
  expectedRevision?: number | null;
  title?: string | null;
  prompt?: string | null;
  narration?: string | null;
  transition?: Transition | null;
  durationSeconds?: number | null;
  motion?: Motion | null;
  regenerate?: boolean;
  idempotencyKey?: string | null;
}

export interface UploadTakePayload {
  userErrors: Array<UserError>;
  upload: TakeUpload | null;
}

export interface Usage {
  currency: string;
  total: number | null;
  lines: Array<UsageLine>;
}

export interface UsageLine {
  kind: ServiceKind;
  provider: string;
  model: string | null;
  units: number;
  unit: UsageUnit;
  price: number | null;
}

export type UsageUnit = "SCRIPT" | "PICTURE" | "FILM" | "CHARACTER" | "SECOND";

export interface UserError {
  code: UserErrorCode;
  message: string;
  field: Array<string> | null;
}

export type UserErrorCode = "REQUIRED" | "TOO_LONG" | "OUT_OF_RANGE" | "INVALID" | "UNSUPPORTED" | "NOT_FOUND" | "CONFLICT" | "INVALID_STATE" | "IDEMPOTENCY_KEY_REUSED";

export interface Video {
  id: string;
  revision: number;
  title: string;
  status: Status;
  progress: number | null;
  failure: Failure | null;
  burnSubtitles: boolean;
  warnings: Array<VideoWarning>;
  durationSeconds: number | null;
  sizeBytes: number | null;
  width: number | null;
  height: number | null;
  createdAt: DateTime;
  updatedAt: DateTime;
  story: Story;
  videoUrl: string | null;
  thumbnailUrl: string | null;
  subtitlesUrl: string | null;
}

export interface VideoConnection {
  nodes: Array<Video>;
  edges: Array<VideoEdge>;
  pageInfo: PageInfo;
  totalCount: number;
}

export interface VideoEdge {
  cursor: string;
  node: Video;
}

export interface VideoFilter {
  status?: Array<Status> | null;
  search?: string | null;
  createdAfter?: DateTime | null;
  createdBefore?: DateTime | null;
}

export interface VideoPayload {
  userErrors: Array<UserError>;
  story: Story | null;
  eventCursor: EventCursor | null;
  video: Video | null;
}

export interface VideoWarning {
  code: string;
  message: string;
  shotPositions: Array<number>;
}

export interface Viewer {
  id: string;
  name: string;
}

export interface Waiting {
  kind: string;
  provider: string;
  reason: string;
  until: DateTime;
}
