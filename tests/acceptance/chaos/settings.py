"""How the program is set up for a world."""

from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Self

from tests.acceptance.chaos.services import Services

VENDORS = Path(__file__).parents[3] / "orchestration/providers/jobs/vendors"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Who does what: pictures in one call (origin) or in jobs (replicate), films in jobs (videos)
    or composed here (studio), and whether the server works too, beside one worker instead of two.
    """

    images: str = "origin"
    films: str = "videos"
    server_works: bool = False

    @classmethod
    def draw(cls, random: Random) -> Self:
        """Any of them."""
        return cls(
            images=random.choice(("origin", "replicate")),
            films=random.choice(("videos", "studio")),
            server_works=random.random() < 0.5,
        )


def environment_of(home: Path, services: Services, setting: Setting) -> dict[str, str]:
    """The settings of every process, hurried where they would wait in earnest."""
    images = services.origin if setting.images == "origin" else services.animator
    settings = {
        "home": str(home),
        "vendors": str(_hurried_vendors(home)),
        "script_provider": "origin",
        "script_url": services.origin.url,
        "script_timeout_s": "5",
        "image_provider": setting.images,
        "image_url": images.url,
        "image_key": services.animator.key,
        "image_model": "owner/painter",
        "image_timeout_s": "5",
        "clip_provider": "replicate",
        "clip_url": services.animator.url,
        "clip_key": services.animator.key,
        "clip_model": "owner/painter",
        "clip_timeout_s": "30",
        "video_provider": setting.films,
        "voice_provider": "none",
        "video_url": f"{services.origin.url}/v1",
        "video_model": "film-1",
        "video_timeout_s": "30",
        "outage_patience_s": "10",
        "rate_limit_patience_s": "10",
        "drain_s": "1",
        "heartbeat_s": "2",
        "log_format": "json",
    }
    return {f"AI_STORY_{name.upper()}": value for name, value in settings.items()}


def _hurried_vendors(home: Path) -> Path:
    """The tables of the services with jobs, which are asked oftener than in earnest."""
    folder = home / "vendors"
    folder.mkdir()
    for name in ("replicate", "videos"):
        lines = (VENDORS / f"{name}.toml").read_text().splitlines()
        kept = [line for line in lines if not line.startswith("poll_interval_s")]
        text = "\n".join(["poll_interval_s = 0.3", *kept])
        (folder / f"{name}.toml").write_text(text)
    return folder
