"""Prompts: what the writer spells, the painter reads again; and what people write is understood."""

import pytest

from studio.moods import Mood
from studio.prompts import read_scene, write_prompt
from studio.scene import (
    Age,
    Dress,
    Figure,
    Framing,
    Hat,
    Look,
    Place,
    Pose,
    Scene,
    Subject,
    Time,
    Tint,
    Weather,
    World,
)


def scene(
    *subjects: Subject,
    place: Place = Place.MEADOW,
    time: Time = Time.DAY,
    weather: Weather = Weather.CLEAR,
    mood: Mood = Mood.CALM,
    framing: Framing = Framing.WIDE,
    world: World = World.MODERN,
) -> Scene:
    return Scene(
        place=place,
        time=time,
        weather=weather,
        mood=mood,
        framing=framing,
        subjects=subjects,
        world=world,
    )


EVERYTHING = [
    *(scene(place=place) for place in Place),
    *(scene(time=time) for time in Time),
    *(scene(weather=weather) for weather in Weather),
    *(scene(mood=mood) for mood in Mood),
    *(scene(framing=framing) for framing in Framing),
    *(scene(place=p, world=w) for p in (Place.CITY, Place.TAVERN, Place.PALACE) for w in World),
]
LOOKS = [
    *(Look(age=age) for age in Age),
    *(Look(dress=dress) for dress in Dress),
    *(Look(hat=hat) for hat in Hat),
    *(Look(dress=Dress.COAT, tint=tint) for tint in Tint),
]


@pytest.mark.parametrize("in_chinese", [True, False])
@pytest.mark.parametrize("wanted", EVERYTHING)
def test_every_scene_survives_its_prompt(wanted: Scene, *, in_chinese: bool) -> None:
    story = "A storm broke over the dark city at night, and the fox wept."

    assert read_scene(write_prompt(wanted, story, in_chinese=in_chinese)) == wanted


@pytest.mark.parametrize("in_chinese", [True, False])
@pytest.mark.parametrize("look", LOOKS)
def test_every_look_survives_its_prompt(look: Look, *, in_chinese: bool) -> None:
    word = "孔乙己" if in_chinese else "Kong Yiji"
    wanted = scene(Subject(Figure.PERSON, word, look))

    assert read_scene(write_prompt(wanted, "x", in_chinese=in_chinese)) == wanted


@pytest.mark.parametrize("in_chinese", [True, False])
@pytest.mark.parametrize("pose", list(Pose))
@pytest.mark.parametrize("figure", list(Figure))
def test_every_figure_in_every_pose_survives_its_prompt(
    figure: Figure, pose: Pose, *, in_chinese: bool
) -> None:
    word = "阿毛" if in_chinese else "Momo"
    wanted = scene(Subject(figure, word, Look(), pose))

    assert read_scene(write_prompt(wanted, "x", in_chinese=in_chinese)) == wanted


def test_a_look_is_spelled_behind_the_name_in_the_language_of_the_prompt() -> None:
    english = write_prompt(
        scene(
            Subject(
                Figure.PERSON,
                "Kong Yiji",
                Look(age=Age.OLD, dress=Dress.ROBE, tint=Tint.BLUE),
                Pose.SIT,
            ),
            Subject(Figure.DOG, "dog"),
        ),
        "x",
        in_chinese=False,
    )
    chinese = write_prompt(
        scene(Subject(Figure.PERSON, "孔乙己", Look(age=Age.OLD, dress=Dress.ROBE))),
        "x",
        in_chinese=True,
    )

    assert "Subjects: Kong Yiji (old, robe, blue, sitting), dog. Place: meadow" in english
    assert "主体：孔乙己（老人、长衫）。地点：田野" in chinese


def test_a_word_that_says_its_look_is_not_explained() -> None:
    king = Subject(Figure.PERSON, "king", Look(dress=Dress.ROBE, hat=Hat.CROWN))
    doctor = Subject(Figure.PERSON, "Mr. Fox", Look(dress=Dress.COAT))

    prompt = write_prompt(scene(king, doctor), "x", in_chinese=False)

    assert "Subjects: king, Mr Fox (person, coat). Place" in prompt
    assert read_scene(prompt).subjects[0] == king
    assert read_scene(prompt).subjects[1].figure is Figure.PERSON


@pytest.mark.parametrize("nobody", ["none", "Nobody", "无"])
def test_a_label_can_ask_for_nobody(nobody: str) -> None:
    assert read_scene(f"Subjects: {nobody}. Place: sea. Story: A fox.").subjects == ()


def test_edited_labels_are_read_freely() -> None:
    edited = read_scene(
        "Close shot. Subjects: a red fox, Anna (a girl in a straw hat, waving). "
        "Place: by the old harbour. Time: just before sunrise. Weather: heavy snow."
    )

    assert [subject.figure for subject in edited.subjects] == [Figure.FOX, Figure.CHILD]
    assert edited.subjects[1].look.hat is Hat.STRAW
    assert edited.subjects[1].pose is Pose.WAVE
    assert (edited.place, edited.time, edited.weather) == (Place.SEA, Time.DAWN, Weather.SNOW)
    assert edited.framing is Framing.CLOSE


def test_a_prompt_without_labels_is_read_like_a_story() -> None:
    free = read_scene("An old man in a blue robe sits in a tavern at night, no dog beside him")

    assert [subject.figure for subject in free.subjects] == [Figure.PERSON]
    assert free.subjects[0].look == Look(age=Age.OLD, dress=Dress.ROBE, tint=Tint.BLUE)
    assert free.subjects[0].pose is Pose.SIT
    assert (free.place, free.time) == (Place.TAVERN, Time.NIGHT)


def test_the_style_prompt_fills_in_what_the_prompt_leaves_open() -> None:
    filled = read_scene("A boat.", "always at night, in the fog")

    assert (filled.time, filled.weather) == (Time.NIGHT, Weather.FOG)
    assert read_scene("A boat at dawn.", "always at night").time is Time.DAWN


@pytest.mark.parametrize(
    ("prompt", "world"),
    [
        ("A busy city", World.MODERN),
        ("城市的街上人来人往", World.EASTERN),
        ("城市的街上，地铁和高楼", World.MODERN),
        ("Once upon a time a prince rode into the city", World.OLD),
        ("A merchant's city in the Ming dynasty", World.EASTERN),
        ("Wide shot. Place: old city. Story: cars and phones", World.OLD),
    ],
)
def test_a_city_belongs_to_the_world_of_its_words(prompt: str, world: World) -> None:
    assert read_scene(prompt).place is Place.CITY
    assert read_scene(prompt).world is world
