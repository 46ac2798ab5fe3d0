"""The colours of films: what the numbers of one from outside mean, and how they become ours.

Ours are BT.709 in limited range, which every player shows. ffmpeg's `scale` knows the matrix and
the range of a frame from its tags. HDR needs more: its light and its primaries are converted too.
"""

from dataclasses import dataclass

UNKNOWN = "unknown"
_HDR_TRANSFERS = ("smpte2084", "arib-std-b67")
"""PQ and HLG, in ffmpeg's words."""
_HD_LINES = 720
_WHITE_NITS = 203
"""Diffuse white in HDR, by ITU-R BT.2408: it becomes nearly white here."""
_PEAK_NITS = 1000
_KEPT = 0.8
"""Light up to this share of white stays as it is. All above, up to the peak, shares the rest."""

FILM_TAGS = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
AS_JPEG = "scale=out_color_matrix=bt601:out_range=full:flags=bicubic+accurate_rnd,format=yuvj420p"
"""To BT.601 in full range, the only colours of a JPEG."""


@dataclass(frozen=True, slots=True)
class Colours:
    """What a film says of its colours, in ffmpeg's words; UNKNOWN where it says nothing."""

    matrix: str = UNKNOWN
    primaries: str = UNKNOWN
    transfer: str = UNKNOWN
    range: str = UNKNOWN

    @property
    def is_hdr(self) -> bool:
        """Whether highlights are brighter than white."""
        return self.transfer in _HDR_TRANSFERS


def to_sdr(colours: Colours, lines: int) -> str:
    """The filter in front of `scale` for a film of this height.

    HDR is mapped to what a screen without it can show. Without a tag, the matrix is the one that
    browsers guess from the height. Other transfers and primaries are shown as those of BT.709.
    """
    if colours.is_hdr:
        return _tone_map(colours)
    if colours.matrix == UNKNOWN:
        return f"setparams=colorspace={'bt709' if lines >= _HD_LINES else 'smpte170m'}"
    return "null"


def _tone_map(colours: Colours) -> str:
    matrix = "bt2020nc" if colours.matrix == UNKNOWN else colours.matrix
    primaries = "bt2020" if colours.primaries == UNKNOWN else colours.primaries
    numbers = "tv" if colours.range == UNKNOWN else colours.range
    return (
        f"setparams=colorspace={matrix}:color_primaries={primaries}:range={numbers},"
        f"zscale=t=linear:npl={_WHITE_NITS},format=gbrpf32le,"
        f"tonemap=mobius:param={_KEPT}:peak={_PEAK_NITS / _WHITE_NITS:.3f}:desat=0,"
        "zscale=p=bt709:t=bt709:m=bt709:r=limited,format=yuv420p"
    )
