// The page put together: one state, several views of it.

import { CATALOGUE } from "./catalogue.js";
import { DRAWN_FOR, agree } from "./page.js";
import { parse } from "./state.js";
import { Store, keepAddress } from "./store.js";
import { bitsView } from "./views/bits.js";
import { curveView } from "./views/curve.js";
import { mistakesView } from "./views/mistakes.js";
import { networksView } from "./views/networks.js";
import { raceView } from "./views/race.js";
import { settingsView } from "./views/settings.js";

const fromAddress = () => parse(location.hash, Object.keys(CATALOGUE));
const store = new Store(fromAddress());
const place = (id) => document.getElementById(id);
// "?first": the first screen alone, as a part of another page
const isPart = new URLSearchParams(location.search).has("first");
document.body.classList.toggle("part", isPart);
const views = Object.entries({
  bits: bitsView,
  settings: settingsView,
  curve: curveView,
  networks: networksView,
  race: raceView,
  mistakes: mistakesView,
}).filter(([id]) => !isPart || id === "bits").map(([id, view]) => ({ id, root: place(id), draw: view(place(id), store), of: null, says: null }));

// A screen reader is told what changed in the view where something is being done, once it is quiet.
let [acting, timer] = [null, null];
for (const { root } of views) {
  root.addEventListener("focusin", () => {
    acting = root;
  });
}
function tell() {
  clearTimeout(timer);
  timer = setTimeout(() => {
    const view = views.find(({ root }) => root === acting) ?? views[0];
    place("live").textContent = (view.says ?? views[0].says) || "";
  }, 600);
}

/** Draw what a change concerns, and what is not done yet: a view that is says null. */
function draw(state, all = false) {
  for (const view of views) {
    if (!all && view.says !== null && agree(DRAWN_FOR[view.id], view.of, state)) continue;
    view.says = view.draw(state);
    view.of = state;
  }
  tell();
}

keepAddress(store);
store.listen((state) => draw(state));
window.addEventListener("resize", () => requestAnimationFrame(() => draw(store.state, true)));
window.addEventListener("hashchange", () => store.set(fromAddress()));
store.set({});

if (new URLSearchParams(location.search).has("run")) {
  const { runView } = await import("./views/run.js");
  await runView(place("run"), store);
}
