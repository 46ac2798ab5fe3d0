"""Composes a scene: the position, size and direction of its figures.

Actors are in front, by thirds. Things are farther back, where they hide no figure. Boats and fish
are in water where there is some. All lengths are pixels.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from studio.paint.canvas import Canvas
from studio.paint.figures.drawings import drawing_of
from studio.paint.figures.shapes import Drawing
from studio.paint.figures.swimmers import Water
from studio.scene import (
    AIRLESS,
    INTERIORS,
    LIVING,
    PEOPLE,
    VEHICLES,
    Dress,
    Figure,
    Framing,
    Hat,
    Place,
    Pose,
    Scene,
    Subject,
)

WATERS = frozenset({Place.SEA, Place.RIVER})
_SWIMMERS = frozenset({Figure.BOAT, Figure.FISH, Figure.WHALE, Figure.SUBMARINE})
_IN_FRONT = (LIVING | {Figure.STUMP}) - {Figure.WHALE}
_MOVING = frozenset({Pose.RUN, Pose.WALK, Pose.RIDE})
_WIDE_HEIGHT = 0.26
"""Of the shorter side."""
_MEDIUM_HEIGHT = 0.52
_GROUND = 0.945
"""The row of the feet, as a share of the height."""
_UPRIGHT_GROUND = 0.88
"""The same if the picture is higher than wide."""
_BANK = 0.90
"""From where the near bank of a river is dry."""
_SUBTITLES_TOP = 0.80
_HIDDEN_SHARE = 0.25
"""How much of a figure two lines of subtitles may cover: its feet, never a small figure whole."""
_THING_HEIGHT = {
    Figure.HOUSE: 0.30,
    Figure.MILL: 0.42,
    Figure.LIGHTHOUSE: 0.54,
    Figure.TREE: 0.42,
    Figure.TRAIN: 0.34,
    Figure.CAR: 0.24,
    Figure.ROCKET: 0.66,
    Figure.SUBMARINE: 0.30,
    Figure.BOAT: 0.26,
    Figure.FISH: 0.20,
    Figure.WHALE: 0.32,
}
"""Of the shorter side, at medium framing."""
_HOVERING = {Figure.FISH: 0.56, Figure.WHALE: 0.46, Figure.SUBMARINE: 0.36, Figure.BOAT: 0.13}
"""The row of the lower side of a swimmer above the sea floor."""
_ROOM_HEIGHT = 1.0
"""Next to furniture, nothing small is enlarged beyond the height of people."""
_MARGIN = 0.07
"""Of the width: what the camera move may remove at the sides."""
_RIVER_DEPTH = 0.56
"""Where a river is wide enough for a boat, and near the middle of the picture."""
_BESIDE_PEOPLE = {
    Figure.RABBIT: 0.5,
    Figure.LION: 0.9,
    Figure.HORSE: 1.0,
    Figure.DRAGON: 1.0,
    Figure.ROBOT: 1.0,
}
"""An animal's share of its drawing's size beside people: a dog is hip-high."""
_NEARNESS = {Framing.WIDE: 0.85, Framing.MEDIUM: 1.05, Framing.CLOSE: 1.25}


@dataclass(frozen=True, slots=True)
class Spot:
    """A figure in the picture: its feet, its pixels per unit, and its direction."""

    subject: Subject
    drawing: Drawing
    x: float
    y: float
    scale: float
    is_flipped: bool = False
    is_afloat: bool = False
    """Its reflection lies under it."""
    is_hovering: bool = False
    """It casts no shadow."""

    @property
    def box(self) -> tuple[float, float]:
        """Its left and right edge."""
        left, right = self.drawing.left, self.drawing.right
        if self.is_flipped:
            left, right = -right, -left
        return self.x + left * self.scale, self.x + right * self.scale


def arrange(canvas: Canvas, scene: Scene, *, light_x: float) -> list[Spot]:
    """The scene's figures, back to front. A flock has no spot, nor has a house in a room."""
    side = 1 if light_x < canvas.width / 2 else -1  # opposite the light, which then rims them
    if canvas.rng.random() < 0.3 and scene.place is not Place.RIVER:  # whose water is sunward
        side = -side
    has_water = scene.place in WATERS
    actors: list[Subject] = []
    things: list[Subject] = []
    for subject in _mounted([_as_seen(subject, scene.place) for subject in scene.subjects]):
        is_under_way = scene.place is Place.UNDERWATER and subject.figure in _SWIMMERS
        if subject.figure is Figure.FISH and (has_water or is_under_way):
            things.append(subject)
        elif subject.figure in _IN_FRONT:
            actors.append(subject)
        elif subject.figure is not Figure.BIRDS and scene.place not in INTERIORS:
            things.append(subject)
    shore = 0.0
    if scene.place is Place.RIVER:
        shore = 0.56 if any(subject.figure in _SWIMMERS for subject in things) else 0.46
    front = _actors(canvas, scene, actors, side, shore=shore)
    behind: list[Spot] = []
    for subject in things:
        behind.append(_thing(canvas, scene, subject, [*front, *behind], side, is_alone=not front))
    return [*sorted(behind, key=lambda spot: spot.y), *reversed(front)]


def _as_seen(subject: Subject, place: Place) -> Subject:
    """The subject adapted to the place: a ship in space is a rocket, people wear suits there."""
    if subject.figure is Figure.BOAT and place is Place.SPACE:
        return replace(subject, figure=Figure.ROCKET)
    if subject.figure in PEOPLE and place in AIRLESS:
        return replace(subject, look=replace(subject.look, dress=Dress.SUIT, hat=Hat.NONE))
    return subject


def _mounted(subjects: list[Subject]) -> list[Subject]:
    """The subjects, with riders placed on a horse among them; without one they walk."""
    horse = next((s for s in subjects if s.figure is Figure.HORSE), None)
    rider = next((s for s in subjects if s.pose is Pose.RIDE and s.figure in PEOPLE), None)
    if rider is None:
        return subjects
    if horse is None:
        return [replace(s, pose=Pose.WALK) if s is rider else s for s in subjects]
    return [replace(s, mount=horse) if s is rider else s for s in subjects if s is not horse]


def _actors(
    canvas: Canvas, scene: Scene, subjects: list[Subject], side: int, *, shore: float
) -> list[Spot]:
    """The figures in front, the hero first; `shore` is where their ground begins."""
    if not subjects:
        return []
    drawings = [drawing_of(subject) for subject in subjects]
    is_close = scene.framing is Framing.CLOSE
    if is_close:
        spots = list(_close(canvas, subjects, drawings))
    else:
        spots = list(_whole(canvas, scene, subjects, drawings))
    edge = canvas.width * (0.0 if is_close else 0.04)
    low, high = shore * canvas.width, canvas.width - edge
    if not shore:
        low = edge
    elif side < 0:
        low, high = canvas.width - high, canvas.width - low
    spots = _side_by_side(canvas, spots, side, low=low, high=high, is_close=is_close)
    return _facing(spots, side)


def _size(
    subject: Subject, drawing: Drawing, *, among_people: bool, is_indoors: bool = False
) -> float:
    """How much a figure is enlarged, so that a fable's mouse is visible beside its lion."""
    if subject.figure in PEOPLE or subject.figure is Figure.STUMP:
        return 1.0
    if among_people:
        return _BESIDE_PEOPLE.get(subject.figure, 0.74)
    if subject.pose is not Pose.STAND:
        drawing = drawing_of(replace(subject, pose=Pose.STAND))
    return max(drawing.top, 0.05) ** (-0.25 if is_indoors else -0.4)


def _whole(
    canvas: Canvas, scene: Scene, subjects: list[Subject], drawings: list[Drawing]
) -> Iterator[Spot]:
    among_people = any(subject.figure in PEOPLE for subject in subjects)
    sizes = [
        _size(
            subject,
            drawing,
            among_people=among_people,
            is_indoors=scene.place in INTERIORS,
        )
        for subject, drawing in zip(subjects, drawings, strict=True)
    ]
    tallest = max(d.top * size for d, size in zip(drawings, sizes, strict=True))
    if any(subject.pose in (Pose.LIE, Pose.SIT) for subject in subjects):
        tallest = max(tallest, 0.66)  # lying figures do not grow
    if scene.place in INTERIORS:
        tallest = max(tallest, _ROOM_HEIGHT)
    height = (canvas.unit * min(canvas.height, canvas.width * 1.8)) ** 0.5 * _WIDE_HEIGHT
    if scene.framing is Framing.MEDIUM:
        height = _MEDIUM_HEIGHT * min(canvas.height, canvas.width * 1.15)
    elif scene.place in INTERIORS:
        height *= 1.35  # the walls are near
    shown = max(d.top * size for d, size in zip(drawings, sizes, strict=True)) * height / tallest
    foot = min(_ground(canvas), _SUBTITLES_TOP + _HIDDEN_SHARE * shown / canvas.height)
    if scene.place is Place.RIVER:
        foot = max(foot, _BANK)
    for index, (subject, drawing, size) in enumerate(zip(subjects, drawings, sizes, strict=True)):
        depth = 0.0 if index == 0 else float(canvas.rng.uniform(0.004, 0.022))
        scale = height / tallest * size * (1 - 2.5 * depth)
        yield Spot(subject, drawing, 0.0, canvas.height * (foot - depth), scale)


def _ground(canvas: Canvas) -> float:
    return _GROUND if canvas.width >= canvas.height else _UPRIGHT_GROUND


def _close(canvas: Canvas, subjects: list[Subject], drawings: list[Drawing]) -> Iterator[Spot]:
    """The hero large, people cut by the lower edge; the others smaller beside them."""
    count = len(subjects)
    for index, (subject, drawing) in enumerate(zip(subjects, drawings, strict=True)):
        is_hero = index == 0
        share = (0.66 if count > 1 else 0.78) if is_hero else 0.58 / (count - 1)
        if subject.figure in PEOPLE and subject.pose is not Pose.LIE and not subject.mount:
            head = canvas.height * (0.09 if canvas.width >= canvas.height else 0.24)
            head += 0.0 if is_hero else canvas.height * float(canvas.rng.uniform(0.10, 0.17))
            seen = 0.30 + 0.17 * min(drawing.top, 1.05)
            scale = (canvas.height - head) / seen * (1.0 if is_hero else 0.82)
            scale = min(scale, canvas.width * share * 1.25 / drawing.width)
            head = max(head, canvas.height - drawing.top * scale * 0.93)
            yield Spot(subject, drawing, 0.0, head + drawing.top * scale, scale)
        else:
            tall = 0.80 if is_hero else 0.50
            scale = min(canvas.height * tall / drawing.top, canvas.width * share / drawing.width)
            foot = 0.965 if is_hero else _ground(canvas) - 0.05
            yield Spot(subject, drawing, 0.0, canvas.height * foot, scale)


def _side_by_side(
    canvas: Canvas, spots: list[Spot], side: int, *, low: float, high: float, is_close: bool
) -> list[Spot]:
    """Arrange the figures side by side, the hero towards `side`, without covering a face."""
    width = high - low
    spread = 0.03 if is_close else 0.09
    gaps = [width * float(canvas.rng.uniform(0.02, spread)) for _ in spots[1:]]
    total = sum(spot.drawing.width * spot.scale for spot in spots) + sum(gaps)
    shrink = min(1.0, width / total)
    spots = [
        replace(spot, scale=spot.scale * shrink, y=_kept(canvas, spot, shrink)) for spot in spots
    ]
    total *= shrink
    far = (0.05, 0.11) if is_close else (0.10, 0.25) if len(spots) == 1 else (0.03, 0.10)
    middle = (low + high) / 2 + width * side * float(canvas.rng.uniform(*far))
    middle = min(max(middle, low + total / 2), high - total / 2)
    cursor = middle + side * total / 2
    placed: list[Spot] = []
    for spot, gap in zip(spots, [*gaps, 0.0], strict=True):
        extent = spot.drawing.width * spot.scale
        centre = (spot.drawing.left + spot.drawing.right) / 2 * spot.scale
        placed.append(replace(spot, x=cursor - side * extent / 2 - centre))
        cursor -= side * (extent + gap * shrink)
    return placed


def _kept(canvas: Canvas, spot: Spot, shrink: float) -> float:
    """A figure that is cut by the lower edge is cut when smaller, too."""
    if spot.y <= canvas.height:
        return spot.y
    lower = spot.y - (1 - shrink) * spot.drawing.top * spot.scale * 0.5
    return max(lower, canvas.height * 0.99)


def _facing(spots: list[Spot], side: int) -> list[Spot]:
    """All face into the picture or towards the hero; runners run in the hero's direction."""
    turned: list[Spot] = []
    for index, spot in enumerate(spots):
        looks_left = side > 0
        follows = spot.subject.pose in _MOVING and spots[0].subject.pose in _MOVING
        if index > 0 and not follows:
            looks_left = not looks_left
        middle = spot.x + (spot.drawing.left + spot.drawing.right) / 2 * spot.scale
        flip = looks_left and spot.subject.figure is not Figure.CROWD
        offset = (spot.drawing.left + spot.drawing.right) / 2 * spot.scale
        turned.append(replace(spot, is_flipped=flip, x=middle + offset if flip else spot.x))
    return turned


def _thing(
    canvas: Canvas, scene: Scene, subject: Subject, others: list[Spot], side: int, *, is_alone: bool
) -> Spot:
    is_afloat = subject.figure in _SWIMMERS and scene.place in WATERS
    is_hovering = subject.figure in _SWIMMERS and scene.place is Place.UNDERWATER
    water = Water.DEEP if is_hovering else Water.SURFACE if is_afloat else Water.NONE
    drawing = drawing_of(subject, water)
    height = canvas.unit * _THING_HEIGHT[subject.figure] * _NEARNESS[scene.framing]
    height *= 1.35 if is_alone else 1.0
    depth = {Place.SEA: 0.06, Place.RIVER: 0.80}.get(scene.place, 0.66 if is_alone else 0.50)
    if is_afloat and scene.place is Place.RIVER:
        depth = _RIVER_DEPTH
        height = min(height, canvas.unit * 0.26)
    elif is_afloat:
        depth = {Framing.WIDE: 0.20, Framing.MEDIUM: 0.30, Framing.CLOSE: 0.44}[scene.framing]
        depth += 0.08 if subject.figure is Figure.FISH else 0.0
    elif subject.figure is Figure.BOAT:
        depth = max(depth, 0.74)  # drawn up on the ground
    y = canvas.horizon + (canvas.height - canvas.horizon) * depth
    room = y * 0.92
    if is_hovering:
        y = canvas.height * (_HOVERING[subject.figure] + float(canvas.rng.uniform(-0.03, 0.03)))
        if any(spot.is_hovering for spot in others):
            y, height = canvas.height * 0.68, height * 0.7
        room = canvas.height
    scale = min(height / drawing.top, room / drawing.top, canvas.width * 0.7 / drawing.width)
    is_flipped = subject.figure in _SWIMMERS | VEHICLES and side > 0
    spot = Spot(subject, drawing, 0.0, y, scale, is_flipped, is_afloat, is_hovering)
    if is_afloat and scene.place is Place.RIVER:
        return replace(spot, x=canvas.width * (0.5 - side * 0.10 * bool(others)))
    return replace(spot, x=_free_x(canvas, spot, others, side))


def _free_x(canvas: Canvas, spot: Spot, others: list[Spot], side: int) -> float:
    """The horizontal position where a thing hides and is hidden least; alone, a third."""
    half = spot.drawing.width * spot.scale / 2
    if not others:
        share = 0.5 + side * float(canvas.rng.uniform(0.07, 0.19))
        return min(max(canvas.width * share, half), max(canvas.width - half, half))
    low, high = half + canvas.width * _MARGIN, canvas.width * (1 - _MARGIN) - half
    best, least = canvas.width / 2, float("inf")
    for index in range(13):
        x = low + (high - low) * index / 12
        cost = (
            abs(x / canvas.width - (0.5 - side * 0.26)) * 0.25 + float(canvas.rng.random()) * 0.08
        )
        for other in others:
            left, right = other.box
            covered = max(0.0, min(x + half, right) - max(x - half, left))
            cost += covered / min(2 * half, max(right - left, 1.0))
        if cost < least:
            best, least = x, cost
    return best
