"""Composes the open places of the realistic look from ranges, ground, water and trees."""

from dataclasses import dataclass

import numpy as np

from studio.paint.canvas import Array, Canvas, as_array
from studio.paint.palette import Palette
from studio.paint.sky import Sun
from studio.paint.terrain.field import View
from studio.paint.terrain.forest import (
    paint_ferns,
    paint_flowers,
    paint_shafts,
    paint_trunk,
)
from studio.paint.terrain.ground import (
    Ground,
    Plain,
    Soil,
    paint_ground,
    plain_for,
)
from studio.paint.terrain.light import Light
from studio.paint.terrain.noise import octave
from studio.paint.terrain.range import Range, Rock, paint_range
from studio.paint.terrain.shore import (
    make_beach,
    make_dunes,
    make_lake,
    make_path,
    make_river,
)
from studio.paint.terrain.space import (
    make_craters,
    paint_space_sky,
    space_light,
)
from studio.paint.terrain.trees import (
    Tree,
    broadleaves,
    cast_shadows,
    conifers,
    plant,
)
from studio.paint.terrain.village import House, paint_house, paint_smoke
from studio.paint.terrain.water import Water, paint_water
from studio.scene import LIVING, Scene, Weather

_WAVES = {
    Weather.CLEAR: 0.22,
    Weather.CLOUDY: 0.34,
    Weather.RAIN: 0.45,
    Weather.STORM: 1.0,
    Weather.SNOW: 0.30,
    Weather.FOG: 0.10,
}


@dataclass(frozen=True, slots=True)
class Site:
    """The input of every composition."""

    canvas: Canvas
    scene: Scene
    palette: Palette
    sun: Sun
    light: Light
    view: View

    @property
    def rng(self) -> np.random.Generator:
        """The picture's own random generator."""
        return self.canvas.rng

    def chance(self, share: float) -> bool:
        """Whether a part is present, in that share of the pictures."""
        return float(self.rng.random()) < share

    def between(self, low: float, high: float) -> float:
        """A measure that varies from picture to picture."""
        return float(self.rng.uniform(low, high))


def paint_sea(site: Site) -> None:
    """Open water with a far coast, and a beach under any figures."""
    canvas, light = site.canvas, site.light
    land = np.zeros((canvas.height, canvas.width), np.float32)
    side = 1 if site.chance(0.5) else -1
    if site.chance(0.75):
        coast = Range(
            rock=Rock.COAST, rise=site.between(0.08, 0.16), haze=0.62, steps=70, spread=0.35
        )
        paint_range(canvas, light, coast, window=_window(site, side, 0.62), depth=0.4)
    if site.chance(0.6):
        cape = Range(
            rock=Rock.COAST,
            rise=site.between(0.12, 0.24),
            haze=0.30,
            base=0.022,
            steps=110,
            spread=0.4,
        )
        window = _window(site, -side, site.between(0.25, 0.45))
        land = np.maximum(land, paint_range(canvas, light, cape, window=window, depth=0.5))
    stands_here = any(subject.figure in LIVING for subject in site.scene.subjects)
    if stands_here or site.chance(0.35):
        ground = Ground(soil=Soil.BEACH, hills=0.0, wide=20, far=60)
        plain = plain_for(canvas, site.view, ground)
        depth = 0.36 if stands_here else 0.16
        make_beach(canvas, plain, depth=depth, side=side, lean=0.08 if stands_here else 0.14)
        land = np.maximum(land, paint_ground(canvas, light, ground, plain))
    water = Water(_WAVES[site.scene.weather], has_surf=True)
    paint_water(canvas, site.view, light, site.palette, site.sun, water, as_array(land))


def paint_river(site: Site) -> None:
    """A river between wooded banks."""
    canvas, light = site.canvas, site.light
    if site.chance(0.6):
        _mountains(site, rise=site.between(0.26, 0.42), haze=0.5)
    wooded = Rock.WOODS if site.chance(0.7) else Rock.HILLS
    paint_range(
        canvas,
        light,
        Range(rock=wooded, rise=site.between(0.10, 0.18), haze=0.36, base=0.012, steps=80),
    )
    ground = Ground(soil=Soil.GRASS, hills=0.5, wide=30, grass=0.13, far=140)
    plain = plain_for(canvas, site.view, ground)
    make_river(canvas, plain, side=1 if site.chance(0.5) else -1, near=0.34)
    land = paint_ground(canvas, light, ground, plain)
    trees = conifers(canvas, light, 3) if site.chance(0.5) else broadleaves(canvas, light, 3)
    stand = _stand(site, plain, trees, count=90, nearest=16, farthest=110, tall=6.5)
    # The trees are mirrored too, so the water comes after them.
    water = Water(_WAVES[site.scene.weather] * 0.35)
    _paint_inland_water(site, plain, water, as_array(np.maximum(land, stand)))


def paint_mountain(site: Site) -> None:
    """Peaks behind foothills, an alp in front, sometimes with a lake."""
    canvas, light = site.canvas, site.light
    _mountains(site, rise=site.between(0.38, 0.5), haze=0.52)
    main = Range(
        rock=Rock.ALPS,
        rise=site.between(0.40, 0.56),
        haze=0.20,
        base=0.04,
        spread=site.between(0.8, 1.1),
        snowline=site.between(0.42, 0.62),
    )
    paint_range(canvas, light, main)
    paint_range(
        canvas,
        light,
        Range(rock=Rock.WOODS, rise=site.between(0.08, 0.14), haze=0.16, base=0.03, steps=80),
    )
    soil = Soil.GRASS if site.chance(0.7) else Soil.SCREE
    ground = Ground(
        soil=soil, hills=site.between(0.5, 1.1), wide=26, grass=0.10 if soil is Soil.GRASS else 0.0
    )
    plain = plain_for(canvas, site.view, ground)
    has_lake = site.chance(0.45)
    if has_lake:
        make_lake(canvas, plain, near=0.36, wide=site.between(0.7, 1.3))
    land = paint_ground(canvas, light, ground, plain)
    trees = conifers(canvas, light, 3)
    stand = _stand(site, plain, trees, count=70, nearest=18, farthest=120, tall=5.5)
    if has_lake:
        water = Water(_WAVES[site.scene.weather] * 0.25)
        _paint_inland_water(site, plain, water, as_array(np.maximum(land, stand)))


def paint_meadow(site: Site) -> None:
    """Grass and flowers, hills beyond, a few trees."""
    canvas, light = site.canvas, site.light
    if site.chance(0.4):
        _mountains(site, rise=site.between(0.2, 0.32), haze=0.6)
    for rise, haze in ((0.15, 0.52), (0.10, 0.30)):
        rock = Rock.WOODS if site.chance(0.4) else Rock.HILLS
        paint_range(
            canvas,
            light,
            Range(
                rock=rock,
                rise=rise * site.between(0.7, 1.2),
                haze=haze,
                base=0.01,
                steps=80,
                spread=0.8,
            ),
        )
    ground = Ground(soil=Soil.GRASS, hills=site.between(0.6, 1.3), wide=34, grass=0.17)
    plain = plain_for(canvas, site.view, ground)
    paint_ground(canvas, light, ground, plain)
    trees = broadleaves(canvas, light, 3)
    _stand(site, plain, trees, count=30, nearest=22, farthest=110, tall=5.0)
    if not light.is_snowy:
        paint_flowers(canvas, light, site.view, 420)


def paint_forest(site: Site) -> None:
    """A clearing among old trees: stands that fade into the air, trunks at the sides."""
    canvas, light, view = site.canvas, site.light, site.view
    paint_range(
        canvas, light, Range(rock=Rock.WOODS, rise=0.16, haze=0.6, base=0.02, steps=60, spread=0.6)
    )
    trees = conifers(canvas, light, 3)
    if site.chance(0.6):
        trees += broadleaves(canvas, light, 2)
    for distance, count in ((110.0, 90), (70.0, 75), (44.0, 58)):
        _row_of_trees(site, trees, distance, count, gap=0.0)
    ground = Ground(soil=Soil.LITTER, hills=0.5, wide=18, grass=0.10, far=60, clear_air=70)
    plain = plain_for(canvas, view, ground)
    make_path(canvas, plain)
    paint_ground(canvas, light, ground, plain)
    _row_of_trees(site, trees, 27.0, 34, gap=0.10)
    paint_shafts(canvas, light, site.palette, site.sun)
    _row_of_trees(site, trees, 15.0, 13, gap=0.24)
    paint_ferns(canvas, light, view, 60, nearest=5.0)
    for side in (-1, 1):
        for number in range(int(site.rng.integers(1, 3))):
            width = canvas.unit * site.between(0.07, 0.13) * (1 - 0.35 * number)
            x = canvas.width * (0.5 + side * (site.between(0.36, 0.47) - 0.12 * number))
            foot = view.row(5.0 if number else 3.4)
            paint_trunk(canvas, light, x, foot, width, veil=0.06 * light.murk * number)
    paint_ferns(canvas, light, view, 12, nearest=2.1, farthest=3.4)


def paint_village(site: Site) -> None:
    """Cottages along a path between fields."""
    canvas, light, view = site.canvas, site.light, site.view
    for rise, haze in ((0.14, 0.5), (0.08, 0.3)):
        hills = Range(rock=Rock.WOODS, rise=rise, haze=haze, base=0.01, steps=70, spread=0.8)
        paint_range(canvas, light, hills)
    ground = Ground(soil=Soil.FIELDS, hills=0.5, wide=40, grass=0.12)
    plain = plain_for(canvas, view, ground)
    make_path(canvas, plain)
    paint_ground(canvas, light, ground, plain)
    trees = broadleaves(canvas, light, 2)
    _stand(site, plain, trees, count=24, nearest=34, farthest=110, tall=4.0)
    rows = view.rows(plain.levels, plain.distances)
    for index, distance in enumerate((62.0, 52.0, 43.0, 35.0, 28.0, 21.0, 15.0)):
        side = (1 if index % 2 else -1) * (1 if site.sun.x < canvas.width / 2 else -1)
        away = site.between(*((0.05, 0.34) if index < 4 else (0.30, 0.40)))
        x = canvas.width * (0.5 + side * away)
        step = min(int(np.searchsorted(plain.distances, distance)), len(rows) - 1)
        y = float(rows[step, min(max(int(x), 0), canvas.width - 1)])
        house = House(x, y + 2, 3.4 * view.focal / distance, turned=-side)
        veil = float(1 - np.exp(-distance * light.murk / 150))
        cast_shadows(canvas, light, [(x, y, house.height * 1.5)], veil=veil)
        paint_house(canvas, light, house, veil=veil, is_lit=site.palette.is_dark)
        if index % 2 == 0:
            paint_smoke(canvas, light, house)
        size = 4.2 * view.focal / distance
        spot = (x + side * size * site.between(0.5, 0.8), y + size * 0.06, size)
        plant(canvas, light, trees[index % 2 :], [spot], veil=veil)


def paint_space(site: Site) -> None:
    """Dust and craters under a black sky."""
    canvas = site.canvas
    light = space_light(site.light, site.scene.time)
    paint_space_sky(canvas, light, site.palette, site.sun, site.scene.time)
    far = Range(rock=Rock.MOON, rise=site.between(0.06, 0.14), haze=0.10, base=0.012, steps=80)
    paint_range(canvas, light, far, depth=0.5)
    ground = Ground(soil=Soil.DUST, hills=1.2, wide=30, far=150)
    plain = plain_for(canvas, site.view, ground)
    make_craters(canvas, plain, 90)
    paint_ground(canvas, light, ground, plain)


def paint_desert(site: Site) -> None:
    """Dunes, and tables of rock far away."""
    canvas, light = site.canvas, site.light
    if site.chance(0.6):
        mesas = Range(
            rock=Rock.MESAS, rise=site.between(0.12, 0.24), haze=0.5, base=0.01, spread=0.5
        )
        paint_range(canvas, light, mesas, window=_window(site, 1 if site.chance(0.5) else -1, 0.6))
    ground = Ground(soil=Soil.SAND, hills=0.4, wide=30)
    plain = plain_for(canvas, site.view, ground)
    make_dunes(canvas, plain)
    paint_ground(canvas, light, ground, plain)


def _mountains(site: Site, *, rise: float, haze: float) -> None:
    spec = Range(
        rock=Rock.ALPS,
        rise=rise,
        haze=haze,
        base=0.0,
        spread=site.between(0.6, 0.85),
        steps=84,
        snowline=site.between(0.3, 0.5),
    )
    paint_range(site.canvas, site.light, spec, depth=0.6)


def _window(site: Site, side: int, reach: float) -> Array:
    """One at the side, nothing beyond `reach` of the width, ragged between."""
    width = site.canvas.width
    line = np.linspace(0, 1, width, dtype=np.float32)
    line = line if side < 0 else line[::-1]
    ragged = octave(site.rng, width, 1, (5, 1))[0] * 0.10
    share = np.clip((reach - line + ragged) / 0.35, 0, 1)
    return as_array(share * share * (3 - 2 * share))


def _stand(
    site: Site,
    plain: Plain,
    trees: list[Tree],
    *,
    count: int,
    nearest: float,
    farthest: float,
    tall: float,
) -> Array:
    """Trees in groups on the ground, in three depths of air; the mask of what they cover."""
    view, rng = site.view, site.rng
    rows = view.rows(plain.levels, plain.distances)
    groups = octave(rng, view.width, 64, (7, 5))
    depths = np.sort(np.exp(rng.uniform(np.log(nearest), np.log(farthest), count * 4)))
    spots: list[tuple[float, float, float]] = []
    distances: list[float] = []
    for distance in (float(depth) for depth in depths[::-1]):
        column, size = int(rng.integers(view.width)), float(rng.uniform(0.45, 1.1))
        band = int(np.log(distance / nearest) / np.log(farthest / nearest) * 63)
        step = int(np.searchsorted(plain.distances, distance))
        if step >= len(plain.distances) or groups[band, column] < 0.25 or len(spots) >= count:
            continue
        if plain.inland is not None and plain.inland[step, column] < 0.12:
            continue
        spots.append(
            (float(column), float(rows[step, column]) + 1, size * tall * view.focal / distance)
        )
        distances.append(float(distance))
    covered = np.zeros((view.height, view.width), np.float32)
    share = max(-(-len(spots) // 3), 1)
    for first in range(0, len(spots), share):
        middle = float(np.mean(distances[first : first + share]))
        veil = float(1 - np.exp(-middle * site.light.murk / 170))
        mask = plant(site.canvas, site.light, trees, spots[first : first + share], veil=veil)
        np.maximum(covered, mask, out=covered)
    return covered


def _row_of_trees(
    site: Site, trees: list[Tree], distance: float, count: int, *, gap: float
) -> None:
    """A stand at one distance, with a gap in its middle that shows what is beyond."""
    view, rng = site.view, site.rng
    # A longer lens would fill the picture with two trees, so the camera moves back.
    distance *= (view.focal / (0.95 * site.canvas.unit)) ** 0.7
    spots: list[tuple[float, float, float]] = []
    for share in (np.arange(count) + rng.uniform(-0.4, 0.4, count)) / max(count - 1, 1):
        if abs(share - 0.5) < gap * float(rng.uniform(0.7, 1.2)):
            continue
        near = distance * float(rng.uniform(0.85, 1.15))
        size = float(rng.uniform(6.5, 11.0)) * view.focal / near
        spots.append((float(share) * view.width, view.row(near) + 2, size))
    spots.sort(key=lambda spot: spot[1])
    veil = float(1 - np.exp(-distance * site.light.murk / 85))
    plant(site.canvas, site.light, trees, spots, veil=veil)


def _paint_inland_water(site: Site, plain: Plain, water: Water, land: Array) -> None:
    """Water that ends before the horizon: beyond the ground's last step there is none."""
    last = round(site.view.row(float(plain.distances[-1]))) + 2
    land[:last] = 1
    paint_water(site.canvas, site.view, site.light, site.palette, site.sun, water, land)
