// A run of one's own: mu and Q over two observations, from one evaluation to the next.

import { plain, short } from "../words.js";
import { axes, rangeOf, scale, ticks } from "../chart.js";
import { drawing, html, svg, widthOf } from "../dom.js";

const HEIGHT = 330;
/** Dark to light in equal steps of lightness (viridis; Smith and van der Walt 2015). */
const COLOURS = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];
const RETURN_COLOUR = "#23415f";

export async function runView(root, store) {
  const run = await (await fetch("run.json")).json();
  const last = run.evaluations.length - 1;
  const shown = () => Math.min(store.state.evaluation ?? last, last);
  const slider = html("input", { type: "range", min: 0, max: last, step: 1, id: "evaluation",
    "aria-label": "evaluation", oninput: () => store.set({ evaluation: Number(slider.value) }) });
  const seeing = html("p", { class: "seeing" });
  const figures = [html("figure"), html("figure")];
  root.append(html("h2", {}, "Your run, as it was learned"), html("p", { class: "note" }, run.title),
    seeing, slider, html("div", { class: "twice" }, figures));
  root.hidden = false;
  const maps = [
    { name: "mu", title: run.actions > 1 ? "μ(s), its first component" : "μ(s), the action",
      range: [run.low, run.high] },
    { name: "q", title: "Q(s, μ(s)), as a return",
      range: rangeOf(run.evaluations.flatMap(({ q }) => q), 0) },
  ].map((map, i) => ({ ...map, chart: drawing(figures[i], HEIGHT, { role: "img",
    "aria-label": map.title, "data-map": map.name }) }));
  const returns = drawing(root, 136, { role: "img", "aria-label": "return of each evaluation" });
  store.listen(draw);
  draw();

  function draw() {
    const at = shown();
    const { step, return: mean } = run.evaluations[at];
    slider.value = at;
    slider.setAttribute("aria-valuetext", `step ${step}`);
    for (const map of maps) drawMap(map, run.axes, run.evaluations[at][map.name]);
    drawReturns(returns, run.evaluations, at);
    const held = Object.entries(run.held).map(([name, x]) => `${name} = ${short(x)}`).join(", ");
    seeing.textContent = `Evaluation ${at + 1} of ${last + 1}, after ${step} steps: mean return `
      + `${short(mean, 4)}. Each place is a state; both maps keep their colours from the first `
      + `evaluation to the last.${held ? ` Held at their median: ${held}.` : ""}`;
  }
}

function colourOf(share) {
  const place = Math.min(Math.max(share, 0), 1) * (COLOURS.length - 1);
  const [k, rest] = [Math.min(Math.floor(place), COLOURS.length - 2), place % 1];
  const part = place === COLOURS.length - 1 ? 1 : rest;
  return COLOURS[k].map((from, i) => Math.round(from + part * (COLOURS[k + 1][i] - from)));
}

/** The grid as an image of one pixel a place: drawn by the browser in one piece. */
function imageOf(numbers, width, height, [low, high]) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  numbers.forEach((x, i) => {
    // the second axis points upwards
    const row = height - 1 - Math.floor(i / width);
    image.data.set([...colourOf((x - low) / (high - low || 1)), 255], 4 * (row * width + (i % width)));
  });
  context.putImageData(image, 0, 0);
  return canvas.toDataURL();
}

function drawMap({ chart, title, range }, [across, up], numbers) {
  const [left, right, top, bottom] = [48, widthOf(chart) - 12, 30, HEIGHT - 74];
  const [xs, ys] = [across.values, up?.values ?? [0, 1]];
  const [x, y] = [scale(xs[0], xs.at(-1), left, right), scale(ys[0], ys.at(-1), bottom, top)];
  const key = COLOURS.map((_, i) => i / (COLOURS.length - 1));
  const gradient = `key-${title.length}`;
  chart.replaceChildren(
    axes(x, y, { left, right, top, bottom, xTicks: ticks(xs[0], xs.at(-1)),
      yTicks: up ? ticks(ys[0], ys.at(-1)) : [], xLabel: across.name,
      yLabel: up ? `${title}; upwards: ${up.name}` : title }),
    svg("image", { x: left, y: top, width: right - left, height: bottom - top,
      preserveAspectRatio: "none", href: imageOf(numbers, xs.length, up ? ys.length : 1, range) }),
    svg("linearGradient", { id: gradient }, key.map((share) =>
      svg("stop", { offset: share, "stop-color": `rgb(${colourOf(share)})` }))),
    svg("rect", { x: left, y: HEIGHT - 30, width: (right - left) / 2, height: 10,
      fill: `url(#${gradient})` }),
    svg("text", { class: "soft", x: left, y: HEIGHT - 6 }, short(range[0])),
    svg("text", { class: "soft", x: (left + right) / 2, y: HEIGHT - 6, "text-anchor": "end" },
      short(range[1])));
}

function drawReturns(chart, evaluations, at) {
  const [left, right, top, bottom] = [48, widthOf(chart) - 12, 30, 92];
  const [steps, values] = [evaluations.map(({ step }) => step), evaluations.map((e) => e.return)];
  const [low, high] = rangeOf(values);
  const x = scale(0, steps.at(-1), left, right);
  const y = scale(low, high, bottom, top);
  chart.replaceChildren(
    axes(x, y, { left, right, top, bottom, xTicks: [], yTicks: ticks(low, high, 2), xLabel: "steps",
      yLabel: "mean return", write: plain }),
    ...steps.map((step, i) => svg("circle", { cx: x(step), cy: y(values[i]), r: i === at ? 6 : 3,
      fill: i === at ? RETURN_COLOUR : "#98a3ad" })));
}
