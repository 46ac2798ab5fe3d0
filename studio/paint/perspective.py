"""Lit surfaces in one-point perspective, from which rooms and streets are built.

Lengths are metres: x to the right, y up from the ground, z away from the viewer at x = z = 0.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageDraw

from domain import Style
from studio.paint.canvas import (
    Array,
    Canvas,
    Point,
    as_array,
    blurred,
    images,
    mix,
    planar,
    polygon_mask,
    tinted,
)

Vector = tuple[float, float, float]
Footprint = tuple[float, float, float, float]
Material = Callable[[Array, Array], Array]
"""The colours of a surface at distances across and up, in metres."""
_LIGHT_STEP = 4
"""Light changes slowly: large surfaces compute it for every fourth pixel."""
_LARGE = 20_000
_INKED = 200
"""Below this many pixels, an outline would hide the thing."""
_NEAREST = 0.3
RIGHT: Vector = (1, 0, 0)
UP: Vector = (0, 1, 0)
AWAY: Vector = (0, 0, 1)


@dataclass(frozen=True, slots=True)
class View:
    """The camera: pixels of its axis, its focal length in pixels, its height in metres."""

    centre: float
    horizon: float
    focal: float
    eye: float

    def project(self, point: Vector) -> Point:
        """The pixel of a point."""
        scale = self.scale(point[2])
        return self.centre + point[0] * scale, self.horizon + (self.eye - point[1]) * scale

    def scale(self, z: float) -> float:
        """Pixels per metre at a distance."""
        return self.focal / max(z, _NEAREST)


@dataclass(frozen=True, slots=True)
class Lamp:
    """A light at a point. Its tone includes its strength; at its reach half of it is left."""

    at: Vector
    tone: Array
    reach: float


@dataclass(slots=True)
class Lighting:
    """The light of a place. `corners`, its half width, height and depth, darken the edges."""

    ambient: Array
    lamps: tuple[Lamp, ...] = ()
    corners: Vector | None = None
    occlusion: float = 0.45
    footprints: list[Footprint] = field(default_factory=list[Footprint])
    """The footprints of things on the ground: x and x, z and z."""

    def shade(self, x: Array, y: Array, z: Array, normal: Vector) -> Array:
        """The light on points of a surface."""
        level = as_array(np.full(x.shape, 0.86 + 0.14 * normal[1]))
        if self.corners is not None:
            level *= self._open(self.corners, (x, y, z), normal)
        light = tinted(level, self.ambient)
        for lamp in self.lamps:
            dx, dy, dz = lamp.at[0] - x, lamp.at[1] - y, lamp.at[2] - z
            square = dx * dx + dy * dy + dz * dz + np.float32(0.02)
            facing = (dx * normal[0] + dy * normal[1] + dz * normal[2]) / np.sqrt(square)
            fall = np.clip(facing * 0.75 + 0.25, 0, 1) / (1 + square / lamp.reach**2)
            light += tinted(as_array(fall), lamp.tone)
        return light

    def _open(self, corners: Vector, points: tuple[Array, Array, Array], normal: Vector) -> Array:
        """The share of ambient light at points: less in corners and next to things."""
        half, height, depth = corners
        x, y, z = points
        level = as_array(np.ones_like(x))
        gaps: list[Array] = []
        if not normal[0]:
            gaps.append(as_array(half - np.abs(x)))
        if not normal[1]:
            gaps += [y, as_array((height - y) * 1.4)]
        if not normal[2]:
            gaps.append(as_array(depth - z))
        for gap in gaps:
            level *= 1 - self.occlusion * np.exp(-np.maximum(gap, 0) / 0.45)
        if normal[1] > 0.5:
            for x0, x1, z0, z1 in self.footprints:
                off = np.hypot(
                    np.maximum(np.maximum(x0 - x, x - x1), 0),
                    np.maximum(np.maximum(z0 - z, z - z1), 0),
                )
                level *= 1 - np.where(y < 0.05, 0.6, 0) * np.exp(-off / 0.16)
        return level


@dataclass(slots=True)
class Setting:
    """A place under construction on the canvas, far things first."""

    canvas: Canvas
    view: View
    lighting: Lighting
    style: Style
    air: Array
    thickness: float = 0.0
    """How much of the air's colour a metre of distance adds."""

    @property
    def is_drawn(self) -> bool:
        """Flat colours and outlines."""
        return self.style is Style.ANIMATION

    def uniform(self, low: float, high: float) -> float:
        """A random number between the two, from this picture's seed."""
        return float(self.canvas.rng.uniform(low, high))

    def chance(self, share: float) -> bool:
        """True in that share of the pictures."""
        return bool(self.canvas.rng.random() < share)

    def face(
        self,
        origin: Vector,
        axes: tuple[Vector, Vector],
        outline: Sequence[Point],
        material: Material,
        *,
        shines: float = 0.0,
        is_inked: bool = True,
    ) -> None:
        """Paint a flat surface: its outline is given along the axes from the origin, in metres.

        `shines` is the share of its colour that needs no light.
        """
        across, up = axes
        corners = [
            self.view.project(
                (
                    origin[0] + u * across[0] + v * up[0],
                    origin[1] + u * across[1] + v * up[1],
                    origin[2] + u * across[2] + v * up[2],
                )
            )
            for u, v in outline
        ]
        box = self._box(corners)
        if box is None:
            return
        left, top, width, height = box
        shifted = [(x - left, y - top) for x, y in corners]
        mask = polygon_mask(shifted, (width, height))
        plane = _Plane(self.view, origin, across, up)
        u, v, depth = plane.at(left, top, width, height)
        tones = material(u, v)
        if shines < 1:
            light = self._light(plane, box)
            tones = as_array(tones * (light + (1 - light) * np.float32(shines)))
        if self.thickness:
            share = 1 - np.exp(-np.maximum(depth, 0) * np.float32(self.thickness))
            tones = as_array(tones + (self.air - tones) * as_array(share)[:, :, None])
        if tones.ndim == 1:
            tones = as_array(np.broadcast_to(tones, (height, width, 3)))
        self.canvas.blend(mask, tones, top=top, left=left)
        if self.is_drawn and is_inked and width * height > _INKED:
            self._ink(shifted, box, tones, mask)

    def box(
        self,
        x: tuple[float, float],
        y: tuple[float, float],
        z: tuple[float, float],
        material: Material,
        *,
        top: Material | None = None,
        shines: float = 0.0,
    ) -> None:
        """Paint the visible sides of a block."""
        front = [(x[0], y[0]), (x[1], y[0]), (x[1], y[1]), (x[0], y[1])]
        side = [(z[0], y[0]), (z[1], y[0]), (z[1], y[1]), (z[0], y[1])]
        flat = [(x[0], z[0]), (x[1], z[0]), (x[1], z[1]), (x[0], z[1])]
        if x[0] > 0:
            self.face((x[0], 0, 0), (AWAY, UP), side, material, shines=shines)
        elif x[1] < 0:
            self.face((x[1], 0, 0), (AWAY, UP), side, material, shines=shines)
        if y[1] < self.view.eye:
            self.face((0, y[1], 0), (RIGHT, AWAY), flat, top or material, shines=shines)
        elif y[0] > self.view.eye:
            self.face((0, y[0], 0), (RIGHT, AWAY), flat, material, shines=shines)
        self.face((0, 0, z[0]), (RIGHT, UP), front, material, shines=shines)

    def turned(
        self, at: Vector, profile: Sequence[Point], tone: Array, *, shines: float = 0.0
    ) -> None:
        """Paint a round thing, a jar or a column: radii at heights above its base."""
        widest = max(radius for radius, _ in profile)
        outline = [(radius, height) for radius, height in profile]
        outline += [(-radius, height) for radius, height in reversed(profile)]
        side = self._light_side(at)

        def material(u: Array, _v: Array) -> Array:
            across = np.clip(u / widest, -1, 1)
            if self.is_drawn:
                shade = np.where(across * side > -0.25, 1.05, 0.74)
            else:
                shade = np.sqrt(np.clip(1.02 - across**2, 0, 1)) * 0.62 + 0.42
                shade = shade + across * side * 0.26
                shade = shade + 0.5 * np.exp(-(((across - 0.42 * side) / 0.13) ** 2))
            return tinted(as_array(shade), tone)

        self.face(at, (RIGHT, UP), outline, material, shines=shines)

    def glow(self, at: Vector, size: float, tone: Array, strength: float) -> None:
        """Light in the air around a point."""
        x, y = self.view.project(at)
        self.canvas.halo(x, y, max(size * self.view.scale(at[2]), 1.0), tone, strength)

    def shine(
        self, shapes: Sequence[Sequence[Point]], tone: Array, strength: float, *, blur: float
    ) -> None:
        """Add soft light within polygons given in pixels, computed at a quarter of the size."""
        reach = 3 * max(blur, 2.0) + 4
        points = [point for shape in shapes for point in shape]
        box = self._box([(x + s, y + s) for x, y in points for s in (-reach, reach)])
        if box is None:
            return
        left, top, width, height = box
        size = -(-width // 4), -(-height // 4)
        small = np.zeros((size[1], size[0]), np.float32)
        for shape in shapes:
            inside = [((x - left) / 4, (y - top) / 4) for x, y in shape]
            np.maximum(small, polygon_mask(inside, size), out=small)
        image = Image.fromarray(blurred(small, max(blur / 4, 0.5)))
        full = image.resize((size[0] * 4, size[1] * 4), Image.Resampling.BILINEAR)
        self.canvas.shine(
            as_array(np.asarray(full)) * np.float32(strength), tone, top=top, left=left
        )

    def defocus(self, radius: float) -> None:
        """Blur everything painted so far."""
        size = max(self.canvas.width // 3, 1), max(self.canvas.height // 3, 1)
        for channel, band in enumerate(images(self.canvas.rgb)):
            small = band.resize(size, Image.Resampling.BOX)
            values = blurred(as_array(small) / np.float32(255), radius / 3)
            full = Image.fromarray(values).resize(
                (self.canvas.width, self.canvas.height), Image.Resampling.BICUBIC
            )
            self.canvas.rgb[:, :, channel] = np.asarray(full)

    def _light_side(self, at: Vector) -> int:
        lamps = self.lighting.lamps
        strongest = max(lamps, key=lambda lamp: float(lamp.tone.sum()), default=None)
        return 1 if strongest is not None and strongest.at[0] > at[0] else -1

    def _box(self, corners: Sequence[Point]) -> tuple[int, int, int, int] | None:
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        left, right = max(int(min(xs)) - 2, 0), min(int(max(xs)) + 3, self.canvas.width)
        top, bottom = max(int(min(ys)) - 2, 0), min(int(max(ys)) + 3, self.canvas.height)
        return (left, top, right - left, bottom - top) if right > left and bottom > top else None

    def _light(self, plane: "_Plane", box: tuple[int, int, int, int]) -> Array:
        left, top, width, height = box
        is_large = width * height > _LARGE
        step = _LIGHT_STEP if is_large else 1
        columns, rows = -(-width // step), -(-height // step)
        x, y, z = plane.points(left, top, columns, rows, step)
        light = self.lighting.shade(x, y, z, plane.normal)
        if is_large:
            bands = (
                Image.fromarray(np.ascontiguousarray(light[:, :, channel])).resize(
                    (columns * step, rows * step), Image.Resampling.BILINEAR
                )
                for channel in range(3)
            )
            light = planar(np.stack([np.asarray(band) for band in bands]))[:height, :width]
        return _banded(light, float(self.lighting.ambient.max())) if self.is_drawn else light

    def _ink(
        self,
        corners: Sequence[Point],
        box: tuple[int, int, int, int],
        tones: Array,
        mask: Array,
    ) -> None:
        left, top, width, height = box
        sheet = Image.new("L", (width * 2, height * 2))
        points = [(x * 2, y * 2) for x, y in corners]
        pen = max(2, round(self.canvas.unit * 0.0045))
        ImageDraw.Draw(sheet).line([*points, points[0]], fill=255, width=pen, joint="curve")
        line = as_array(sheet.reduce(2)) / np.float32(255)
        step = max(width * height // _LARGE, 1)
        seen, painted = mask[::step], tones[::step]
        total = float(seen.sum())
        if total < 1:
            return
        mean = as_array(np.tensordot(seen, painted, axes=2) / np.float32(total))
        self.canvas.blend(
            line, mix(as_array(mean * 0.42), as_array([0.1, 0.06, 0.1]), 0.3), top=top, left=left
        )


class _Plane:
    """The rays of the view, intersected with the plane through an origin along two axes."""

    def __init__(self, view: View, origin: Vector, across: Vector, up: Vector) -> None:
        self._view, self._across, self._up = view, across, up
        ax, ay, az = across
        bx, by, bz = up
        normal = (ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx)
        away = (-origin[0], view.eye - origin[1], -origin[2])  # from the origin to the viewer
        distance = sum(n * o for n, o in zip(normal, away, strict=True))
        flip = 1.0 if distance >= 0 else -1.0
        length = max(sum(n * n for n in normal) ** 0.5, 1e-6)
        self.normal: Vector = (
            normal[0] * flip / length,
            normal[1] * flip / length,
            normal[2] * flip / length,
        )
        self._distance = abs(distance) / length
        self._away = away

    def at(self, left: int, top: int, width: int, height: int) -> tuple[Array, Array, Array]:
        """Metres along the axes and away, for every pixel of a box."""
        rays, depth = self._rays(left, top, width, height, 1)
        u, v = (
            as_array(
                depth * (rays[0] * axis[0] + rays[1] * axis[1] + axis[2])
                + sum(a * o for a, o in zip(axis, self._away, strict=True))
            )
            for axis in (self._across, self._up)
        )
        return u, v, depth

    def points(
        self, left: int, top: int, columns: int, rows: int, step: int
    ) -> tuple[Array, Array, Array]:
        """The points seen by every `step`th pixel."""
        rays, depth = self._rays(left, top, columns, rows, step)
        return as_array(depth * rays[0]), as_array(self._view.eye + depth * rays[1]), depth

    def _rays(
        self, left: int, top: int, columns: int, rows: int, step: int
    ) -> tuple[tuple[Array, Array], Array]:
        view = self._view
        x = left + (np.arange(columns, dtype=np.float32) + np.float32(0.5)) * step
        y = top + (np.arange(rows, dtype=np.float32) + np.float32(0.5)) * step
        x = as_array((x - view.centre) / view.focal)[None, :]
        y = as_array((view.horizon - y) / view.focal)[:, None]
        n = self.normal
        slope = as_array(-(x * n[0] + y * n[1] + n[2]))
        slope = np.broadcast_to(slope, (rows, columns))
        depth = as_array(self._distance / np.maximum(slope, np.float32(1e-3)))
        return (x, y), depth


def flat(tone: Array) -> Material:
    """One uniform colour, for things that glow."""

    def colours(_u: Array, _v: Array) -> Array:
        return tone

    return colours


def _banded(light: Array, ambient: float) -> Array:
    """Light in the flat tones of a drawing: shade, light, and the deep shade under things."""
    level = np.maximum(np.maximum(light[:, :, 0], light[:, :, 1]), light[:, :, 2])
    low = min(max(ambient, 0.34), 0.9)
    lit = np.clip((level - low - 0.22) * 6, 0, 1)
    deep = np.clip((level - ambient * 0.62) * 16, 0, 1) * 0.18 + 0.82
    target = (low + (0.94 - low) * lit) * deep
    return as_array(light * (target / np.maximum(level, 1e-3))[:, :, None])
