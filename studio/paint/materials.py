"""Surface materials: wood, plaster, stone, cloth. A drawing shows only the pattern."""

import numpy as np

from domain import Style
from studio.paint.canvas import Array, Canvas, as_array, between, mix, noise, tinted
from studio.paint.perspective import Material

_TILE = 256
_LINE = 0.012


class Materials:
    """The materials of one picture, which share its grain."""

    def __init__(self, canvas: Canvas, style: Style) -> None:
        self._is_drawn = style is Style.ANIMATION
        self._strength = {Style.MOVIE: 0.6, Style.ANIMATION: 0.0, Style.REALISTIC: 1.0}[style]
        cloudy = noise(canvas.rng, _TILE, _TILE, cells=(6, 6), octaves=5)
        # Mirrored, so that it repeats without a seam.
        half = np.concatenate([cloudy, cloudy[::-1]], axis=0)
        self._cloud = as_array(np.concatenate([half, half[:, ::-1]], axis=1)) - np.float32(0.5)
        self._chance = as_array(canvas.rng.random((64, 64)))

    def plain(self, tone: Array) -> Material:
        """One colour, a little uneven."""
        return lambda u, v: self._uneven(tone, u, v, (60, 60), 0.10)

    def plaster(self, tone: Array) -> Material:
        """A painted wall with stains and trowel marks."""

        def colours(u: Array, v: Array) -> Array:
            if self._is_drawn:
                return tone
            rough = self._grain(u, v, (34, 34)) * np.float32(0.20)
            rough += self._grain(u, v, (240, 240)) * np.float32(0.10)
            return self._toned(tone, rough)

        return colours

    def boards(self, tone: Array, *, width: float = 0.18, is_upright: bool = False) -> Material:
        """Planks along v (or along u, if upright), each in its own shade, with grain and joints."""

        def colours(u: Array, v: Array) -> Array:
            across, along = (v, u) if is_upright else (u, v)
            place = across / np.float32(width)
            index = np.floor(place).astype(np.int32)
            shade = (self._chance[index & 63, 7] - 0.5) * np.float32(
                0.10 if self._is_drawn else 0.26
            )
            if not self._is_drawn:
                shade += self._grain(across, along + index * 3, (520, 26)) * np.float32(0.34)
            gap = np.abs(place - index - 0.5)
            joint = np.clip((gap - (0.5 - _LINE / width)) * 60, 0, 1)
            return self._toned(tone, as_array(shade), as_array(joint * 0.5))

        return colours

    def tiles(self, first: Array, second: Array, *, size: float = 0.5) -> Material:
        """Squares of two tones in turn, as of polished stone."""

        def colours(u: Array, v: Array) -> Array:
            column, row = np.floor(u / size).astype(np.int32), np.floor(v / size).astype(np.int32)
            odd = as_array((column + row) & 1)
            shade = (self._chance[column & 63, row & 63] - 0.5) * np.float32(0.10)
            if not self._is_drawn:
                shade += self._grain(u, v, (70, 70)) * np.float32(0.22)
            gap = np.maximum(np.abs(u / size - column - 0.5), np.abs(v / size - row - 0.5))
            joint = np.clip((gap - 0.5 + 0.014 / size) * 40, 0, 1)
            tone = between(first, second, odd)
            return self._toned(tone, as_array(shade), as_array(joint * 0.4))

        return colours

    def masonry(self, tone: Array, *, size: tuple[float, float] = (0.5, 0.25)) -> Material:
        """Courses of stones or bricks, each in its own shade."""

        def colours(u: Array, v: Array) -> Array:
            row = np.floor(v / size[1]).astype(np.int32)
            shifted = u / size[0] + (row & 1) * np.float32(0.5)
            column = np.floor(shifted).astype(np.int32)
            shade = (self._chance[column & 63, row & 63] - 0.5) * np.float32(
                0.16 if self._is_drawn else 0.36
            )
            if not self._is_drawn:
                shade += self._grain(u, v, (120, 120)) * np.float32(0.4)
            across = (0.5 - np.abs(shifted - column - 0.5)) * size[0]
            down = (0.5 - np.abs(v / size[1] - row - 0.5)) * size[1]
            joint = np.clip(1.3 - np.minimum(across, down) / (size[1] * 0.07), 0, 1)
            return self._toned(tone, as_array(shade), as_array(joint * 0.34))

        return colours

    def cloth(self, tone: Array, *, fold: float = 0.16) -> Material:
        """Hanging cloth in folds."""

        def colours(u: Array, v: Array) -> Array:
            wave = np.sin(u * np.float32(2 * np.pi / fold) + np.sin(v * 1.7))
            if self._is_drawn:
                wave = np.sign(wave) * 0.6
            return self._toned(tone, as_array(wave * 0.16))

        return colours

    def books(self, tones: list[Array], *, gap: float) -> Material:
        """Spines side by side, of several colours, heights and widths."""
        table = as_array(np.stack(tones))

        def colours(u: Array, v: Array) -> Array:
            place = u / np.float32(0.055) + np.sin(u * 9) * np.float32(0.6)
            index = np.floor(place).astype(np.int32)
            level = np.floor(v / gap).astype(np.int32)
            chance = self._chance[index & 63, level & 63]
            tone = table[(chance * 997).astype(np.int32) % len(tones)]
            inside = v / gap - level
            spine = np.abs(place - index - 0.5)
            shade = np.where(self._is_drawn, 0, 0.2 - spine * 0.7)
            band = (np.abs(inside - 0.6) < 0.035) * np.float32(0.5)
            dark = (inside > 0.62 + 0.28 * chance) | (spine > 0.45)
            return self._toned(as_array(tone), as_array(shade + band), as_array(dark * 0.78))

        return colours

    def carpet(self, tone: Array, trim: Array, *, half: float) -> Material:
        """A runner around u = 0 with a border and lozenges."""

        def colours(u: Array, v: Array) -> Array:
            off = np.abs(u) / np.float32(half)
            border = ((off > 0.80) & (off < 0.90)) * np.float32(1)
            lozenge = np.abs((v / (half * 1.1)) % 1 - 0.5) * 2 + off * 1.5
            figure = (np.abs(lozenge - 0.92) < 0.07) * np.float32(0.8)
            mixed = between(tone, trim, as_array(np.maximum(border, figure)))
            return self._uneven(mixed, u, v, (300, 300), 0.22)

        return colours

    def picture(self, pixels: Array, width: float, height: float) -> Material:
        """A painted picture, stretched over a number of metres."""

        def colours(u: Array, v: Array) -> Array:
            rows, columns = pixels.shape[:2]
            x = np.clip((u / width * columns).astype(np.int32), 0, columns - 1)
            y = np.clip(((1 - v / height) * rows).astype(np.int32), 0, rows - 1)
            return pixels[y, x]

        return colours

    def _grain(self, u: Array, v: Array, scale: tuple[float, float]) -> Array:
        mask = np.int32(_TILE * 2 - 1)
        x = (u * np.float32(scale[0])).astype(np.int32) & mask
        y = (v * np.float32(scale[1])).astype(np.int32) & mask
        return self._cloud[y, x]

    def _uneven(
        self, tone: Array, u: Array, v: Array, scale: tuple[float, float], amount: float
    ) -> Array:
        if self._is_drawn:
            return tone
        return self._toned(tone, self._grain(u, v, scale) * np.float32(amount * 2))

    def _toned(self, tone: Array, shade: Array, dark: Array | None = None) -> Array:
        """The tone, lightened by the shade and darkened by the lines, both shares of it."""
        strength = 1.0 if self._is_drawn else self._strength
        level = 1 + shade * np.float32(strength)
        if dark is not None:
            level = level * (1 - dark)
        level = as_array(level)
        return tinted(level, tone) if tone.ndim == 1 else as_array(tone * level[:, :, None])


def faded(tone: Array, share: float) -> Array:
    """The tone with that share of its colour removed."""
    grey = float(tone @ as_array([0.30, 0.59, 0.11]))
    return mix(tone, as_array([grey] * 3), share)
