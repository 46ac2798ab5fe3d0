"""What a place contributes to a story: beginning, hardship, comfort and end."""

from dataclasses import dataclass

from studio.scene import Place, Weather


@dataclass(frozen=True, slots=True)
class PlaceLines:
    """One place in the words of one language, all as whole sentences."""

    opening: str
    hardship: str
    comfort: str
    closing: str


HARDSHIP_WEATHER: dict[Place, Weather] = {
    Place.SEA: Weather.STORM,
    Place.RIVER: Weather.RAIN,
    Place.CITY: Weather.RAIN,
    Place.MOUNTAIN: Weather.SNOW,
    Place.MEADOW: Weather.STORM,
    Place.VILLAGE: Weather.RAIN,
    Place.FOREST: Weather.FOG,
    Place.DESERT: Weather.CLOUDY,
}
"""The weather of the hardship; in other places the weather does not change."""

PLACE_LINES: dict[Place, tuple[PlaceLines, PlaceLines]] = {
    Place.SEA: (
        PlaceLines(
            "潮水退去，海滩上空空荡荡。",
            "起风了，浪头一个接一个地打来。",
            "后来风停了，海面平得像一面镜子。",
            "太阳从海上升起，水面一片金光。",
        ),
        PlaceLines(
            "The tide has gone out, and the shore lies empty and still.",
            "A wind springs up, and wave after wave breaks over the rocks.",
            "At last the wind drops, and the water lies as smooth as glass.",
            "The sun comes up out of the sea, and all the water shines.",
        ),
    ),
    Place.RIVER: (
        PlaceLines(
            "河水缓缓地流，岸边一个人也没有。",
            "下起了大雨，河水越涨越高。",
            "雨停了，水面上映出整片天空。",
            "晨光洒在河面上，河水轻轻地唱着歌。",
        ),
        PlaceLines(
            "The river flows by slowly, and nothing stirs on its banks.",
            "Heavy rain sets in, and the water rises higher and higher.",
            "Then the rain stops, and the whole sky lies in the water.",
            "Morning comes down the river, and the water sings as it goes.",
        ),
    ),
    Place.CITY: (
        PlaceLines(
            "城市还没有醒来，街上空空的。",
            "雨水打在屋顶上，一扇扇窗都关了起来。",
            "一扇窗亮了，接着又是一扇。",
            "天亮了，整座城市慢慢醒来。",
        ),
        PlaceLines(
            "The city is still asleep, and its streets are empty.",
            "Rain beats on the roofs, and one window after another is shut.",
            "Then a window lights up, and then another.",
            "Day breaks over the roofs, and slowly the whole city wakes.",
        ),
    ),
    Place.MOUNTAIN: (
        PlaceLines(
            "群山静静地立着，山谷里只有风声。",
            "山路越来越陡，雪下了起来。",
            "云散了，山顶就在眼前。",
            "第一缕阳光照亮了山顶。",
        ),
        PlaceLines(
            "The mountains stand silent, with only the wind in the valley.",
            "The path grows steeper, and snow begins to fall.",
            "Then the clouds part, and the summit is near at last.",
            "The first sunlight touches the peaks, one after the other.",
        ),
    ),
    Place.MEADOW: (
        PlaceLines(
            "田野上静悄悄的，只有风吹过草叶。",
            "乌云压了过来，一场风暴扫过田野。",
            "风暴过去了，草叶上挂满了亮晶晶的水珠。",
            "太阳升起来，田野一片碧绿。",
        ),
        PlaceLines(
            "The fields lie quiet, and only the wind goes through the grass.",
            "Dark clouds gather, and a storm sweeps over the fields.",
            "The storm passes, and every blade of grass holds a drop of light.",
            "The sun rises, and the fields have never been so green.",
        ),
    ),
    Place.VILLAGE: (
        PlaceLines(
            "村子里静悄悄的，炊烟慢慢升起。",
            "雨下个不停，家家户户都关上了门。",
            "雨停了，有人推开门，点亮了一盏灯。",
            "公鸡叫了，村子里又热闹起来。",
        ),
        PlaceLines(
            "The village is quiet, and smoke rises slowly from the chimneys.",
            "It rains and rains, and every door in the village stays shut.",
            "Then the rain stops, and somebody opens a door and lights a lamp.",
            "A cock crows, and the village comes back to life.",
        ),
    ),
    Place.FOREST: (
        PlaceLines(
            "森林里静悄悄的，连树叶也不动一动。",
            "雾起来了，每一条小路都通向同样的树木。",
            "雾散了，月光从枝叶间照下来，照亮了一条小路。",
            "鸟儿醒了，整个森林都在歌唱。",
        ),
        PlaceLines(
            "The forest is still, and not a leaf moves.",
            "Fog creeps in, and every path leads back to the same trees.",
            "Then the fog lifts, and light falls through the branches on a narrow path.",
            "The birds wake, and the whole forest begins to sing.",
        ),
    ),
    Place.DESERT: (
        PlaceLines(
            "沙漠一望无际，一点声音也没有。",
            "风卷起黄沙，脚印转眼就不见了。",
            "风停了，远处露出一点绿色。",
            "太阳升起来，每一座沙丘都镶上了金边。",
        ),
        PlaceLines(
            "The desert stretches on without end and without a sound.",
            "The wind lifts the sand, and every footprint is gone at once.",
            "Then the wind lies down, and far away there is a touch of green.",
            "The sun rises, and each dune has an edge of gold.",
        ),
    ),
    Place.SPACE: (
        PlaceLines(
            "太空里一片寂静，只有群星在闪烁。",
            "一盏盏警示灯亮起，星光变得那么遥远。",
            "就在这时，一束微弱的光划过黑暗。",
            "一颗新的太阳升起，照亮了前方的世界。",
        ),
        PlaceLines(
            "Space is silent, and the stars hardly flicker.",
            "One warning light after another comes on, and the stars seem farther away than ever.",
            "Then a faint signal crosses the dark.",
            "A new sun rises over the edge of the world ahead.",
        ),
    ),
    Place.ROOM: (
        PlaceLines(
            "屋里很静，只听见钟在滴答作响。",
            "影子越来越长，屋里越来越冷。",
            "就在这时，有什么东西在灯下轻轻一亮。",
            "晨光从窗子照进来，一点一点铺满了屋子。",
        ),
        PlaceLines(
            "The room is quiet, and only a clock is ticking.",
            "The shadows grow longer, and the room grows cold.",
            "Then something glints softly in the lamplight.",
            "Morning comes in at the window and fills the room little by little.",
        ),
    ),
    Place.TAVERN: (
        PlaceLines(
            "店里还没有客人，桌椅摆得整整齐齐。",
            "店里吵吵嚷嚷，谁也不听谁说话。",
            "忽然，满屋子的人都安静了下来。",
            "最后一盏灯灭了，晨光照进店里。",
        ),
        PlaceLines(
            "The tavern is still empty, and the lamps have just been lit.",
            "The room grows loud, and nobody listens to anybody.",
            "Then, all at once, the whole room falls silent.",
            "The last lamp goes out, and morning comes in at the door.",
        ),
    ),
    Place.STUDY: (
        PlaceLines(
            "屋里静悄悄的，只有一排排的书。",
            "灯油快要烧尽，书页上的字渐渐模糊。",
            "一张旧纸从书页间滑落下来。",
            "晨光照上书架，一本书静静地打开着。",
        ),
        PlaceLines(
            "All is quiet among the long rows of books.",
            "The lamp burns low, and the words begin to blur on the page.",
            "Then a slip of old paper falls out from between the pages.",
            "Morning light climbs the shelves, and one book lies open.",
        ),
    ),
    Place.PALACE: (
        PlaceLines(
            "宫殿里静悄悄的，长廊一眼望不到头。",
            "一扇扇门都关上了，没有谁肯回答。",
            "忽然，一扇小门开了一条缝。",
            "阳光照进高高的窗子，宫殿里响起了钟声。",
        ),
        PlaceLines(
            "The palace is silent, and its long halls lie empty.",
            "One door after another closes, and nobody will answer.",
            "Then a small door, never noticed before, stands open a crack.",
            "Sunlight falls through the high windows, and all the bells ring.",
        ),
    ),
    Place.UNDERWATER: (
        PlaceLines(
            "海底静悄悄的，只有水草轻轻地摇。",
            "光线越来越暗，水流越来越急。",
            "这时，一束阳光从水面上照了下来。",
            "鱼群游过来，海底一片闪光。",
        ),
        PlaceLines(
            "All is still at the bottom of the sea, and only the kelp sways.",
            "The light grows dim, and the current pulls harder and harder.",
            "Then a beam of sunlight falls all the way down from above.",
            "Shoals of fish come by like silver, and the whole deep sparkles.",
        ),
    ),
    Place.CAVE: (
        PlaceLines(
            "山洞里漆黑一片，只听见水滴的声音。",
            "路越来越窄，火光越来越暗。",
            "就在这时，前面透来一丝凉风，一点微光。",
            "阳光照进洞口，石壁闪闪发亮。",
        ),
        PlaceLines(
            "The cave is dark, and somewhere water drips on stone.",
            "The way grows narrow, and the light grows weak.",
            "Then there is a breath of fresh air, and a glimmer ahead.",
            "Daylight falls into the mouth of the cave, and the walls glitter.",
        ),
    ),
}

SNOW_LINES = (
    ("雪越下越大，连脚印也看不见了。", "雪停了，天地间一片洁白。"),
    (
        "The snow falls thicker and thicker, until every footprint is gone.",
        "Then the snow stops, and the whole world lies white and still.",
    ),
)
"""The hardship and the comfort of an idea set in snow (Chinese, English)."""
