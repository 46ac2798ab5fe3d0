"""The Chinese and English words for everyone and everything that can appear in a scene.

A word may carry several meanings: a king is a person with a crown. An animal without a drawing of
its own is drawn as its nearest relative.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import TypeAlias

from studio.scene import (
    Age,
    Dress,
    Figure,
    Hat,
    Place,
    Tint,
)

Row: TypeAlias = tuple[tuple[StrEnum, ...], str, str]

_FIGURES: tuple[Row, ...] = (
    (
        (Figure.WOMAN,),
        (
            "女人 女子 妇人 妇女 姑娘 妈妈 母亲 娘亲 妻子 妻 少女 后母 继母 姐姐 妹妹 "
            "女士 太太 新娘 女巫 仙女 女教师 嫦娥 织女 护士 女佣 嫂子 婶婶 姑姑 阿姨 "
            "媳妇 美人 民女"
        ),
        (
            "woman women mother mom mum mama wife lady ladies aunt sister stepmother "
            "maid maiden bride nurse fairy "
            "mermaid stepsister mistress waitress widow actress goddess young-woman"
        ),
    ),
    (
        (Figure.WOMAN, Age.OLD),
        "奶奶 祖母 外婆 姥姥 老妇 老妇人 老太太 老奶奶 老婆婆 婆婆 老大娘 大娘 外祖母",
        "grandmother granny grandma old-woman old-lady crone",
    ),
    ((Figure.WOMAN, Hat.CROWN, Dress.GOWN), "公主 女王 王后 皇后 妃子 贵妃", "queen princess"),
    ((Figure.WOMAN, Hat.HOOD), "老巫婆 巫婆", "witch nun"),
    (
        (Figure.CHILD,),
        (
            "孩子 孩子们 小孩 小孩子 孩童 儿童 男孩 女孩 女孩子 男孩子 小女孩 小男孩 "
            "小姑娘 小伙伴 少年 女儿 儿子 孙子 孙女 牧童 童子 小伙计 弟弟 娃娃 婴儿 学生 "
            "小学生 遗男 放羊娃"
        ),
        (
            "child children boy girl kid daughter son baby toddler schoolboy schoolgirl "
            "grandson granddaughter orphan teenager "
            "pupil little-girl little-boy shepherd-boy lad lass infant student"
        ),
    ),
    (
        (Figure.CHILD, Hat.HOOD, Tint.RED),
        "小红帽",
        "little-red-riding-hood red-riding-hood little-red-cap",
    ),
    (
        (Figure.CROWD,),
        (
            "人们 人群 众人 大家 村民 村民们 村里人 村里的人 士兵 士兵们 军队 喝酒的人 "
            "做工的人 农夫们 大人们 客人们 客人 看客 百姓 路人 邻居们 行人 子孙 强盗 "
            "兄弟们 宾客 群臣 酒客 同学们"
        ),
        (
            "crowd people villagers soldiers army everyone everybody townsfolk "
            "townspeople guests robbers thieves "
            "sailors men neighbours neighbors passers-by townsmen crew folk brothers "
            "shepherds"
        ),
    ),
    (
        (Figure.PERSON,),
        (
            "人物 男人 男子 男的 青年 年轻人 爸爸 父亲 掌柜 战士 看守人 老师 叔叔 伯伯 "
            "哥哥 丈夫 兄 商人 猎人 木匠 铁匠 樵夫 小贩 主人 仆人 车夫 司机 画家 "
            "诗人 将军 大臣 猎手 船夫 裁缝 面包师 邮差 警察 工人 作家 朋友 "
            "侠客 剑客 刺客 英雄 叙述者 "
            "宋人 楚人 郑人 齐人 燕人 赵人 魏人 秦人 鲁人 晋人 越人 吴人 杞人 武陵人 "
            "北人 后羿 牛郎 齐天大圣 织工 骗子 伙计 店主 店小二 同窗 "
            "大儿子 二儿子 三儿子 小儿子 程序员 工程师 厨师 歌手 舞者 记者 摄影师 快递员 外卖员 "
            "保安 清洁工 教授 发明家 魔术师 小丑 音乐家 钢琴家 鼓手 老板 秘书 律师 法官 市长 "
            "运动员 登山者 旅行者 消防员 修理工 管理员 天文学家 考古学家 潜水员 上班族 大学生 邻居"
        ),
        (
            "man person keeper father dad papa soldier hero someone teacher stranger "
            "baker miller "
            "tailor carpenter blacksmith woodcutter woodsman hunter huntsman merchant "
            "servant master brother uncle "
            "husband neighbour neighbor friend traveller traveler poet painter thief "
            "robber giant clockmaker "
            "watchmaker postman driver narrator young-man gentleman policeman "
            "butcher cobbler shoemaker musician "
            "pianist violinist ferryman shopkeeper innkeeper host peddler pedlar "
            "messenger minister chancellor official councillor philosopher artist "
            "prisoner "
            "weaver swindler barber detective explorer gardener boatman gatekeeper pilot "
            "writer worker lover eldest youngest programmer engineer singer dancer cook "
            "chef waiter manager boss clerk lawyer judge mayor journalist reporter "
            "photographer athlete runner swimmer climber cyclist fireman firefighter "
            "mechanic librarian professor inventor clown juggler potter fiddler drummer "
            "composer janitor cleaner vendor guard watchman spy courier astronomer "
            "biologist surgeon architect sculptor tourist commuter customer barista "
            "bartender diver captive groom inspector"
        ),
    ),
    (
        (Figure.PERSON, Age.OLD),
        (
            "老人 老人家 老头 老头子 老头儿 老汉 爷爷 祖父 外公 老爷爷 老翁 老者 愚公 "
            "智叟 老伯 塞翁 塞上翁 老两口 老夫妇 老农"
        ),
        "grandfather grandpa old-man old-fellow elder",
    ),
    (
        (Figure.PERSON, Age.OLD, Dress.ROBE),
        "老和尚 道长 老道士 老神仙 老先生",
        "wizard sorcerer hermit",
    ),
    (
        (Figure.PERSON, Dress.ROBE),
        "书生 秀才 先生 和尚 道士 法师 唐僧 举人 读书人 诸葛亮 孔子 庄子 老子 孟子 县官 县令",
        "monk priest scholar magician druid bishop",
    ),
    (
        (Figure.PERSON, Hat.STRAW, Dress.JACKET),
        "农夫 农民 渔夫 渔翁 渔人 渔父 渔民 耕者 牧羊人 牧人 种田人 樵者",
        "farmer fisherman peasant shepherd gardener angler ploughman scarecrow",
    ),
    (
        (Figure.PERSON, Hat.CROWN, Dress.ROBE),
        "国王 王子 皇帝 大王 君王 陛下 楚王 齐王 秦王 吴王 魏王 燕王 赵王 龙王 齐宣王 天帝 玉帝 帝",
        "king prince emperor sultan pharaoh",
    ),
    (
        (Figure.PERSON, Hat.CAP),
        "水手 船长 船员 列车员 列车长",
        "sailor captain conductor stationmaster",
    ),
    ((Figure.PERSON, Dress.COAT, Tint.WHITE), "医生 大夫 科学家 博士", "doctor scientist"),
    (
        (Figure.PERSON, Dress.SUIT, Tint.WHITE),
        "宇航员 航天员",
        "astronaut cosmonaut spaceman",
    ),
    (
        (Figure.PERSON, Dress.ROBE, Hat.HOOD, Tint.WHITE),
        "幽灵 鬼魂 鬼 亡灵",
        "ghost spirit phantom spectre specter",
    ),
    ((Figure.PERSON, Dress.RAGS), "乞丐 叫花子 穷人 流浪汉", "beggar tramp vagabond"),
    ((Figure.PERSON,), "旅人 旅客 行者 过客 游客 骑士", "knight wanderer pilgrim passenger rider"),
    ((Figure.PERSON, Place.SEA), "守塔人 灯塔看守人", ""),
    (
        (Figure.BOAT,),
        "帆船 渔船 小船 木船 轮船 大船 船 舟 小舟 扁舟 帆 木筏 乌篷船",
        "boat ship sailboat vessel canoe raft yacht rowboat fishing-boat rowing-boat ferryboat",
    ),
    (
        (Figure.HOUSE,),
        "房子 屋子 小屋 木屋 茅屋 草屋 老屋 房屋 茅舍 小木屋 屋舍 宅",
        "house cottage cabin hut barn farmhouse houses",
    ),
    ((Figure.MILL,), "磨坊 风车", "mill windmill"),
    ((Figure.LIGHTHOUSE, Place.SEA), "灯塔", "lighthouse"),
    (
        (Figure.TREE,),
        "大树 古树 树下 树上 树枝 树 松树 柳树 桃树 枣树 银杏 老槐树 葡萄架 苹果树 樱花",
        "tree oak willow apple-tree beech vine branch",
    ),
    ((Figure.STUMP,), "树桩 木桩 株 树根", "stump tree-stump log"),
    ((Figure.RABBIT,), "兔子 小兔子 小兔 小白兔 白兔 野兔 玉兔 兔", "rabbit hare bunny"),
    ((Figure.TORTOISE,), "乌龟 小乌龟 海龟 龟 青蛙 蛙 蟾蜍", "tortoise turtle frog toad"),
    ((Figure.FOX,), "狐狸 小狐狸 狐", "fox vixen foxes"),
    ((Figure.WOLF,), "大灰狼 灰狼 狼 狼群 豺狼", "wolf wolves coyote jackal"),
    (
        (Figure.LION,),
        "狮子 雄狮 狮 老虎 猛虎 虎 豹子 豹 狗熊 黑熊 小熊 熊 熊猫",
        "lion lioness tiger leopard panther bear cub",
    ),
    (
        (Figure.MOUSE,),
        "老鼠 小老鼠 鼠 松鼠 刺猬 蚂蚁",
        "mouse mice rat squirrel hedgehog mole ant beetle",
    ),
    (
        (Figure.SHEEP,),
        "绵羊 山羊 小羊 羊羔 羔羊 小羊羔 羊群 羊 小猪 猪 公山羊",
        "sheep lamb goat pig piglet flock flocks ewe ram kid-goat",
    ),
    (
        (Figure.DOG,),
        "小狗 黄狗 黑狗 白狗 猎狗 猎犬 狗 犬",
        "dog puppy hound sheepdog terrier doggie",
    ),
    ((Figure.CAT,), "小猫 黑猫 白猫 猫 猫咪 猴子 小猴子 猴", "cat kitten kitty monkey"),
    (
        (Figure.HORSE,),
        (
            "骏马 白马 黑马 老马 小马 马匹 马儿 马 毛驴 驴 驴子 小鹿 鹿 水牛 黄牛 老牛 "
            "奶牛 耕牛 牛 骆驼 大象 象"
        ),
        (
            "horse pony donkey ass deer mare cow ox oxen unicorn camel stag fawn "
            "elephant foal stallion calf mule reindeer"
        ),
    ),
    (
        (Figure.BIRD,),
        (
            "小鸟 鸟 企鹅 小企鹅 鸽子 燕子 小燕子 乌鸦 喜鹊 老鹰 鹰 公鸡 母鸡 小鸡 鸡 鸭子 鸭 鹅 "
            "天鹅 仙鹤 鹤 鹬 麻雀 夜莺 鹦鹉 孔雀 猫头鹰 丑小鸭 凤凰 鸿鹄 黄鹂 云雀"
        ),
        (
            "bird penguin crow raven eagle goose dove sparrow swallow nightingale owl duck "
            "duckling hen rooster cock swan parrot "
            "robin stork heron peacock lark wren seagull gull phoenix pigeon chick crane"
        ),
    ),
    (
        (Figure.BIRDS,),
        "海鸥 鸟群 群鸟 鸟儿 鸟儿们 大雁 雁 雁群 燕群 鸦群 百鸟",
        (
            "birds gulls seagulls geese crows ravens swallows doves sparrows swans ducks "
            "ducklings hens pigeons cranes flock-of-birds"
        ),
    ),
    (
        (Figure.FISH,),
        "小鱼 大鱼 金鱼 锦鲤 鲤鱼 鱼 海豚 鲨鱼",
        "fish goldfish dolphin shark trout salmon carp",
    ),
    ((Figure.WHALE,), "鲸鱼 鲸 蓝鲸 座头鲸", "whale orca humpback"),
    ((Figure.DRAGON,), "巨龙 恶龙 小龙 飞龙 真龙 龙", "dragon"),
    ((Figure.ROBOT,), "机器人", "robot android tin-man tin-woodman"),
    (
        (Figure.CAR,),
        "汽车 轿车 出租车 公交车 公共汽车 卡车 小汽车 的士 巴士",
        "car taxi cab bus truck van automobile limousine",
    ),
    (
        (Figure.ROCKET,),
        "飞船 宇宙飞船 太空船 火箭",
        "spaceship rocket starship spacecraft rocket-ship",
    ),
    ((Figure.SUBMARINE,), "潜水艇 潜艇", "submarine"),
    ((Figure.TRAIN,), "火车 列车 末班车 蒸汽机车", "train locomotive trains steam-engine"),
    # Pronouns, and words that only refer to someone.
    ((Figure.PERSON,), "我 他 她 它 俺 吾", "he she i him her it"),
    # Words that only look like one of the above, or that name a part or a product of it.
    (
        (),
        (
            "鬼脸 见鬼 鬼子 小气鬼 捣蛋鬼 鬼鬼祟祟 "
            "马上 马虎 马路 马车 马马虎虎 其他 其它 他们 她们 它们 我们 咱们 自我 人生 "
            "大人物 唯一的人 国家 夜猫子 人家 别人 有人 马戏 龙头 "
            "狗尾草 虎口 牛奶 牛肉 羊肉 羊皮 狼皮 虎皮 马蹄 马厩 马鞍 鱼竿 鱼网 渔网 "
            "鱼钩 鱼塘 鸡蛋 鸡毛 鸟窝 鸟巢 蜗牛 牛角 象棋 现象 对象 好象 "
            "印象 景象 气象 象征 形象 想象 抽象 龙舟 马褂 马甲 株连 株守 虎头虎脑 "
            "鸡犬相闻 鸡犬 父老 师傅 木兰 孔雀东 长颈鹿 马克 罗马 兄台 上帝 帝国 舟车 "
            "风帆 龙井 鱼肉 鸡鸣 鸭蛋 妻儿 画蛇添足 孙悟空"
        ),
        (
            "friends high-spirits in-spirit team-spirit "
            "rabbit-hole mouse-hole bird-song fox-hole her-own horse-shoe "
            "horseshoe cowboy man-made housework household housewife fish-hook "
            "fishing-rod "
            "fishing-net branches-of cat's-eye dog-tired hound-dog egg eggs goose-egg "
            "lion's-share to-bear bear-it could-bear "
            "not-bear bears-the bear-witness no-one houseboat fishing birdcage bird-cage "
            "butterfly "
            "sheepskin lambskin log-fire horseback logged"
        ),
    ),
)

_PRONOUNS_WORDS = "he she i him her it 我 他 她 它 俺 吾"
PRONOUNS = frozenset(_PRONOUNS_WORDS.split())
FEMALE = frozenset(["she", "her", "她"])
MALE = frozenset(["he", "him", "他"])
THINGS = frozenset(["it", "它"])
NARRATORS = frozenset(["i", "我", "俺", "吾"])

_COATS = "black white grey gray brown red golden"
_COATED = "horse cat dog rabbit hare wolf fox bear goat cow bird mouse kitten puppy hound"


def _coloured_animals() -> Iterator[Row]:
    """Animals that a text distinguishes by colour: a black horse is a word of its own."""
    for concepts, _, english in _FIGURES:
        for animal in set(english.split()) & set(_COATED.split()):
            yield concepts, "", " ".join(f"{coat}-{animal}" for coat in _COATS.split())


FIGURES: tuple[Row, ...] = (*_FIGURES, *_coloured_animals())

KIN = frozenset(
    (
        *(
            "man",
            "woman",
            "person",
            "child",
            "children",
            "boy",
            "girl",
            "kid",
            "lad",
            "lass",
            "old man",
            "old woman",
        ),
        *("young man", "young woman", "old lady", "lady", "gentleman", "little girl", "little boy"),
        *("stranger", "hero", "keeper"),
        *[
            "男人",
            "女人",
            "男子",
            "女子",
            "孩子",
            "小孩",
            "小孩子",
            "男孩",
            "女孩",
            "姑娘",
            "小姑娘",
            "小女孩",
            "小男孩",
            "老人",
            "老人家",
            "老头",
            "老头子",
        ],
        *["渔人", "耕者", "少年", "青年", "年轻人", "老妇人", "老太太", "少女", "妇人"],
    )
)
"""Words that often refer to someone named before: the girl, once she is called Dorothy."""
