// A story's state on the page, fed out of order; prints what it then says as JSON.
import { newStoryState } from "../../web/page/story/state.js";

const shot = (id, position, revision = 1, title = id) => ({ id, position, revision, title });
const story = (revision, title) => ({ id: "s", revision, title });
const seen = {};
const state = newStoryState();
const order = () => [...state.order.value];

state.takeStory(story(3, "new title"));
state.takeStory(story(2, "old title"));
seen["older answer"] = state.story.value.title;
state.takeStory(story(3, "same again"));
seen["same revision"] = state.story.value.title;

state.takeSnapshot({ ...story(3, "same again"), video: null, shots: [shot("a", 2), shot("b", 1), shot("c", 3)] });
seen["order by position"] = order();
state.wishOrder(["c", "b", "a"]);
state.takeShot(shot("a", 2, 2, "drawn"));
seen["wished order stays while events come"] = order();
state.wishOrder(null);
seen["then its own"] = order();
state.dropShot("b");
state.takeShot(shot("b", 1, 9));
seen["deleted stays away"] = order();
state.takeSnapshot({ ...story(4, "x"), video: null, shots: [shot("a", 1, 3)] });
seen["a snapshot forgets what it lacks"] = order();
console.log(JSON.stringify(seen));
