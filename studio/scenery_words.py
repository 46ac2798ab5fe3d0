"""The Chinese and English words that indicate a scene's place, time of day and weather."""

from enum import StrEnum

from studio.moods import Mood
from studio.scene import Framing, Place, Time, Weather

SCENERY: tuple[tuple[tuple[StrEnum, ...], str, str], ...] = (
    (
        (Place.SEA,),
        (
            "大海 海边 海上 海面 海滩 海滨 海岸 海浪 海风 海洋 海岛 海里 海中 渤海 "
            "东海 南海 北海 沙滩 港口 港湾 海港 码头 礁石 岛 孤岛 海 浪 潮水 漂流瓶"
        ),
        (
            "sea ocean shore coast beach harbour harbor wave the-wave the-waves waves-of "
            "bay island cliff seaside tide port pier at-sea set-sail sets-sail seashore lagoon reef"
        ),
    ),
    (
        (Place.RIVER,),
        (
            "河边 河岸 河里 河水 河中 小河 大河 黄河 长江 江边 江水 江上 江中 溪 江南 "
            "溪边 小溪 湖边 湖 湖水 池塘 池 潭 渡口 桥 桥上 水边 井边 瀑布 河 江 淮"
        ),
        (
            "river lake stream brook pond creek riverbank riverside bridge ferry canal "
            "waterfall pool well waterside swamp marsh"
        ),
    ),
    (
        (Place.CITY,),
        (
            "城市 都市 城里 城中 城门 城外 大城 进城 街道 街头 街上 街 马路 高楼 大厦 "
            "摩天楼 小巷 巷 霓虹 地铁 公交 上海 北京 长安 洛阳 邯郸 "
            "广场 市场 集市 市集 车站 站台 电梯 超市 便利店"
        ),
        (
            "city town street avenue skyscraper downtown alley metro subway square "
            "market station rooftop london paris "
            "tokyo kyoto beijing shanghai new-york baghdad rome pavement sidewalk "
            "traffic marketplace"
        ),
    ),
    (
        (Place.MOUNTAIN,),
        (
            "高山 雪山 群山 大山 北山 南山 山顶 山峰 山路 山谷 山上 山脚 山下 山崖 山中 "
            "山里 山坡 山头 悬崖 太行 王屋 太行王屋 峰 岭 山 谷 崖 陡坡"
        ),
        (
            "mountain peak summit valley hill hilltop hillside mountainside ridge alps "
            "glacier canyon ravine gorge slope"
        ),
    ),
    (
        (Place.MEADOW,),
        (
            "草地 草原 草丛 田野 田里 田中 田间 田地 田边 稻田 麦田 田埂 田 原野 野外 "
            "花园 后花园 园子 菜园 果园 农场 草坪 耕地 牧场 地里 公园 桃园 院子 草"
        ),
        (
            "meadow field grass grassland prairie farm garden pasture plains countryside "
            "farmland lawn park orchard vineyard "
            "yard clearing hedge haystack common"
        ),
    ),
    (
        (Place.VILLAGE,),
        (
            "村庄 村子 村里 村头 村口 村中 小村 山村 渔村 乡村 乡下 村 小镇 镇上 家乡 "
            "故乡 未庄 鲁镇 邻里"
        ),
        "village hamlet homestead villagers",
    ),
    (
        (Place.FOREST,),
        "森林 树林 丛林 竹林 松林 桃林 桃花林 密林 林子 林间 林中 林 树丛 树洞",
        "forest wood woods jungle grove woodland thicket rainforest under-the-trees treetops",
    ),
    (
        (Place.DESERT,),
        "沙漠 戈壁 沙丘 荒漠 大漠 绿洲 黄沙 沙地",
        "desert dune sahara oasis wasteland sands",
    ),
    (
        (Place.SPACE,),
        "太空 宇宙 月球 火星 星球 小行星 行星 银河 飞船 空间站 星际 太空船 宇宙飞船",
        (
            "space spaceship spacecraft planet mars galaxy asteroid orbit outer-space "
            "space-station starship rocket cosmos on-the-moon"
        ),
    ),
    (
        (Place.UNDERWATER,),
        "海底 水下 水底 深海 海底世界 珊瑚礁 珊瑚",
        (
            "underwater undersea seabed sea-floor seafloor ocean-floor coral-reef coral kelp "
            "bottom-of-the-sea bottom-of-the-ocean bottom-of-the-lake under-the-sea "
            "beneath-the-waves deep-sea"
        ),
    ),
    (
        (Place.TAVERN,),
        (
            "酒店 酒馆 酒楼 酒家 酒肆 客栈 茶馆 茶楼 饭馆 饭店 柜台 大柜台 柜里 柜外 "
            "咖啡馆 咖啡店 店里 店内 店面 店中 小店 店"
        ),
        (
            "tavern inn cafe coffee-shop coffeehouse diner bar pub counter alehouse saloon "
            "teahouse restaurant taproom"
        ),
    ),
    (
        (Place.STUDY,),
        "书房 教室 学堂 学校 课堂 图书馆 办公室 私塾 书店 书斋 三味书屋 书屋",
        "study library classroom office school schoolroom bookshop bookstore laboratory",
    ),
    (
        (Place.PALACE,),
        "宫殿 皇宫 王宫 大殿 宫中 宫里 龙宫 城堡 朝廷 朝堂 宝座 王位",
        "palace throne castle royal-court throne-room ballroom",
    ),
    (
        (Place.CAVE,),
        "山洞 洞穴 洞里 洞中 石洞 地洞 地下 矿井 洞口 洞",
        "cave cavern cellar den tunnel dungeon underground burrow grotto mine-shaft",
    ),
    (
        (Place.ROOM,),
        (
            "房间 屋里 屋内 室内 房子里 房里 房中 厨房 卧室 客厅 家里 家中 门槛 窗前 "
            "窗边 床上 床边 床 桌子 桌上 桌 炉火 炉边 楼上 病房 医院 阁楼 "
            "灯塔里 堂屋 屋子里"
        ),
        (
            "room indoors inside-the-house kitchen bedroom shop table desk parlour "
            "parlor fireside fireplace hearth bed "
            "attic hospital apartment cottage-door chamber workshop studio hall "
            "living-room"
        ),
    ),
    (
        (Time.DAWN,),
        (
            "清晨 黎明 拂晓 日出 早晨 清早 大清早 一早 早上 早起 天亮 天明 破晓 晨 晨光 "
            "朝阳 旭日 次日清晨 第二天早上 第二天一早 凌晨"
        ),
        (
            "dawn sunrise daybreak morning cockcrow sun-rose sun-was-rising rising-sun "
            "first-light sun-came-up sun-comes-up"
        ),
    ),
    (
        (Time.DAY,),
        (
            "白天 中午 正午 午后 下午 上午 晌午 下半天 白昼 烈日 日光 有一天 一天 一日 "
            "第二天 次日 翌日 明日 这天 那天 几天后 几天 多日 天天 每天 "
            "日复一日"
        ),
        "day daytime noon midday noonday afternoon sunny daylight sunlight sunshine summer",
    ),
    (
        (Time.DUSK,),
        (
            "黄昏 傍晚 日落 夕阳 晚霞 落日 太阳下山 太阳落山 傍午傍晚 暮 暮色 日暮 "
            "天色渐晚 天快黑 斜阳"
        ),
        (
            "dusk sunset evening twilight sundown setting-sun sun-was-setting sun-set "
            "sun-sets sun-went-down sun-goes-down "
            "sun-is-setting sun-sank"
        ),
    ),
    (
        (Time.NIGHT,),
        (
            "夜晚 夜里 深夜 半夜 午夜 夜半 夜空 星空 月光 明月 月亮 星星 繁星 星光 星夜 "
            "晚上 当晚 今晚 那晚 除夕 大年夜 夜 圆月 弯月 残月 新月 月儿 月夜 月下 月色 "
            "前夜 前夕 三更 冬夜 雪夜 雨夜 寒夜 夏夜 秋夜 春夜 "
            "凌晨一点 凌晨两点 凌晨三点 凌晨四点 灯会 元宵 烟花 焰火 萤火虫 "
            "天黑 天已经黑 夜色 一夜 每夜 夜夜 彻夜"
        ),
        (
            "night midnight moon moonlight moonlit star starry starlight nightfall "
            "tonight after-dark grew-dark got-dark pitch-dark one-in-the-morning "
            "two-in-the-morning three-in-the-morning four-in-the-morning lantern-festival "
            "firework firefly candlelight"
        ),
    ),
    (
        (Weather.CLEAR,),
        "晴朗 晴天 晴 放晴 阳光 万里无云 碧空 蓝天 雨过天晴 雨停 雪停 风停 云散 雾散 春天",
        (
            "clear-sky clear-skies clear-day clear-night clear-morning clear-weather "
            "sunny sunshine sunlight cloudless "
            "blue-sky storm-passed storm-was-over rain-stopped snow-stopped sky-cleared "
            "fog-lifted rain-had-stopped"
        ),
    ),
    (
        (Weather.CLOUDY,),
        "多云 阴天 乌云 阴沉 阴云 云层 浓云",
        "cloudy cloud overcast grey-sky gray-sky gloomy leaden-sky",
    ),
    (
        (Weather.RAIN,),
        "下雨 大雨 细雨 小雨 雨水 雨中 雨天 雨夜 雨点 春雨 秋雨 淋 雨",
        "rain rainy raining rained pouring drizzle shower raindrop umbrella downpour rainfall",
    ),
    (
        (Weather.STORM,),
        "暴风雨 大风暴 风暴 雷雨 雷电 闪电 打雷 雷声 暴雨 台风 狂风 巨浪 雷 风浪",
        "storm stormy thunder lightning tempest hurricane gale typhoon thunderstorm howling-wind",
    ),
    (
        (Weather.SNOW,),
        (
            "下雪 大雪 飞雪 雪花 雪地 雪夜 雪中 风雪 冰雪 初雪 积雪 白雪 雪人 雪 结冰 "
            "寒冬 隆冬 冬天 冬日 冬夜"
        ),
        (
            "snow snowy snowing snowed blizzard snowflake ice icy winter frost frozen "
            "snowfall snowstorm wintry froze"
        ),
    ),
    ((Weather.FOG,), "大雾 浓雾 薄雾 晨雾 雾气 迷雾 雾", "fog foggy mist misty haze hazy"),
    # Words that only look like one of the above.
    (
        (),
        (
            "江湖 人山人海 山东 山西 河南 河北 海南 湖南 湖北 海棠 城府 夜宵 冰箱 "
            "夜以继日 日夜 日日夜夜 云云 天晴不 店员 书店员 心里 心中 "
            "沧海桑田 草率 潦草 草草 牧草 床单 田螺 火山灰 山羊 海鸥 海龟 海豚 河马 江山 "
            "雷同 浪费 浪漫 流浪 流浪汉 露天 一天凉比一天 谷子 稻谷 "
            "水晶 爱好 草药 草鞋 桌布 林嫂 祥林嫂 下海 大雪纷 云雀 浪子 岛国 街坊 "
            "街坊邻居 晨练 明天 今天 昨天 昨夜 昨晚 前天 后天 夏天 "
            "愁云 白云 浮云 冰糖 冰淇淋 洞察 洞悉 月饼 池子 中秋 初冬 入冬"
        ),
        (
            "day-and-night night-and-day good-night goodnight good-morning good-day "
            "good-evening fire-wood firewood "
            "as-well very-well well-known well-done well-and well-then common-sense "
            "in-common pool-of first-place "
            "took-place take-place in-place ice-cream shower-of wild-wood to-this-day "
            "some-day these-days "
            "tomorrow-morning tomorrow-night star-of wood-cutter yesterday rain-or-shine "
            "mother-of-pearl in-the-field-of sea-of ocean-of forest-of mountain-of "
            "heart-of-the-matter"
        ),
    ),
)

_FAINT_WORDS = (
    "漂流瓶 草 草丛 草地 院子 床 床上 床边 桌 桌上 桌子 门槛 窗前 窗边 地里 海浪 浪 桥 池 "
    "洞 树丛 林 谷 草坪 山 树洞 wave grass table desk bed bridge wood pool well hedge "
    "clearing yard common cliff shop pavement square haystack tide hall slope inside "
    "treetops counter room chamber lawn den burrow"
)
FAINT = frozenset(_FAINT_WORDS.split())
"""Words that only place a story without a place yet: grass grows by a river too."""

NAMES: dict[StrEnum, tuple[str, str]] = {
    Place.SEA: ("海边", "sea"),
    Place.RIVER: ("河边", "river"),
    Place.CITY: ("城市", "city"),
    Place.MOUNTAIN: ("高山", "mountain"),
    Place.MEADOW: ("田野", "meadow"),
    Place.FOREST: ("森林", "forest"),
    Place.DESERT: ("沙漠", "desert"),
    Place.VILLAGE: ("村庄", "village"),
    Place.SPACE: ("太空", "space"),
    Place.ROOM: ("室内", "room"),
    Place.TAVERN: ("酒店", "tavern"),
    Place.STUDY: ("书房", "study"),
    Place.PALACE: ("宫殿", "palace"),
    Place.CAVE: ("山洞", "cave"),
    Place.UNDERWATER: ("海底", "underwater"),
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
"""The spelling of each in a prompt (Chinese, English)."""
