// Axes, lines and arrows.

import { svg } from "./dom.js";
import { plain } from "./words.js";

/** Numbers of [low, high] to pixels of [from, to], and back. */
export function scale(low, high, from, to) {
  const at = (x) => from + ((x - low) / (high - low || 1)) * (to - from);
  at.inverse = (p) => low + ((p - from) / (to - from)) * (high - low);
  return at;
}

/** The smallest and largest of some numbers, a little wider. */
export function rangeOf(numbers, margin = 0.08) {
  const finite = numbers.filter(Number.isFinite);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const room = (high - low || 1) * margin;
  return [low - room, high + room];
}

export const line = (xs, ys, attributes) => svg("polyline", { fill: "none", "stroke-width": 2,
  points: xs.map((x, i) => `${x.toFixed(1)},${ys[i].toFixed(1)}`).join(" "), ...attributes });

/** An arrow with a head, from one point to another. */
export function arrow(x1, y1, x2, y2, colour, attributes = {}) {
  const length = Math.hypot(x2 - x1, y2 - y1);
  if (length < 1) return svg("circle", { cx: x1, cy: y1, r: 3, fill: colour, ...attributes });
  const [ux, uy] = [(x2 - x1) / length, (y2 - y1) / length];
  const head = Math.min(10, length);
  const [bx, by] = [x2 - ux * head, y2 - uy * head];
  const corner = (side) => `${bx - side * uy * head * 0.5},${by + side * ux * head * 0.5}`;
  return svg("g", { class: "arrow", ...attributes },
    svg("line", { x1, y1, x2: bx, y2: by, stroke: colour, "stroke-width": 4 }),
    svg("polygon", { points: `${x2},${y2} ${corner(1)} ${corner(-1)}`, fill: colour }));
}

/** A frame with ticks below and at the left; x and y: scales; ticks: the numbers to write. */
export function axes(x, y, { xTicks, yTicks, left, right, top, bottom, xLabel, yLabel,
  write = plain }) {
  return svg("g", {},
    yTicks.map((value) => [
      svg("line", { class: "grid", x1: left, x2: right, y1: y(value), y2: y(value) }),
      svg("text", { class: "soft", x: left - 6, y: y(value) + 4, "text-anchor": "end" },
        write(value))]).flat(),
    svg("line", { class: "axis", x1: left, x2: right, y1: bottom, y2: bottom }),
    xTicks.map((value) => svg("text", { class: "soft", x: x(value), y: bottom + 16,
      "text-anchor": "middle" }, plain(value))),
    svg("text", { x: right, y: bottom + 32, "text-anchor": "end" }, xLabel),
    svg("text", { x: left - 30 > 0 ? 2 : left, y: top - 12 }, yLabel));
}

/** About `about` round numbers within a range. */
export function ticks(low, high, about = 4) {
  const rough = (high - low) / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough);
  const found = [];
  for (let k = Math.ceil(low / step); k * step <= high; k += 1) {
    found.push(Number((k * step).toPrecision(12)));
  }
  return found;
}
