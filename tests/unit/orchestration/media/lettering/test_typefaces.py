"""The fonts chosen for a film, and the warnings about letters that no font has."""

from pathlib import Path

import pytest

from orchestration.media.lettering.typefaces import (
    Typefaces,
    bundled,
    script_name,
    scripts_of,
    system_folders,
)
from tests.fonts import EM, build_font, make_collection, make_font

BARE = Typefaces(())
THAI = "มีเด็กผู้หญิง"
FAMILY = "👨\u200d👩\u200d👧\u200d👦"


@pytest.mark.parametrize(
    "text",
    [
        "Schön, naïve façade – “œuvre” 3,5 €",
        "孔乙己是站着喝酒而穿长衫的唯一的人。",
        "佢哋嘅屋企喺海邊，係咪好靚呀？我咗嚟咁多次都未食過嘢。",
        "臺灣的鬧鐘、憂鬱的烏龜",
        "吾輩は猫である。ニャーニャー泣いていた。々〆",
        "옛날 옛적에 깊은 산속에",
        "Жил-был старик. Ёж и щука.",
        "Ελλάδα",
    ],
)
def test_a_machine_without_fonts_draws_these_in_one_face(text: str) -> None:
    lettering = BARE.letter([text], language="en")

    assert lettering.missing == frozenset()
    assert list(lettering.runs(text)) == [(bundled(), text)]


def test_letters_without_a_font_are_told_and_left_out_whole() -> None:
    lettering = BARE.letter([f"One {THAI} two", "मीरा ने", "قالت"])

    assert [script_name(code) for code in scripts_of(lettering.missing)] == [
        "Arabic",
        "Devanagari",
        "Thai",
    ]
    assert lettering.drawable(f"One {THAI} two") == "One two"
    assert lettering.drawable(f"“{THAI}.”") == ""


def test_a_folder_of_the_operators_lends_the_letters_that_are_missing(tmp_path: Path) -> None:
    make_font(tmp_path / "thai.ttf", "Boxes Thai", dict.fromkeys(THAI, 500))

    lettering = Typefaces((tmp_path,)).letter([f"{THAI} 你好"])

    assert lettering.missing == frozenset()
    assert [(face.family, run) for face, run in lettering.runs(f"{THAI}, 你好")] == [
        ("Boxes Thai", THAI),
        ("AI-Story Hei", ", 你好"),
    ]


def test_one_face_that_has_all_letters_of_a_film_draws_all_of_it(tmp_path: Path) -> None:
    rare = "\U00020ba2"
    make_font(tmp_path / "few.ttf", "Few", dict.fromkeys(rare, 500))
    make_font(tmp_path / "many.ttf", "Many", dict.fromkeys(f"{rare}你好", 500))

    lettering = Typefaces((tmp_path,)).letter([f"你好{rare}", "你好"])

    assert [face.family for face in lettering.faces] == ["Many"]


def test_letters_keep_their_face_beside_an_emoji(tmp_path: Path) -> None:
    make_font(tmp_path / "emoji.ttf", "Emoji", dict.fromkeys("😀 Helowrd!", 500))
    lettering = Typefaces((tmp_path,)).letter(["Hello 😀 world!", "ё"])

    runs = [(face.family, run) for face, run in lettering.runs("Hello 😀 world!")]

    assert runs == [("AI-Story Hei", "Hello "), ("Emoji", "😀"), ("AI-Story Hei", " world!")]


@pytest.mark.parametrize("emoji", ["🇨🇳", FAMILY, "👍🏽", "1\ufe0f\u20e3", "🏴\U000e0067\U000e007f"])
def test_an_emoji_made_of_several_is_never_drawn_in_parts(tmp_path: Path, emoji: str) -> None:
    make_font(tmp_path / "parts.ttf", "Parts", dict.fromkeys(emoji, 500))

    lettering = Typefaces((tmp_path,)).letter([f"Look {emoji}!"])

    assert lettering.missing == {emoji}
    assert lettering.drawable(f"Look {emoji}!") == "Look!"
    assert lettering.drawable(emoji) == ""


def test_joiners_and_marks_of_direction_need_no_glyph() -> None:
    lettering = BARE.letter(["a\u200db\u200fc\ufe0f\u2060"])

    assert lettering.missing == frozenset()


def test_files_that_cannot_be_drawn_with_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "damaged.ttf").write_bytes(b"\0\1\0\0 no font")
    (tmp_path / "empty.ttc").write_bytes(b"")
    (tmp_path / "gone.ttf").symlink_to(tmp_path / "nowhere")
    make_font(tmp_path / "tags.ttf", r"X{\b1}", {"ก": 500})
    make_font(tmp_path / "last.ttf", "Last Resort", {"ก": 500})
    bitmaps = build_font("Bitmaps", {"ก": 500})
    del bitmaps["glyf"]
    del bitmaps["loca"]
    bitmaps.save(tmp_path / "bitmaps.ttf")

    assert Typefaces((tmp_path, tmp_path / "nowhere")).letter(["ก"]).missing == {"ก"}


def test_a_font_that_is_added_later_is_found(tmp_path: Path) -> None:
    typefaces = Typefaces((tmp_path,))
    assert typefaces.letter(["ก"]).missing

    make_font(tmp_path / "thai.ttf", "Boxes Thai", {"ก": 500})

    assert not typefaces.letter(["ก"]).missing


@pytest.mark.parametrize(
    ("text", "language", "family"),
    [
        ("骨を直す", "ja", "Boxes JP"),
        ("骨を直す", None, "Boxes JP"),
        ("骨を直す", "zh", "AI-Story Hei"),
        ("骨\U00020ba2", "yue", "Boxes HK"),
        ("骨\U00020ba2", "zh-HK", "Boxes HK"),
    ],
)
def test_ideographs_have_the_shapes_of_the_films_language(
    tmp_path: Path, text: str, language: str | None, family: str
) -> None:
    letters = "骨を直す\U00020ba2"
    make_collection(tmp_path / "all.ttc", {"Boxes JP": letters, "Boxes HK": letters})

    lettering = Typefaces((tmp_path,)).letter([text], language=language)

    assert [face.family for face in lettering.faces] == [family]


def test_upright_sans_serif_faces_come_before_others(tmp_path: Path) -> None:
    for name in ("Aaa-Bold", "Aab-Serif", "Aac", "Zzz-Sans"):
        make_font(tmp_path / f"{name}.ttf", name, {"ก": 500})

    assert Typefaces((tmp_path,)).letter(["ก"]).faces[0].family == "Zzz-Sans"


def test_a_face_says_how_much_of_its_height_is_an_em(tmp_path: Path) -> None:
    make_font(tmp_path / "airy.ttf", "Airy", {"ก": 500}, height=2 * EM)

    assert Typefaces((tmp_path,)).letter(["ก"]).faces[0].em_height == 0.5


def test_the_machines_folders_are_the_users_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("HOME", "/home/ann")
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setenv("XDG_DATA_DIRS", "/opt/share:/usr/share")

    assert [str(folder) for folder in system_folders()] == [
        "/home/ann/.local/share/fonts",
        "/home/ann/.fonts",
        "/opt/share/fonts",
        "/usr/share/fonts",
    ]
