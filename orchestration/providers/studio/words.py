"""The words, Chinese and English, by which a text tells its place, time, weather, mood and figures.

One word may say several things: a village is a meadow with a house. `None` words only guard
against a shorter word inside them (马上 is no horse).
"""

import re
from enum import StrEnum

from orchestration.providers.studio.scene import (
    LIVING,
    Figure,
    Framing,
    Hints,
    Mood,
    Place,
    Subject,
    Time,
    Weather,
)

_SCANNED_LENGTH = 1_200
MAX_SUBJECTS = 3

_LEXICON: tuple[tuple[tuple[StrEnum, ...], str, str], ...] = (
    (
        (Place.SEA,),
        "大海 海边 海上 海面 海滩 海岸 海浪 海底 海风 海洋 海岛 沙滩 港口 港湾 码头 礁石 岛 海 浪",
        "sea ocean shore coast beach harbour harbor wave bay island cliff seaside tide sailor sail",
    ),
    (
        (Place.RIVER,),
        "河边 河岸 小河 河 江边 江 溪 湖边 湖 池塘 池 渡口 桥 水边",
        "river lake stream brook pond creek riverbank bridge ferry canal waterfall",
    ),
    (
        (Place.CITY,),
        "城市 都市 城里 城 街道 街头 街 马路 高楼 大厦 巷 霓虹 地铁 上海 北京 广场 市场 车站",
        (
            "city town street avenue skyscraper downtown alley metro subway square market station "
            "london paris tokyo beijing shanghai"
        ),
    ),
    (
        (Place.MOUNTAIN,),
        "高山 雪山 群山 山顶 山峰 山路 山谷 山上 山脚 山下 山崖 悬崖 太行 峰 岭 山",
        "mountain peak summit valley hill hilltop ridge alps pass glacier canyon",
    ),
    (
        (Place.MEADOW,),
        "草地 草原 田野 田里 田中 田 原野 麦田 花园 农场 草坪 耕 牧场",
        "meadow field grass prairie farm garden pasture plain countryside farmland lawn park",
    ),
    ((Place.MEADOW, Figure.HOUSE), "村庄 村子 乡村 村 小镇 家乡", "village hamlet homestead"),
    (
        (Place.FOREST,),
        "森林 树林 丛林 竹林 林子 林间 林中",
        "forest wood woods jungle grove woodland thicket",
    ),
    ((Place.DESERT,), "沙漠 戈壁 沙丘 荒漠 大漠 绿洲", "desert dune sahara oasis wasteland"),
    (
        (Place.ROOM,),
        (
            "房间 屋里 屋内 室内 店里 酒店 酒馆 客栈 柜台 柜里 柜外 店 房子里 厨房 书房 教室 宫殿 "
            "卧室 家里 家中 门槛 窗前 桌"
        ),
        (
            "room indoors inside kitchen bedroom tavern inn bar hall office classroom library "
            "cellar shop palace counter table desk"
        ),
    ),
    (
        (Time.DAWN,),
        "清晨 黎明 拂晓 日出 早晨 清早 早上 天亮 破晓 晨",
        "dawn sunrise daybreak morning",
    ),
    (
        (Time.DAY,),
        "白天 中午 正午 午后 下午 上午 晌午 下半天 烈日",
        "day daytime noon midday afternoon sunny daylight",
    ),
    (
        (Time.DUSK,),
        "黄昏 傍晚 日落 夕阳 晚霞 落日 傍午傍晚 暮",
        "dusk sunset evening twilight sundown setting",
    ),
    (
        (Time.NIGHT,),
        "夜晚 夜里 深夜 半夜 午夜 夜空 星空 月光 月亮 星星 晚上 夜 月下",
        "night midnight moon moonlight star starry nightfall tonight",
    ),
    ((Weather.CLEAR,), "晴朗 晴天 晴 阳光 万里无云", "clear sunny sunshine bright cloudless"),
    ((Weather.CLOUDY,), "多云 阴天 乌云 阴沉 云", "cloudy cloud overcast grey gray gloomy"),
    (
        (Weather.RAIN,),
        "下雨 大雨 细雨 雨水 雨",
        "rain rainy raining drizzle shower raindrop umbrella",
    ),
    (
        (Weather.STORM,),
        "暴风雨 风暴 雷雨 雷电 闪电 打雷 暴雨 台风 狂风 雷",
        "storm stormy thunder lightning tempest hurricane gale typhoon thunderstorm",
    ),
    (
        (Weather.SNOW,),
        "下雪 大雪 雪花 雪地 风雪 冰雪 初雪 雪 冰 寒冬 冬天 冬",
        "snow snowy snowing blizzard snowflake ice icy winter frost frozen",
    ),
    ((Weather.FOG,), "大雾 浓雾 薄雾 雾", "fog foggy mist misty haze smoke"),
    (
        (Mood.JOYFUL,),
        "快乐 高兴 开心 欢乐 笑 庆祝 幸福 喜悦 欢喜",
        "happy joy joyful laugh laughed laughter smile smiled celebrate merry glad cheerful dance",
    ),
    (
        (Mood.SAD,),
        "悲伤 难过 哭 泪 孤独 寂寞 伤心 死 凄凉 苦 伤疤 伤痕 凉",
        "sad tears cry cried wept weep lonely alone grief sorrow mourn died dead death lost",
    ),
    (
        (Mood.TENSE,),
        "危险 战斗 逃 追 恐惧 害怕 紧张 愤怒 战争 突然 触 折颈",
        (
            "tense danger dangerous fight fled flee chase fear afraid scream war battle attack "
            "race desperate panic suddenly"
        ),
    ),
    (
        (Mood.MYSTERIOUS,),
        "神秘 奇怪 秘密 魔法 幽灵 古老 谜 梦 奇异",
        "mystery mysterious strange secret magic ghost ancient dream shadow whisper hidden",
    ),
    (
        (Mood.HOPEFUL,),
        "希望 冀 等待 勇敢 相信 光明 梦想 重生",
        "hope hopeful wait brave courage believe promise light begin",
    ),
    (
        (Mood.CALM,),
        "平静 宁静 安静 安宁 慢慢 休息 寂静",
        "calm quiet peaceful peace still silent gentle rest sleep slow slowly",
    ),
    ((Framing.WIDE,), "远景 全景", "wide panorama"),
    ((Framing.MEDIUM,), "中景", "medium"),
    ((Framing.CLOSE,), "近景 特写", "close closeup"),
    (
        (Figure.WOMAN,),
        "女人 女子 姑娘 妈妈 母亲 奶奶 公主 女王 妻子 少女 老妇 女",
        "woman mother queen princess wife lady grandmother aunt witch sister",
    ),
    (
        (Figure.CHILD,),
        "孩子 小孩 儿童 男孩 女孩 少年 女儿 儿子 小女孩 小男孩 孙",
        "child children boy girl kid daughter son baby toddler",
    ),
    (
        (Figure.CROWD,),
        "人们 人群 众人 大家 村民 士兵 军队 喝酒的人 做工的人",
        "crowd people villagers soldiers army everyone",
    ),
    (
        (Figure.PERSON,),
        (
            "人物 宋人 老人 男人 男子 农夫 农民 渔夫 国王 王子 耕者 旅人 爸爸 父亲 爷爷 掌柜 先生 "
            "战士 守塔人 医生 老师 我 他 她 人"
        ),
        (
            "man person keeper father king prince farmer fisherman traveller traveler soldier hero "
            "grandfather wizard knight he she i someone doctor teacher stranger captain"
        ),
    ),
    (
        (Figure.BOAT,),
        "帆船 渔船 小船 轮船 船 舟 帆",
        "boat ship sailboat vessel canoe raft yacht",
    ),
    (
        (Figure.HOUSE,),
        "房子 屋子 小屋 木屋 茅屋 家 屋",
        "house home cottage cabin hut barn castle",
    ),
    ((Figure.MILL,), "磨坊 风车", "mill windmill"),
    ((Figure.LIGHTHOUSE, Place.SEA), "灯塔", "lighthouse"),
    ((Figure.TREE,), "大树 古树 树下 树 株 树桩", "tree oak pine stump willow"),
    ((Figure.RABBIT,), "兔子 白兔 野兔 兔", "rabbit hare bunny"),
    ((Figure.TORTOISE,), "乌龟 龟", "tortoise turtle"),
    ((Figure.FOX,), "狐狸 狼 狐", "fox wolf"),
    ((Figure.DOG,), "小狗 狗 犬", "dog puppy hound"),
    ((Figure.CAT,), "小猫 猫 老虎 虎 狮子", "cat kitten tiger lion"),
    ((Figure.HORSE,), "骏马 白马 马 驴 鹿 牛", "horse pony donkey deer mare cow unicorn"),
    (
        (Figure.BIRDS,),
        "海鸥 鸟 鸽 燕 雁 乌鸦 鹰",
        "bird seagull gull swallow crow raven eagle goose geese dove sparrow",
    ),
    (
        (),
        (
            "马上 马虎 江湖 其他 他们 她们 我们 人生 海棠 城府 夜宵 冰箱 山东 山西 河南 "
            "河北 大人物 死心 笑话 唯一的人 人家 别人 大家庭 国家 作家 云云 夜以继日 心里 有人"
        ),
        "",
    ),
)


def _by_word() -> dict[str, tuple[StrEnum, ...]]:
    meanings: dict[str, tuple[StrEnum, ...]] = {}
    for concepts, chinese, english in _LEXICON:
        for word in (*chinese.split(), *english.split()):
            meanings[word] = meanings.get(word, ()) + concepts
    return meanings


_MEANINGS = _by_word()
_WORD = re.compile(
    "|".join(sorted((w for w in _MEANINGS if not w.isascii()), key=len, reverse=True)) + "|[a-z]+"
)

_PRONOUNS = frozenset(["he", "she", "i", "someone", "我", "他", "她", "人"])

NAMES: dict[StrEnum, tuple[str, str]] = {
    Place.SEA: ("海边", "sea"),
    Place.RIVER: ("河边", "river"),
    Place.CITY: ("城市", "city"),
    Place.MOUNTAIN: ("高山", "mountain"),
    Place.MEADOW: ("田野", "meadow"),
    Place.FOREST: ("森林", "forest"),
    Place.DESERT: ("沙漠", "desert"),
    Place.ROOM: ("室内", "room"),
    Time.DAWN: ("清晨", "dawn"),
    Time.DAY: ("白天", "day"),
    Time.DUSK: ("黄昏", "dusk"),
    Time.NIGHT: ("夜晚", "night"),
    Weather.CLEAR: ("晴", "clear"),
    Weather.CLOUDY: ("多云", "cloudy"),
    Weather.RAIN: ("下雨", "rain"),
    Weather.STORM: ("暴风雨", "storm"),
    Weather.SNOW: ("下雪", "snow"),
    Weather.FOG: ("薄雾", "fog"),
    Mood.CALM: ("平静", "calm"),
    Mood.JOYFUL: ("欢乐", "joyful"),
    Mood.SAD: ("悲伤", "sad"),
    Mood.TENSE: ("紧张", "tense"),
    Mood.MYSTERIOUS: ("神秘", "mysterious"),
    Mood.HOPEFUL: ("希望", "hopeful"),
    Framing.WIDE: ("远景", "wide"),
    Framing.MEDIUM: ("中景", "medium"),
    Framing.CLOSE: ("近景", "close"),
}
"""How a prompt spells each (Chinese, English); every name is a word of the lexicon."""


def read_hints(text: str) -> Hints:
    """What the beginning of a text says about its scene; the most frequent meaning wins."""
    counts: dict[type[StrEnum], dict[StrEnum, int]] = {}
    subjects: dict[Figure, Subject] = {}
    for word in _WORD.findall(text[:_SCANNED_LENGTH].lower()):
        for concept in _concepts(word):
            if isinstance(concept, Figure):
                if concept not in subjects or is_pronoun(subjects[concept]):
                    subjects[concept] = Subject(concept, word)
            else:
                tally = counts.setdefault(type(concept), {})
                tally[concept] = tally.get(concept, 0) + 1

    def most(kind: type[StrEnum]) -> StrEnum | None:
        tally = counts.get(kind)
        return max(tally, key=lambda concept: tally[concept]) if tally else None

    place, time, weather, mood, framing = map(most, (Place, Time, Weather, Mood, Framing))
    return Hints(
        place=Place(place) if place else None,
        time=Time(time) if time else None,
        weather=Weather(weather) if weather else None,
        mood=Mood(mood) if mood else None,
        framing=Framing(framing) if framing else None,
        subjects=_leading(subjects),
    )


def _concepts(word: str) -> tuple[StrEnum, ...]:
    found = _MEANINGS.get(word)
    if found is None and word.endswith("s"):
        found = _MEANINGS.get(word[:-1]) or _MEANINGS.get(word[:-2])
    return found or ()


def is_pronoun(subject: Subject) -> bool:
    """Whether the text only points at somebody it has named before."""
    return subject.word in _PRONOUNS


def _leading(subjects: dict[Figure, Subject]) -> tuple[Subject, ...]:
    """The first few figures; a pronoun gives way to anybody with a name."""
    person = subjects.get(Figure.PERSON)
    if person and is_pronoun(person) and not LIVING.isdisjoint(subjects.keys() - {Figure.PERSON}):
        del subjects[Figure.PERSON]
    return tuple(subjects.values())[:MAX_SUBJECTS]
