// The state of the page: one object, who wants to know of its changes, and the address.

import { format } from "./state.js";

export class Store {
  constructor(state) {
    this.state = state;
    this.listeners = [];
    this.waiting = false;
  }

  /** Change some fields; all views are drawn once, in the next frame. */
  set(changes) {
    this.state = { ...this.state, ...changes };
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      for (const listener of this.listeners) listener(this.state);
    });
  }

  listen(listener) {
    this.listeners.push(listener);
  }
}

/** Keep the address in step, a little later: browsers allow few changes of it a second. */
export function keepAddress(store) {
  let [last, timer] = [format(store.state), null];
  store.listen(() => {
    const text = format(store.state);
    // what is drawn in several frames changes nothing in between
    if (text === last) return;
    last = text;
    clearTimeout(timer);
    timer = setTimeout(() => {
      history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
    }, 200);
  });
}
