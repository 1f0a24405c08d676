// What can be chosen for the whole page.

import { html } from "../dom.js";
import { initial } from "../state.js";
import { WAYS, short } from "../words.js";

const CHOICES = {
  strategy: ["Way of writing it", Object.entries(WAYS).map(([name, { title }]) => [name, title])],
  precision: ["Arithmetic", [["float32", "float32"], ["float64", "float64"]]],
  reduction: ["Over the batch", [["mean", "mean"], ["sum", "sum"]]],
  optimiser: ["Optimiser", [["adam", "Adam"], ["sgd", "SGD"]]],
  rate: ["Learning rate", [0.001, 0.003, 0.01, 0.03, 0.1].map((x) => [x, String(x)])],
  epsilon: ["Adam’s epsilon", [[1e-8, "1e-8"], [1e-7, "1e-7 (Keras)"], [1e-3, "1e-3"], [0.1, "0.1"]]],
};

export function settingsView(root, store) {
  const inputs = {};
  const size = html("input", { type: "range", min: 1, max: 128, id: "n",
    oninput: () => store.set({ n: Number(size.value) }) });
  const saturation = html("input", { type: "range", min: 0.2, max: 8, step: 0.1, id: "saturation",
    oninput: () => store.set({ saturation: Number(saturation.value) }) });
  const inverting = html("input", { type: "checkbox", id: "inverting",
    onchange: () => store.set({ inverting: inverting.checked }) });
  const seed = html("input", { type: "number", min: 0, max: 99, id: "seed",
    oninput: () => seed.value !== "" && store.set({ seed: Number(seed.value), changes: [] }) });
  const [sizeSays, saturationSays] = [html("output"), html("output")];
  for (const [name, [, options]] of Object.entries(CHOICES)) {
    inputs[name] = html("select", { id: name, onchange: () => {
      const value = inputs[name].value;
      store.set({ [name]: typeof options[0][0] === "number" ? Number(value) : value });
    } }, options.map(([value, text]) => html("option", { value }, text)));
  }
  const labelled = (name) => html("label", {}, CHOICES[name][0], inputs[name]);
  const reset = html("button", { type: "button", onclick: () => store.set(initial()) },
    "Reset");
  root.append(html("details", { open: window.innerWidth > 820 },
    html("summary", {}, "Settings"),
    html("label", {}, "Batch size N", sizeSays, size),
    labelled("strategy"), labelled("precision"), labelled("reduction"), labelled("optimiser"),
    labelled("rate"), labelled("epsilon"),
    html("label", {}, "Saturation: last layer ×", saturationSays, saturation),
    html("label", { class: "check" }, inverting, "inverting gradients"),
    html("label", {}, "Actor no.", seed),
    reset));

  return (state) => {
    for (const [name, input] of Object.entries(inputs)) {
      if (![...input.options].some((option) => option.value === String(state[name]))) {
        input.append(html("option", { value: state[name] }, String(state[name])));
      }
      input.value = String(state[name]);
    }
    inputs.epsilon.disabled = state.optimiser !== "adam";
    size.value = state.n;
    sizeSays.textContent = state.n;
    saturation.value = state.saturation;
    saturationSays.textContent = short(state.saturation, 2);
    inverting.checked = state.inverting;
    if (document.activeElement !== seed) seed.value = state.seed;
  };
}
