"""Draws trees for landscapes: conifers and broadleaves, branch by branch, then set in stands.

A tree is drawn once at one size and pasted smaller at each position; its light is painted on it.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from studio.paint.canvas import Array, Canvas, as_array, colour
from studio.paint.terrain.light import Light

_TALL = 440
"""Pixels of a drawn tree, of which half remain after smoothing."""
_BARK = "4a3a2c"
_NEEDLES = ("2a3d1e", "3a4f26", "304426")
_LEAVES = ("35521f", "4b6a28", "5d7430")
_SNOW = "eef3fb"
Ink = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Tree:
    """A drawn tree; its foot is the middle of the lowest row."""

    image: Image.Image
    """With premultiplied alpha (mode RGBa), which can be scaled down fast."""

    def at(self, height: int) -> Image.Image:
        """The tree at a height in pixels."""
        width = max(round(self.image.width * height / self.image.height), 1)
        is_larger = height > self.image.height
        how = Image.Resampling.BICUBIC if is_larger else Image.Resampling.BOX
        return self.image.resize((width, height), how)


def conifers(canvas: Canvas, light: Light, count: int) -> list[Tree]:
    """The number of different spruces."""
    return [_conifer(canvas.rng, light, _detail(canvas)) for _ in range(count)]


def broadleaves(canvas: Canvas, light: Light, count: int) -> list[Tree]:
    """The number of different trees with round crowns."""
    return [_broadleaf(canvas.rng, light, _detail(canvas)) for _ in range(count)]


def _detail(canvas: Canvas) -> float:
    """The share of branches and leaves that a small picture can show."""
    return min(max(canvas.unit / 540, 0.3), 1.0)


def plant(
    canvas: Canvas,
    light: Light,
    trees: list[Tree],
    spots: list[tuple[float, float, float]],
    *,
    veil: float,
) -> Array:
    """Set trees at (x, y of the foot, height in pixels), the farthest first, behind a veil of air.

    Returns the mask of the covered pixels.
    """
    spots = [(x, y, max(tall, 3.0)) for x, y, tall in spots if tall <= canvas.height * 3]
    cast_shadows(canvas, light, spots, veil=veil)
    layer = Image.new("RGBA", (canvas.width, canvas.height))
    largest = round(max((tall for *_, tall in spots), default=3))
    kinds = [Tree(tree.at(min(largest, tree.image.height))) for tree in trees]
    for index, (x, y, tall) in enumerate(spots):
        image = kinds[index % len(kinds)].at(round(tall)).convert("RGBA")
        _paste(layer, image, round(x - image.width / 2), round(y) - image.height)
    pixels = as_array(np.asarray(layer))
    pixels *= np.float32(1 / 255)
    mask = as_array(pixels[..., 3])
    filled = np.nonzero(mask.max(axis=1))[0]
    if len(filled):
        top, bottom = int(filled[0]), int(filled[-1]) + 1
        tones = pixels[top:bottom, :, :3]
        tones += np.float32(veil) * (light.haze - tones)
        canvas.blend(mask[top:bottom], tones, top=top)
    return mask


def cast_shadows(
    canvas: Canvas, light: Light, spots: list[tuple[float, float, float]], *, veil: float
) -> None:
    """Darken the ground next to things at (x, y, height): long shadows when the sun is low."""
    depth = 0.75 * (1 - veil) * min(float(light.key.max()) / float(light.flat(0.7).max()), 1.0)
    if not spots or depth < 0.02:
        return
    top = max(round(min(y - tall * 0.04 for _, y, tall in spots)) - 2, 0)
    bottom = min(round(max(y + tall * 0.06 for _, y, tall in spots)) + 2, canvas.height)
    if bottom - top < 2:
        return
    right, up, _ = light.direction
    sheet = Image.new("L", (canvas.width // 2 + 1, (bottom - top) // 2 + 1))
    pen = ImageDraw.Draw(sheet)
    for x, y, tall in spots:
        reach = min(abs(right) / max(up, 0.1) * 0.55, 1.7) * tall
        start, end = x + light.side * tall * 0.12, x - light.side * reach
        box = min(start, end) / 2, (y - top - tall * 0.035) / 2, max(start, end) / 2
        pen.ellipse((*box, (y - top + tall * 0.045) / 2), round(255 * depth))
    mask = as_array(sheet.resize((canvas.width, bottom - top), Image.Resampling.BILINEAR))
    canvas.blend(as_array(mask / 255), as_array(light.fill * as_array([0.16, 0.20, 0.15])), top=top)


def _paste(layer: Image.Image, image: Image.Image, left: int, top: int) -> None:
    box = (
        max(-left, 0),
        max(-top, 0),
        min(image.width, layer.width - left),
        min(image.height, layer.height - top),
    )
    if box[0] < box[2] and box[1] < box[3]:
        layer.alpha_composite(image, (max(left, 0), max(top, 0)), box)


def ink(tone: Array) -> Ink:
    """A colour in the form of Pillow's pens."""
    red, green, blue = (min(max(int(part * 255 + 0.5), 0), 255) for part in tone.tolist())
    return red, green, blue, 255


def _sheet(width: int, height: int) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGBA", (width, height))
    return image, ImageDraw.Draw(image)


def _jitter(rng: np.random.Generator, reach: int, size: tuple[int, int]) -> NDArray[np.int64]:
    return np.floor(rng.uniform(-reach, reach + 1, size)).astype(np.int64)


def _ruffled(rng: np.random.Generator, image: Image.Image, reach: int) -> Image.Image:
    """The drawing at half its size, its shapes torn into leaves and needles."""
    dots = np.asarray(image).view(np.uint32)[..., 0]
    height, width = dots.shape
    # Two rows, or two columns, move together: bits of leaves, not dust.
    aside = np.repeat(_jitter(rng, reach, (height // 2 + 1, width)), 2, axis=0)[:height]
    down = np.repeat(_jitter(rng, reach, (height, width // 2 + 1)), 2, axis=1)[:, :width]
    columns = np.clip(np.arange(width, dtype=np.int64) + aside, 0, width - 1)
    rows = np.clip(np.arange(height, dtype=np.int64)[:, None] + down, 0, height - 1)
    torn = dots[rows, columns]
    return Image.fromarray(torn[..., None].view(np.uint8)).convert("RGBa").reduce(2)


def _conifer(rng: np.random.Generator, light: Light, detail: float) -> Tree:
    """Whorls of drooping branches, from the back to the front of each."""
    height = _TALL * 2
    spread = float(rng.uniform(0.17, 0.25)) * height
    image, pen = _sheet(round(spread * 2.3), height)
    middle = image.width / 2
    bark = ink(as_array(colour(_BARK) * light.flat(0.35)))
    pen.polygon(
        [(middle - 9, height), (middle - 1, 20), (middle + 1, 20), (middle + 9, height)], bark
    )
    tone = colour(_NEEDLES[int(rng.integers(len(_NEEDLES)))])
    tone = as_array(tone * rng.uniform(0.85, 1.2))
    tones = [as_array(tone * light.flat(share) * shade) for share, shade in _shades()]
    needles = [ink(shade) for shade in tones]
    white = colour(_SNOW) * light.flat(0.5)
    snow = [ink(as_array(white * share)) for share in (0.6, 0.7, 0.8, 0.9, 0.97, 1.0)]
    whorls = round(42 * detail)
    for whorl in range(whorls):
        share = 1 - (whorl + float(rng.uniform(-0.3, 0.3))) / whorls  # from the foot to the top
        y = height * (0.02 + 0.90 * share)
        reach = spread * (0.06 + 0.94 * share**0.85) * float(rng.uniform(0.75, 1.1))
        for turn in np.sort(rng.uniform(-1.57, 1.57, 7)):
            # `turn` orders branches from the back; each has a twin that leans the other way
            for lean in (-1, 1):
                out = lean * math.cos(turn) * reach * float(rng.uniform(0.7, 1.05))
                lit = lean * light.side * math.cos(turn) * 0.55 + math.sin(turn) * 0.25
                level = (lit + 0.55) / 1.3 * 5 + float(rng.uniform(-0.8, 0.8))
                shade = min(max(round(level), 0), 5)
                white_tone = snow[shade] if light.is_snowy and rng.random() < 0.8 else None
                _branch(rng, pen, (middle, y, out, turn, 1 / detail), needles[shade], white_tone)
    return Tree(_ruffled(rng, image, 2))


def _shades() -> list[tuple[float, float]]:
    """From the shaded side to the lit one: the share of the key, and the depth of the fill."""
    return [(0.0, 0.42), (0.05, 0.62), (0.18, 0.85), (0.45, 1.0), (0.85, 1.1), (1.2, 1.2)]


def _branch(
    rng: np.random.Generator,
    pen: ImageDraw.ImageDraw,
    shape: tuple[float, float, float, float, float],
    needles: Ink,
    snow: Ink | None,
) -> None:
    """A branch from its root (x, y) out to one side; one that comes forward droops more."""
    x, y, out, turn, bulk = shape
    droop = abs(out) * 0.34 + 6 + 8 * max(turn, 0)
    thick = (7 + abs(out) * 0.16) * math.sqrt(bulk)
    tip = x + out, y + droop
    points = [(x, y - thick * 0.4), (x + out * 0.55, y + droop * 0.35 - thick * 0.35), tip]
    for tooth, hang in enumerate(rng.uniform(0.7, 1.6, 4).tolist()):  # a fringe below
        share = 1 - (tooth + 0.5) / 4
        sag = y + droop * share**1.4
        points.append((x + out * (share + 0.10), sag + thick * hang))
        points.append((x + out * (share - 0.06), sag + thick * hang * 0.25))
    pen.polygon(points, needles)
    if snow is not None:
        ridge = (x + out * 0.1, y - thick * 0.3), (x + out * 0.6, y + droop * 0.35 - thick * 0.6)
        pen.polygon([*ridge, tip, (x + out * 0.6, y + droop * 0.42 + thick * 0.2)], snow)


def _broadleaf(rng: np.random.Generator, light: Light, detail: float) -> Tree:
    """A trunk that forks, and clumps of leaves, the shaded ones first."""
    height = _TALL * 2
    width = round(height * float(rng.uniform(0.78, 1.0)))
    image, pen = _sheet(width, height)
    middle = width / 2
    bark = as_array(colour(_BARK) * light.flat(0.3))
    crown = height * 0.40
    _trunk(rng, pen, (middle, height, crown), bark, light)
    tone = as_array(colour(_LEAVES[int(rng.integers(len(_LEAVES)))]) * rng.uniform(0.85, 1.15))
    count = 34
    angles = rng.uniform(0, 2 * math.pi, count)
    radii = np.sqrt(rng.random(count))
    depths = np.sort(rng.uniform(-1, 1, count))
    for angle, radius, depth in zip(angles, radii, depths, strict=True):
        flat = math.sqrt(max(1 - (depth * 0.8) ** 2, 0.1))
        x = middle + math.cos(angle) * radius * width * 0.36 * flat
        y = crown + math.sin(angle) * radius * height * 0.28 * flat
        size = height * float(rng.uniform(0.075, 0.125))
        outer = (x - middle) / width * 1.5 * light.side, (crown - y) / height * 1.7
        _clump(rng, pen, (x, y, size), tone, light, (outer[0], outer[1], float(depth)), detail)
    return Tree(_ruffled(rng, image, 7))


def _trunk(
    rng: np.random.Generator,
    pen: ImageDraw.ImageDraw,
    where: tuple[float, float, float],
    bark: Array,
    light: Light,
) -> None:
    middle, foot, crown = where
    half = foot * 0.022
    pen.polygon(
        [
            (middle - half * 1.7, foot),
            (middle - half, foot * 0.8),
            (middle - half * 0.7, crown),
            (middle + half * 0.7, crown),
            (middle + half, foot * 0.8),
            (middle + half * 1.7, foot),
        ],
        ink(as_array(bark * 0.75)),
    )
    lit = middle + light.side * half * 0.55
    pen.line([(lit, foot), (lit, crown)], ink(as_array(bark * 1.35)), round(half * 0.6))
    for _ in range(7):
        start = foot * float(rng.uniform(0.5, 0.72))
        end = middle + foot * float(rng.uniform(-0.3, 0.3)), crown * float(rng.uniform(0.5, 1.2))
        pen.line([(middle, start), end], ink(as_array(bark * 0.7)), round(half * 0.6))


def _clump(
    rng: np.random.Generator,
    pen: ImageDraw.ImageDraw,
    where: tuple[float, float, float],
    tone: Array,
    light: Light,
    outer: tuple[float, float, float],
    detail: float,
) -> None:
    """Leaves on a ball: the side of the ball, and of the crown, that faces the light is lit."""
    x, y, size = where
    shades = [as_array(tone * light.flat(share) * depth) for share, depth in _shades()]
    if light.is_snowy:
        white = as_array(colour(_SNOW) * light.flat(0.5))
        shades[3:] = [as_array(white * share) for share in (0.8, 0.95, 1.0)]
    count = round(95 * detail)
    turns = rng.uniform(0, 2 * math.pi, count)
    radii = np.sqrt(rng.random(count)) * size
    dx, dy = np.cos(turns) * radii, np.sin(turns) * radii * 0.85
    lit = dx / size * light.side * 0.45 - dy / size * 0.5
    lit += outer[0] * 0.5 + outer[1] * 0.45 + outer[2] * 0.25
    order = np.argsort(lit + rng.normal(0, 0.15, count))
    lit = lit + rng.normal(0, 0.16, count)
    levels = np.clip(np.round((lit + 0.75) / 1.9 * (len(shades) - 1)), 0, len(shades) - 1)
    inks = [ink(shade) for shade in shades]
    leaves = rng.uniform(0.055, 0.11, (count, 2)) * size * 1.35 / math.sqrt(detail)
    for index in order:
        cx, cy = x + float(dx[index]), y + float(dy[index])
        a, b = (float(leaf) for leaf in leaves[index])
        pen.ellipse((cx - a, cy - b, cx + a, cy + b), inks[int(levels[index])])
