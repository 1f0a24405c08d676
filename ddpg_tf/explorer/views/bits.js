// The first screen: what flows back in the three ways, stage by stage, and the bits at the end.

import { bitsOf, countDifferent, exponentBits, hexadecimal } from "../bits.js";
import { coloured, html } from "../dom.js";
import { arithmeticOf, gradientsOf, placesIn, problemOf } from "../page.js";
import { WAYS, count, full, nameOfWeight } from "../words.js";

const SIZES = [2, 3, 64, 100];

export function bitsView(root, store) {
  const buttons = SIZES.map((n) => html("button",
    { type: "button", "data-n": n, onclick: () => store.set({ n }) }, `N = ${n}`));
  const body = html("tbody");
  const verdict = html("p", { class: "verdict" });
  const strips = html("div", { class: "strips" });
  const which = html("p", { class: "note which" });
  root.append(
    html("div", { class: "row", role: "group", "aria-label": "Batch size" },
      "A batch of", buttons),
    html("table", { class: "ways" },
      html("caption", { class: "unseen" }, "What flows back, in each of the three ways"),
      html("thead", {}, html("tr", {}, html("th", {}, "read from right to left"),
        ["the gradient of one weight", "← its sum over the batch", "← at a, sample 1",
          "← at Q, sample 1"].map((title) => html("th", { scope: "col" }, title)))),
      body),
    verdict, strips, which);

  return (state) => {
    buttons.forEach((button) => button.setAttribute("aria-pressed", button.dataset.n === `${state.n}`));
    const [found, arithmetic] = [gradientsOf(state), arithmeticOf(state)];
    const place = placesIn(state)[state.weight];
    const shown = Object.fromEntries(Object.entries(found).map(([name, { gradients }]) =>
      [name, gradients[place.index].data[place.place]]));
    body.replaceChildren(...Object.keys(WAYS).map((name) =>
      row(name, found[name], place, state, arithmetic, Object.values(shown), store)));
    const different = countDifferent(found.output_gradients.gradients, found.mean_q.gradients);
    const total = placesIn(state).length;
    verdict.replaceChildren(...verdictOf(state, different, total, arithmetic));
    strips.replaceChildren(...Object.keys(WAYS).map((name) =>
      strip(name, shown[name], shown, arithmetic)));
    const layers = problemOf(state).actor.layers;
    which.textContent = `The weight shown is one of ${total}: ${nameOfWeight(place, layers)}; `
      + "choose another in the network below. Yellow: bits that are not the same in all three. "
      + `Sign, ${exponentBits(arithmetic)} bits of exponent, fraction.`;
    return verdict.textContent;
  };
}

function row(name, { gradients, stages }, place, state, arithmetic, all, store) {
  const { title, says, code, colour } = WAYS[name];
  const isExplicit = name === "output_gradients";
  const gradient = gradients[place.index].data[place.place];
  const summed = stages.summed[place.index].data[place.place];
  const divides = state.reduction === "mean";
  const chip = html("span", { class: "divides" }, `÷ ${state.n} here`);
  const cell = (kind, label, x, meaning, ...more) => html("td", { class: kind, "data-label": label },
    html("div", {}, number(x, arithmetic, kind === "gradient" ? all : [x]),
      html("small", {}, meaning), more));
  const share = divides ? "−1/N" : "−1";
  return coloured(colour, html("tr", { class: name === state.strategy ? "shown" : null, "data-way": name,
    onclick: () => store.set({ strategy: name }) },
  html("th", { scope: "row" }, html("b", {}, title), " ", html("span", { class: "hex" }, name),
    html("small", {}, says), html("small", { class: "code" }, code(divides))),
  cell("gradient", "gradient", gradient, "", isExplicit && divides ? chip : ""),
  isExplicit
    ? cell("summed", "sum", summed, "Σᵢ −∂Q/∂a · ∂μ/∂θ")
    : html("td", { class: "summed", "data-label": "sum" }, html("div", {},
      html("span", { class: "hex" }, "nothing left to divide"))),
  cell("at-a", "at a", stages.atActions.data[0], `${isExplicit ? "−" : `${share} · `}∂Q/∂a${state.inverting ? " · room" : ""}`),
  cell("at-q", "at Q", stages.atQ.data[0], isExplicit ? "∂Q/∂Q" : share, !isExplicit && divides ? chip : "")));
}

/** A number and its bits; marked are the hexadecimal digits that not all of `others` share. */
function number(x, arithmetic, others) {
  const own = hexadecimal(x, arithmetic);
  const words = others.map((other) => hexadecimal(other, arithmetic));
  return html("div", {}, html("span", { class: "number" }, full(x, arithmetic)), html("br"),
    html("span", { class: "hex" }, [...own].map((digit, i) =>
      (words.every((word) => word[i] === digit) ? digit : html("mark", {}, digit)))), " ");
}

function verdictOf({ n, reduction }, different, total, { bits }) {
  if (reduction === "sum") {
    return [html("strong", {}, different ? `${different} differ. ` : `The same ${bits} bits. `),
      "With a sum in place of the mean nothing is divided by N, and all three do the same operations."];
  }
  if (n === 1) {
    return [html("strong", {}, `The same ${bits} bits. `), "A mean over one sample is that sample."];
  }
  const power = (n & (n - 1)) === 0;
  if (different === 0) {
    return [html("strong", {}, `The same ${bits} bits, in all ${total} weights. `),
      power ? `Dividing by ${n}, a power of two, only lowers the exponent. Nothing is rounded, so it `
        + "makes no difference when it happens." : `By luck: dividing by ${n} rounds.`];
  }
  return [html("strong", {}, `${count(different, "weight")} of ${total} differ, in the last bits. `),
    `Dividing by ${n} has to round, and rounding before the sums is not rounding after them. The `
    + "mathematics is the same, the arithmetic is not.",
    power ? " (Here a number is so small that its last bits are lost.)" : ""];
}

function strip(name, x, shown, arithmetic) {
  const all = Object.values(shown).map((other) => bitsOf(other, arithmetic));
  const cuts = [1, 1 + exponentBits(arithmetic)];
  return coloured(WAYS[name].colour, html("div", { class: "strip" }, html("span", {}, WAYS[name].title),
    html("div", { class: "bitrow", "aria-label": hexadecimal(x, arithmetic) },
      [...bitsOf(x, arithmetic)].map((bit, i) => html("span", { class: ["bit",
        cuts.includes(i) ? "after" : "", all.some((other) => other[i] !== bit) ? "differs" : ""]
        .join(" ") }, bit)))));
}
