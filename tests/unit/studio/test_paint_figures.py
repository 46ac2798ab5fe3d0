"""The painter's figures: all can be drawn, people differ, and none hides another."""

import io
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from domain import Style
from studio.paint import looks
from studio.paint.canvas import Canvas
from studio.paint.figures.drawings import drawing_of
from studio.paint.figures.persons import person_of
from studio.paint.figures.placing import arrange
from studio.scene import (
    PEOPLE,
    Age,
    Dress,
    Figure,
    Framing,
    Hat,
    Look,
    Place,
    Pose,
    Tint,
)
from tests.figures import pixels, scene, subject

DRAWN = [figure for figure in Figure if figure is not Figure.BIRDS]
SIZES = [(640, 360), (360, 640), (400, 400)]


@pytest.mark.parametrize("figure", DRAWN)
def test_every_figure_has_a_drawing_in_every_pose(figure: Figure) -> None:
    drawings = [drawing_of(subject(figure, pose=pose)) for pose in Pose]

    for drawing in drawings:
        assert drawing.top > 0.05
        assert drawing.width > 0.05


@pytest.mark.parametrize("figure", sorted(PEOPLE - {Figure.CROWD}))
def test_a_person_runs_sits_lies_and_waves_visibly(figure: Figure) -> None:
    boxes = {
        (round(d.width, 2), round(d.top, 2))
        for d in (drawing_of(subject(figure, pose=p)) for p in Pose)
    }

    assert len(boxes) == len(Pose)


def test_the_same_word_is_the_same_person_and_other_words_are_others() -> None:
    words = [f"person {index}" for index in range(24)]

    people = [person_of(subject(Figure.PERSON, word)) for word in words]

    again = person_of(subject(Figure.PERSON, words[0], Pose.RUN))
    kinds = {(p.dress, p.hat, tuple(p.cloth.tolist()), tuple(p.hair.tolist())) for p in people}
    assert (again.dress, again.hat, again.cloth.tolist()) == (
        people[0].dress, people[0].hat, people[0].cloth.tolist(),
    )  # fmt: skip
    assert len(kinds) > 16


@pytest.mark.parametrize(
    "look",
    [
        *(Look(age=age) for age in (Age.CHILD, Age.OLD)),
        *(Look(dress=dress) for dress in Dress if dress is not Dress.JACKET),
        *(Look(hat=hat) for hat in Hat if hat is not Hat.NONE),
        *(Look(tint=tint) for tint in Tint if tint is not Tint.GREEN),
    ],
)
def test_every_wish_for_a_look_is_seen(look: Look) -> None:
    plain = Look(age=Age.ADULT, dress=Dress.JACKET, hat=Hat.NONE, tint=Tint.GREEN)
    changes = {name: getattr(look, name) for name in Look.__slots__ if getattr(look, name)}

    first = pixels(subject(Figure.PERSON, "somebody", look=plain))
    second = pixels(subject(Figure.PERSON, "somebody", look=replace(plain, **changes)))

    assert first.shape != second.shape or float(np.abs(first - second).mean()) > 0.004


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("framing", Framing)
def test_nobody_hides_another_and_no_head_is_cut(framing: Framing, size: tuple[int, int]) -> None:
    shown = (subject(Figure.PERSON, "Tom"), subject(Figure.WOMAN, "Anna"), subject(Figure.DOG))

    for seed in range(12):
        canvas = Canvas(*size, seed=seed, horizon=0.58)
        spots = arrange(canvas, scene(*shown, framing=framing), light_x=size[0] * 0.3)

        boxes = sorted(spot.box for spot in spots)
        tops = [spot.y - spot.drawing.top * spot.scale for spot in spots]
        assert len(spots) == 3
        assert all(right <= left + size[0] * 0.01 for (_, right), (left, _) in pairwise(boxes))
        assert boxes[0][0] > -size[0] * 0.02
        assert boxes[-1][1] < size[0] * 1.02
        assert min(tops) > 0
        assert max(tops) < size[1] * 0.8


def test_framings_come_nearer() -> None:
    heights: list[float] = []
    for framing in Framing:
        canvas = Canvas(640, 360, seed=1, horizon=0.58)
        spot = arrange(canvas, scene(subject(Figure.PERSON, "Tom"), framing=framing), light_x=0)[0]
        heights.append(spot.drawing.top * spot.scale / 360)

    wide, medium, close = heights
    assert 0.20 < wide < 0.30
    assert 0.45 < medium < 0.60
    assert close > 1.2


def test_compositions_differ_from_shot_to_shot() -> None:
    places: set[int] = set()
    for seed in range(12):
        canvas = Canvas(640, 360, seed=seed, horizon=0.58)
        spots = arrange(canvas, scene(subject(Figure.PERSON, "Tom")), light_x=200)
        places.add(round(spots[0].x / 32))

    assert len(places) >= 4
    assert any(place < 10 for place in places)
    assert any(place > 10 for place in places)


def test_boats_float_and_stay_out_of_rooms() -> None:
    canvas = Canvas(640, 360, seed=1, horizon=0.58)
    boat, house = subject(Figure.BOAT), subject(Figure.HOUSE)

    at_sea = arrange(canvas, scene(boat, place=Place.SEA), light_x=100)
    ashore = arrange(canvas, scene(boat, place=Place.DESERT), light_x=100)
    indoors = arrange(canvas, scene(boat, house, place=Place.TAVERN), light_x=100)

    assert at_sea[0].is_afloat
    assert not ashore[0].is_afloat
    assert indoors == []


def test_whoever_rides_sits_on_the_horse_and_walks_without_one() -> None:
    canvas = Canvas(640, 360, seed=1, horizon=0.58)
    rider = subject(Figure.PERSON, "knight", Pose.RIDE)

    mounted = arrange(canvas, scene(rider, subject(Figure.HORSE)), light_x=100)
    alone = arrange(canvas, scene(rider), light_x=100)

    assert [spot.subject.word for spot in mounted] == ["knight"]
    assert mounted[0].drawing.top > drawing_of(subject(Figure.HORSE)).top + 0.1
    assert [spot.subject.pose for spot in alone] == [Pose.WALK]


@pytest.mark.parametrize("place", [Place.SPACE, Place.UNDERWATER])
def test_people_wear_suits_where_there_is_no_air(place: Place) -> None:
    canvas = Canvas(640, 360, seed=1, horizon=0.58)
    girl = subject(Figure.CHILD, "girl", look=Look(dress=Dress.GOWN, hat=Hat.STRAW))

    spot = arrange(canvas, scene(girl, place=place), light_x=100)[0]

    assert person_of(spot.subject).dress is Dress.SUIT
    assert person_of(spot.subject).hat is Hat.NONE


def test_a_ship_in_space_is_a_rocket_and_swimmers_hover_over_the_bottom_of_the_sea() -> None:
    canvas = Canvas(640, 360, seed=1, horizon=0.58)
    swimmers = (subject(Figure.WHALE), subject(Figure.SUBMARINE))

    in_space = arrange(canvas, scene(subject(Figure.BOAT, "ship"), place=Place.SPACE), light_x=100)
    deep = arrange(canvas, scene(*swimmers, place=Place.UNDERWATER), light_x=100)
    at_sea = arrange(canvas, scene(subject(Figure.WHALE), place=Place.SEA), light_x=100)

    assert in_space[0].subject.figure is Figure.ROCKET
    assert all(spot.is_hovering and not spot.is_afloat for spot in deep)
    assert abs(deep[0].y - deep[1].y) > 0.15 * canvas.height
    assert at_sea[0].is_afloat


def test_a_cat_in_a_room_is_no_larger_than_its_furniture() -> None:
    canvas = Canvas(640, 360, seed=1, horizon=0.58)

    inside = arrange(canvas, scene(subject(Figure.CAT), place=Place.STUDY), light_x=100)[0]
    person = arrange(canvas, scene(subject(Figure.PERSON), place=Place.STUDY), light_x=100)[0]

    cat_height, height = (s.drawing.top * s.scale for s in (inside, person))
    assert cat_height < 0.7 * height


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        (Figure.HORSE, ("horse", "black horse", "camel", "cow", "elephant", "白马")),
        (Figure.LION, ("lion", "tiger", "bear", "熊猫")),
        (Figure.SHEEP, ("sheep", "lamb", "pig", "goat")),
        (Figure.CAR, ("car", "taxi", "bus")),
        (Figure.BIRD, ("bird", "企鹅", "swan", "crow", "hen", "golden bird")),
    ],
)
def test_the_word_tells_one_kind_from_another(figure: Figure, words: tuple[str, ...]) -> None:
    drawn = {pixels(subject(figure, word)).tobytes() for word in words}

    assert len(drawn) == len(words)


def test_the_same_scene_gives_the_same_bytes() -> None:
    wanted = scene(subject(Figure.CROWD), subject(Figure.TRAIN), place=Place.VILLAGE)

    pictures = {
        looks.paint(wanted, Style.ANIMATION, width=160, height=90, seed=3) for _ in range(2)
    }

    assert len(pictures) == 1
    with Image.open(io.BytesIO(pictures.pop())) as image:
        assert image.size == (160, 90)


def test_a_dog_stands_hip_high_beside_people() -> None:
    canvas = Canvas(320, 180, seed=1, horizon=0.58)
    shown = (subject(Figure.PERSON, "Tom"), subject(Figure.DOG))

    spots = arrange(canvas, scene(*shown, framing=Framing.MEDIUM), light_x=100)

    heights = {spot.subject.figure: spot.drawing.top * spot.scale for spot in spots}
    assert 0.3 < heights[Figure.DOG] / heights[Figure.PERSON] < 0.5
