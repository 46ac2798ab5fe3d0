"""The providers of each kind of work, in the operator's order."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from domain import BUILT_IN, NOBODY, ServiceKind
from orchestration.providers.ports import (
    ClipProvider,
    ImageProvider,
    ScriptProvider,
    VideoProvider,
    VoiceProvider,
)


class _Named(Protocol):
    @property
    def name(self) -> str: ...


Service = TypeVar("Service", bound=_Named)


def find_service(services: Iterable[Service | None], name: str) -> Service | None:
    """The service of that name; None if it is built in, or no longer configured."""
    return next((one for one in services if one is not None and one.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineUp:
    """The services of each kind: new work goes to the first, the next ones are fallbacks.

    In `videos`, None is the built-in composition, which uses the `voices`; without one, films have
    only music. `clips` animate pictures; it may be empty.
    """

    scripts: tuple[ScriptProvider, ...]
    images: tuple[ImageProvider, ...]
    videos: tuple[VideoProvider | None, ...] = (None,)
    voices: tuple[VoiceProvider, ...] = ()
    clips: tuple[ClipProvider, ...] = ()

    @property
    def script(self) -> ScriptProvider:
        """The provider of new scripts."""
        return self.scripts[0]

    @property
    def image(self) -> ImageProvider:
        """The provider of new pictures."""
        return self.images[0]

    @property
    def video(self) -> VideoProvider | None:
        """The provider of new films; None composes them here."""
        return self.videos[0]

    @property
    def voice(self) -> VoiceProvider | None:
        """The voice of films composed here, if there is one."""
        return next(iter(self.voices), None)

    @property
    def clip(self) -> ClipProvider | None:
        """The provider of new clips, if there is one."""
        return next(iter(self.clips), None)

    @property
    def video_name(self) -> str:
        """The name of the provider of new films."""
        return self.names(ServiceKind.VIDEO)[0]

    @property
    def clip_name(self) -> str:
        """The name of the provider of new clips.

        NOBODY, whose jobs fail with the reason, if none is configured.
        """
        return self.names(ServiceKind.CLIP)[0]

    def names(self, kind: ServiceKind) -> tuple[str, ...]:
        """The names of the kind's services in rows and jobs; never empty except for voices."""
        match kind:
            case ServiceKind.SCRIPT:
                return tuple(one.name for one in self.scripts)
            case ServiceKind.IMAGE:
                return tuple(one.name for one in self.images)
            case ServiceKind.VIDEO:
                return tuple(BUILT_IN if one is None else one.name for one in self.videos)
            case ServiceKind.VOICE:
                return tuple(one.name for one in self.voices)
            case ServiceKind.CLIP:
                return tuple(one.name for one in self.clips) or (NOBODY,)
