// @ts-check
// Stories to try, in the language of the page.

/** @type {Record<"en" | "zh", { name: string, text: string }[]>} */
export const EXAMPLES = {
  en: [
    {
      name: "The tortoise and the hare",
      text: `A hare laughed at a tortoise for being slow. "I may be slow," said the tortoise, "but I will race you to the old mill." The hare agreed, and at sunrise they set off across the meadow.

The hare ran so fast that he was soon out of sight. By the river he stopped, sure of winning, and lay down in the warm grass to sleep. The tortoise walked on, past the river, through the forest, up the long hill, and never once stood still.

When the hare woke, the sun was setting. He ran as he had never run, but from the top of the hill he saw the tortoise resting by the mill, with all the village around her.`,
    },
    { name: "The message in a bottle", text: "A lighthouse keeper's daughter finds a message in a bottle the night before the last great storm." },
    { name: "A fox in winter", text: "A fox crosses a sleeping city in the snow, from the railway bridge to the garden where somebody leaves a lamp burning for her." },
  ],
  zh: [
    { name: "守株待兔", text: "宋人有耕者。田中有株，兔走触株，折颈而死。因释其耒而守株，冀复得兔。兔不可复得，而身为宋国笑。" },
    { name: "瓶中信", text: "最后一场大风暴的前夜，守塔人的女儿在海边捡到一只瓶子，里面有一封信。天亮时她划船出海，雾的后面有一座岛，岛上亮着一盏灯。" },
    { name: "愚公移山", text: "太行、王屋二山挡住了北山愚公的家门。愚公年近九十，召集全家商量：我们把山搬走吧。子子孙孙挖山不止，河曲智叟笑他。愚公说：山不会增高，何愁挖不平？天帝为他的诚心感动，命人把两座山背走了。" },
  ],
};
