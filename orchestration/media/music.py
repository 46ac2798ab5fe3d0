"""Synthesises the soft pad under a film as an ffmpeg audio source; nothing is licensed or stored.

Two layers of chords take turns under sine windows, so a chord only changes where its layer is
silent: no clicks. The title chooses key and progression, so a film sounds the same every time.
"""

import hashlib
import math
from collections.abc import Sequence

SAMPLE_RATE_HZ = 48_000

_SYNTH_RATE_HZ = 24_000
"""A pad has nothing above 3 kHz; half the rate is half the work."""
_CHORD_S = 6.0
_LOOP_S = 4 * _CHORD_S
"""The bed is made once and repeated; every tone fits into it a whole number of times."""
_LOWEST_HZ = 98.0
_DETUNE = 0.0022
"""Left and right drift slowly against each other."""
_LEVEL = 0.08
_DIP_S = 1.0
"""From full to lowest, and back."""
_DIP_DEPTH = 0.8
_DIPS_PER_FILTER = 20
"""ffmpeg refuses an expression of some hundred terms."""
_FADE_IN_S = 1.0
_FADE_OUT_S = 1.6
_MINOR, _MAJOR = (0, 3, 7), (0, 4, 7)
_PROGRESSIONS = (
    ((0, _MAJOR), (9, _MINOR), (5, _MAJOR), (7, _MAJOR)),
    ((0, _MINOR), (8, _MAJOR), (3, _MAJOR), (10, _MAJOR)),
    ((0, _MAJOR), (5, _MAJOR), (9, _MINOR), (5, _MAJOR)),
    ((0, _MINOR), (5, _MINOR), (8, _MAJOR), (7, _MINOR)),
)


def music_source(title: str, duration_s: float, *, dips_s: Sequence[float]) -> str:
    """The lavfi graph of a stereo bed of exactly this length, quieter around each of `dips_s`."""
    seed = hashlib.sha256(title.encode("utf-8", "replace")).digest()
    progression = _PROGRESSIONS[seed[0] % len(_PROGRESSIONS)]
    root_hz = _LOWEST_HZ * 2 ** (seed[1] % 8 / 12)
    sides = "|".join(_side(progression, root_hz * (1 + drift)) for drift in (0.0, _DETUNE))
    fade_in_s, fade_out_s = min(_FADE_IN_S, duration_s / 4), min(_FADE_OUT_S, duration_s / 3)
    samples = round(duration_s * SAMPLE_RATE_HZ)
    steps = [
        f"aevalsrc=exprs='{sides}':s={_SYNTH_RATE_HZ}:c=stereo:d={_LOOP_S}",
        f"aloop=loop=-1:size={round(_LOOP_S * _SYNTH_RATE_HZ)}",
        f"atrim=end={duration_s + 0.1:.6f}",
        "lowpass=f=1500",
        "aecho=0.8:0.7:90|170:0.28|0.2",
        f"aresample={SAMPLE_RATE_HZ}",
        *_dips(dips_s),
        f"atrim=end_sample={samples}",
        f"afade=t=in:d={fade_in_s:.4f}",
        f"afade=t=out:st={duration_s - fade_out_s:.4f}:d={fade_out_s:.4f}",
    ]
    return ",".join(steps)


def _side(progression: Sequence[tuple[int, tuple[int, ...]]], root_hz: float) -> str:
    """One channel: the even chords in one layer, the odd ones in the other."""
    period = 2 * _CHORD_S
    turn = f"PI*t/{period}"
    first = f"pow(sin({turn}),2)*({_layer(progression[0], progression[2], root_hz, shift_s=0)})"
    second = (
        f"pow(cos({turn}),2)*({_layer(progression[1], progression[3], root_hz, shift_s=_CHORD_S)})"
    )
    return f"{_LEVEL}*({first}+{second})"


def _layer(
    chord: tuple[int, tuple[int, ...]],
    other: tuple[int, tuple[int, ...]],
    root_hz: float,
    *,
    shift_s: float,
) -> str:
    period = 2 * _CHORD_S
    is_first = f"lt(mod(t+{shift_s},{2 * period}),{period})"
    return f"if({is_first},{_chord(chord, root_hz)},{_chord(other, root_hz)})"


def _chord(chord: tuple[int, tuple[int, ...]], root_hz: float) -> str:
    degree, intervals = chord
    base_hz = root_hz * 2 ** (degree / 12)
    if degree > 6:
        base_hz /= 2  # stay within one octave, or the bed jumps about
    notes = [(base_hz, 1.0), *((2 * base_hz * 2 ** (step / 12), 0.7) for step in intervals)]
    return "+".join(
        f"{loudness * share}*sin({math.tau * round(hz * _LOOP_S) / _LOOP_S * harmonic:.9f}*t)"
        for hz, loudness in notes
        for harmonic, share in ((1, 1.0), (2, 0.25))
    )


def _dips(dips_s: Sequence[float]) -> list[str]:
    """Filters that turn the bed down around each moment."""
    if not dips_s:
        return []
    # Short blocks: the gain moves in steps of 3 ms, too small to hear.
    filters = ["asetnsamples=n=128:p=0"]
    for first in range(0, len(dips_s), _DIPS_PER_FILTER):
        group = dips_s[first : first + _DIPS_PER_FILTER]
        depth = "+".join(f"pow(max(0,1-abs(t-{at:.3f})/{_DIP_S}),2)" for at in group)
        filters.append(f"volume=volume='1-{_DIP_DEPTH}*min(1,{depth})':eval=frame")
    return filters
