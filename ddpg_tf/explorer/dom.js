// Elements in one line each.

const SVG = "http://www.w3.org/2000/svg";

function filledIn(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** An HTML element; attributes that begin with "on" are listeners. */
export const html = (tag, attributes = {}, ...children) =>
  filledIn(document.createElement(tag), attributes, children);

/** An SVG element. */
export const svg = (tag, attributes = {}, ...children) =>
  filledIn(document.createElementNS(SVG, tag), attributes, children);

/** The element, which knows a colour as --way. */
export function coloured(colour, element) {
  element.style.setProperty("--way", colour);
  return element;
}

/** An empty drawing as wide as its place, `height` pixels high; sizes are pixels at any width. */
export function drawing(place, height, attributes = {}) {
  const root = svg("svg", { height, width: "100%", ...attributes });
  place.append(root);
  return root;
}

/** The width that a drawing has now. */
export const widthOf = (root) => Math.max(root.getBoundingClientRect().width, 240);

/** Call `moved(x, y)` with positions inside an element while a pointer is held down on it.
 *
 * A finger that comes down may be about to scroll the page, which the browser says by a
 * `pointercancel` after its first move. So it counts from the second move on, or once it is lifted.
 */
export function draggable(root, moved) {
  let [held, first, moves] = [null, null, 0];
  const report = (event) => {
    const box = root.getBoundingClientRect();
    moved(event.clientX - box.left, event.clientY - box.top, event);
  };
  root.addEventListener("pointerdown", (event) => {
    held = event.pointerId;
    [first, moves] = [event, 0];
    if (event.pointerType !== "touch") begin();
  });
  root.addEventListener("pointermove", (event) => {
    if (held !== event.pointerId) return;
    moves += 1;
    if (event.pointerType === "touch" && moves === 1) return;
    begin();
    report(event);
  });
  root.addEventListener("pointerup", (event) => {
    if (held === event.pointerId) begin();
    held = null;
  });
  root.addEventListener("pointercancel", () => {
    [held, first] = [null, null];
  });
  function begin() {
    if (first === null) return;
    root.setPointerCapture(held);
    root.focus({ preventScroll: true });
    report(first);
    first = null;
  }
}

/** Keys as steps: changed(dx, dy), ten times as much with Shift; Home and End go all the way. */
export function byArrowKeys(root, changed) {
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1],
    Home: [-Infinity, 0], End: [Infinity, 0] };
  root.addEventListener("keydown", (event) => {
    if (!(event.key in steps)) return;
    event.preventDefault();
    const by = event.shiftKey ? 10 : 1;
    changed(...steps[event.key].map((step) => step * by));
  });
}
