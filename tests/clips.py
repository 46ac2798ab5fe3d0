"""Clips of four known colours, encoded in every way in which a service may send them."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg

from tests.pictures import quarters

_MATRICES = {"bt709": "bt709", "bt2020nc": "bt2020"}
"""ffmpeg's words for a tag, and for the conversion; all others are BT.601."""
_H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "8")


@dataclass(frozen=True, kw_only=True)
class Coding:
    """How a clip's colours are encoded and tagged, in ffmpeg's words."""

    matrix: str = "bt709"
    tag: str | None = None
    primaries: str = "bt709"
    transfer: str = "bt709"
    range: str = "tv"
    pixels: str = "yuv420p"
    size: tuple[int, int] = (320, 180)

    @property
    def filters(self) -> str:
        """From sRGB pixels to the encoded ones."""
        tag = self.tag or self.matrix
        tags = f"setparams=colorspace={tag}:color_primaries={self.primaries}"
        tags += f":color_trc={self.transfer}:range={self.range if tag != 'unknown' else 'unknown'}"
        if self.transfer in ("smpte2084", "arib-std-b67"):
            return f"{self._graded},format={self.pixels},{tags}"
        matrix = _MATRICES.get(self.matrix, "bt601")
        return f"scale=out_color_matrix={matrix}:out_range={self.range},format={self.pixels},{tags}"

    @property
    def _graded(self) -> str:
        """White at 203 nits."""
        return (
            "format=gbrpf32le,"
            "setparams=colorspace=gbr:color_primaries=bt709:color_trc=bt709:range=pc,"
            "zscale=t=linear:npl=203,"
            f"zscale=t={self.transfer}:p={self.primaries}:m={self.matrix}:r=limited:npl=203"
        )


def encode(arguments: list[str]) -> None:
    """Run ffmpeg."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *arguments]
    subprocess.run(command, check=True, capture_output=True)


def clip_of(path: Path, coding: Coding) -> Path:
    """Half a second of four quarters, encoded so."""
    picture = path.with_suffix(".png")
    quarters(*coding.size).save(picture)
    still = ["-loop", "1", "-t", "0.5", "-r", "24", "-i", str(picture)]
    encode([*still, "-vf", coding.filters, *_H264, str(path)])
    return path


def turned(clip: Path, degrees: int) -> Path:
    """The same frames with a display matrix, as phones write it; counter-clockwise."""
    path = clip.with_name(f"turned-{degrees}-{clip.name}")
    rotation = ["-display_rotation", str(degrees)]
    encode([*rotation, "-i", str(clip), "-c", "copy", str(path)])
    return path
