// The rows as the page asks for them: picks of the contract's types, one for each selection in operations.js.
import type { Signal } from "@preact/signals";
import type * as contract from "./schema";

export type { Signal } from "@preact/signals";
export type { AspectRatio, Failure, Motion, ShotCounts, Status, StoryEventType, StoryPhase, Style, TextFormat, Transition, UserError, VideoWarning } from "./schema";

export type StoryRow = Pick<
  contract.Story,
  | "id" | "revision" | "title" | "style" | "aspectRatio" | "language" | "status" | "phase" | "nextStep" | "progress" | "failure"
  | "shotCounts" | "createdAt"
> & { waiting: Waiting | null };
/** Whom a story waits for, and until when. */
export type Waiting = Pick<contract.Waiting, "provider" | "reason" | "until">;
export type ShotRow = Pick<
  contract.Shot,
  | "id" | "revision" | "position" | "title" | "prompt" | "narration" | "transition" | "durationSeconds" | "status" | "progress"
  | "attempt" | "failure" | "imageUrl" | "motion"
> & { take: { id: string } | null; clip: Clip | null };
export type Clip = Pick<contract.Clip, "id" | "status" | "progress" | "durationSeconds" | "videoUrl" | "failure">;
export type VideoRow = Pick<
  contract.Video,
  | "id" | "revision" | "title" | "status" | "progress" | "failure" | "videoUrl" | "thumbnailUrl" | "subtitlesUrl" | "burnSubtitles"
  | "durationSeconds" | "sizeBytes" | "width" | "height" | "warnings"
> & { captionsUrl: string | null };
export type TakeRow = Pick<
  contract.Take,
  "id" | "number" | "prompt" | "provider" | "model" | "status" | "imageUrl" | "failure"
>;
export type TakeUpload = Pick<contract.TakeUpload, "url" | "maxSizeBytes" | "mediaTypes">;
export type StorySnapshot = StoryRow & {
  content: string;
  eventCursor: string;
  shots: ShotRow[];
  video: VideoRow | null;
};
export type StoryEventRow = Pick<contract.StoryEvent, "cursor" | "type" | "reset" | "deletedId"> & {
  story: StoryRow | null;
  shot: ShotRow | null;
  video: VideoRow | null;
};
export type Recent = Pick<
  contract.Story,
  "id" | "revision" | "title" | "phase" | "shotCounts" | "aspectRatio" | "thumbnailUrl"
>;
export type FilmOnShelf = Pick<
  contract.Video,
  "id" | "revision" | "title" | "thumbnailUrl" | "durationSeconds" | "createdAt" | "updatedAt" | "width" | "height"
> & { story: { id: string } };
export type ServerInfo = { providers: { name: string; kind: string }[]; limits: { maxContentLength: number; maxShotsPerStory: number } };

/** A text file as the server read it. */
export type ReadText = { text: string; encoding: string; candidates: string[]; isCertain: boolean };
export type OpenedFile = ReadText & { file: File };

/** One row of the page's state; whoever reads its value is drawn again when it changes. */
export type Cell<Row> = Signal<Row>;
