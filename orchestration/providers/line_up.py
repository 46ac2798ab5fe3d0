"""Who does each kind of work: the operator's choices as adapters, in the order that he told."""

from dataclasses import dataclass

from domain import BUILT_IN, NOBODY
from orchestration.providers.job_ports import (
    ClipProvider,
    ImageJobProvider,
    VideoJobProvider,
)
from orchestration.providers.ports import (
    ImageProvider,
    ScriptProvider,
    VideoProvider,
    VoiceProvider,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineUp:
    """The services of each kind: new work goes to the first, the next is asked while it is away.

    In `videos`, None is the built-in composition, which the `voices` speak in; without one, films
    have music alone. `clips` set pictures in motion; it may be that nobody does.
    """

    scripts: tuple[ScriptProvider, ...]
    images: tuple[ImageProvider | ImageJobProvider, ...]
    videos: tuple[VideoProvider | VideoJobProvider | None, ...] = (None,)
    voices: tuple[VoiceProvider, ...] = ()
    clips: tuple[ClipProvider, ...] = ()

    @property
    def script(self) -> ScriptProvider:
        """Who writes new scripts."""
        return self.scripts[0]

    @property
    def image(self) -> ImageProvider | ImageJobProvider:
        """Who draws new pictures."""
        return self.images[0]

    @property
    def video(self) -> VideoProvider | VideoJobProvider | None:
        """Who makes new films; None composes them here."""
        return self.videos[0]

    @property
    def voice(self) -> VoiceProvider | None:
        """Who speaks in films composed here, if somebody does."""
        return next(iter(self.voices), None)

    @property
    def clip(self) -> ClipProvider | None:
        """Who sets pictures in motion, if somebody does."""
        return next(iter(self.clips), None)

    @property
    def video_name(self) -> str:
        """The name of who makes new films."""
        return self.names("video")[0]

    @property
    def clip_name(self) -> str:
        """The name of who makes new clips; NOBODY's, who takes such jobs to say so."""
        return self.names("clip")[0]

    def names(self, kind: str) -> tuple[str, ...]:
        """What the services of the kind are called in rows and jobs; never empty but for voices."""
        match kind:
            case "script":
                return tuple(one.name for one in self.scripts)
            case "image":
                return tuple(one.name for one in self.images)
            case "video":
                return tuple(BUILT_IN if one is None else one.name for one in self.videos)
            case "voice":
                return tuple(one.name for one in self.voices)
            case "clip":
                return tuple(one.name for one in self.clips) or (NOBODY,)
            case _:
                raise ValueError(kind)

    def find_script(self, name: str) -> ScriptProvider:
        """The writer of that name; the first one when it is not configured any more."""
        return next((one for one in self.scripts if one.name == name), self.script)

    def find_clip(self, name: str) -> ClipProvider | None:
        """Who sets pictures in motion under that name."""
        return next((one for one in self.clips if one.name == name), None)

    def find_video(self, name: str) -> VideoProvider | VideoJobProvider | None:
        """The service of that name; None composes here, or is not configured any more."""
        return next((one for one in self.videos if one is not None and one.name == name), None)
