"""How the program is set up for a world."""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Self

from domain import ServiceKind
from tests.acceptance.chaos.services import WEBHOOK_SECRET, Services
from tests.model_services import WORKFLOW

VENDORS = Path(__file__).parents[3] / "orchestration/providers/jobs/vendors"
PAINTERS = ("origin", "replicate", "comfyui")
FILM_MAKERS = ("videos", "studio")
PRICES = {
    ServiceKind.SCRIPT: Decimal("0.25"),
    ServiceKind.IMAGE: Decimal("0.04"),
    ServiceKind.CLIP: Decimal("0.125"),
    ServiceKind.VIDEO: Decimal("1.5"),
}
"""Per unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Who does what: pictures in one call (origin) or in jobs (replicate, comfyui), films in jobs
    (videos) or composed here (studio), whether replicate calls back, and whether the server works
    too, beside one worker instead of two.
    """

    images: str = "origin"
    films: str = "videos"
    calls_back: bool = False
    server_works: bool = False

    @classmethod
    def draw(cls, random: Random) -> Self:
        """Any of them."""
        return cls(
            images=random.choice(PAINTERS),
            films=random.choice(FILM_MAKERS),
            calls_back=random.random() < 0.5,
            server_works=random.random() < 0.5,
        )


def environment_of(home: Path, url: str, services: Services, setting: Setting) -> dict[str, str]:
    """The settings of every process, hurried where they would wait in earnest."""
    animator = services.animator
    settings = {
        "home": str(home),
        "vendors": str(_hurried_vendors(home)),
        "script_provider": "origin",
        "script_url": services.origin.url,
        "script_timeout_s": "5",
        **_image_settings(services, setting),
        "clip_provider": "replicate",
        "clip_url": animator.url,
        "clip_key": animator.key,
        "clip_model": "owner/painter",
        "clip_timeout_s": "30",
        "video_provider": setting.films,
        "voice_provider": "none",
        "video_url": f"{services.origin.url}/v1",
        "video_model": "film-1",
        "video_timeout_s": "30",
        **{f"{kind.lower()}_price": str(price) for kind, price in PRICES.items()},
        "outage_patience_s": "10",
        "rate_limit_patience_s": "10",
        "drain_s": "1",
        "heartbeat_s": "2",
        "log_format": "json",
    }
    if setting.calls_back:
        settings |= {"public_url": url, "clip_webhook_secret": WEBHOOK_SECRET}
    return {f"AI_STORY_{name.upper()}": value for name, value in settings.items()}


def _image_settings(services: Services, setting: Setting) -> dict[str, str]:
    common = {"image_provider": setting.images, "image_timeout_s": "5"}
    match setting.images:
        case "comfyui":
            own = {
                "image_url": services.painter.url,
                "image_workflow": str(WORKFLOW),
                "image_model": "painter-1",
                "image_concurrency": "10",
                "image_timeout_s": "30",  # it has one queue for all
            }
        case "replicate":
            own = {
                "image_url": services.animator.url,
                "image_key": services.animator.key,
                "image_model": "owner/painter",
            }
            if setting.calls_back:
                own["image_webhook_secret"] = WEBHOOK_SECRET
        case _:
            own = {"image_url": services.origin.url}
    return common | own


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
