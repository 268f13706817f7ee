/* Exploring the graph: pan, zoom and find; what hangs together lights up; plans fold; a panel says what is known of a box.
 * The picture of the build is taken over where it shows the same; else places are worked out here. */

const EXPLORED = { many: ["status", "show", "open"], single: ["find", "plan"] };
/** Above this many milestones plans are folded at first, as in the picture of the build. */
const MOST_AT_FIRST = 150;
/** Boxes that are drawn one by one; more of them, or smaller ones, are drawn as marks. */
const MOST_BOXES = 180, LEAST_SCALE = 0.2;
/** From which scale on a box says what, the nearest first. */
const LEVELS = [[0.66, "all"], [0.42, "title"], [LEAST_SCALE, "name"]];
const MARGIN = 16;
/** A scale at which titles can be read. */
const READABLE = 0.5;

function setUpExplorer(box) {
  const page = box.closest("article, main, body") || document;
  const frame = box.querySelector(".mst-picture");
  const form = box.querySelector(".mst-explore");
  const output = form.querySelector("output");
  const words = box.dataset;
  const network = readNetwork(page, box.querySelector(".mst-groups"));
  const { nodes, plans } = network;
  if (!nodes.length) return;
  const built = builtPlaces(frame);
  const picture = frame || box.insertBefore(make("div", { class: "mst-frame mst-picture" }), form.nextSibling);

  const edgesLayer = draw("g"), boxesLayer = draw("g"), marksLayer = draw("g");
  const world = draw("g", {}, marksLayer, edgesLayer, boxesLayer);
  const svg = draw("svg", { class: "mst-graph mst-live", role: "group", "aria-label": words.label, width: "100%" }, markers(), world);
  const panel = make("aside", { class: "mst-panel", tabindex: -1, hidden: true });
  picture.replaceChildren(svg, panel);
  picture.classList.add("mst-explored");
  picture.removeAttribute("tabindex");

  let state = emptyState(EXPLORED.many, EXPLORED.single);
  let open = new Set();
  let units = [], unitOf = [], edges = [], places = [], paths = [], size = { width: 1, height: 1 };
  let view = { x: 0, y: 0, scale: 1 };
  let active = null, selected = null, fits = null, level = "", waiting = 0;
  const shown = new Map(), drawn = new Map();

  // --- what is drawn where

  function arrange() {
    ({ units, unitOf, edges } = unitsOf(network, open));
    const whole = open.size === plans.size && built;
    const found = whole ? built(units, edges) : null;
    if (found) ({ places, paths, size } = found);
    else {
      const laid = layOut(units.length, edges.map(({ a, b }) => [a, b]));
      places = laid.places;
      paths = laid.routes.map(smooth);
      size = { width: laid.width, height: laid.height };
    }
    for (const layer of [edgesLayer, boxesLayer, marksLayer]) layer.replaceChildren();
    shown.clear();
    drawn.clear();
    active = selected = null;
    panel.hidden = true;
  }

  const viewport = () => ({ width: svg.clientWidth || 800, height: svg.clientHeight || 400 });

  function fit(whole = true) {
    const across = Math.min(1, (viewport().width - 2 * MARGIN) / size.width);
    // All of a long chain is a stripe that says nothing: it begins with the part where work is open, or with its end.
    const part = !whole && across < LEAST_SCALE && size.height * READABLE + 2 * MARGIN < innerHeight * 0.7;
    // No higher than what there is to see at the full width.
    const rows = size.height * (part ? READABLE : across) + 2 * MARGIN;
    svg.style.height = `${Math.round(Math.max(200, Math.min(innerHeight * 0.7, rows)))}px`;
    const { width, height } = viewport();
    const scale = part ? READABLE : Math.min(1, (width - 2 * MARGIN) / size.width, (height - 2 * MARGIN) / size.height);
    view = { scale, x: (width - size.width * scale) / 2, y: (height - size.height * scale) / 2 };
    if (part) {
      const open = units.filter(({ letter }) => !"cx".includes(letter)).map(({ at }) => places[at].x);
      const middle = width / 2 - ((open.length ? Math.min(...open) : size.width) + BOX.width / 2) * scale;
      view.x = Math.min(MARGIN, Math.max(width - MARGIN - size.width * scale, middle));
    }
    redraw();
  }

  function zoom(factor, at) {
    const { width, height } = viewport();
    const point = at || { x: width / 2, y: height / 2 };
    const scale = Math.min(2, Math.max(0.02, view.scale * factor));
    view = { scale, x: point.x - ((point.x - view.x) * scale) / view.scale, y: point.y - ((point.y - view.y) * scale) / view.scale };
    redraw();
  }

  /** Draw once for each picture that the screen shows, however often something moves in between. */
  function redraw() {
    waiting ||= requestAnimationFrame(() => {
      waiting = 0;
      paint();
    });
  }

  function paint() {
    world.setAttribute("transform", `translate(${view.x.toFixed(1)} ${view.y.toFixed(1)}) scale(${view.scale.toFixed(4)})`);
    const { width, height } = viewport();
    const left = -view.x / view.scale - 40, top = -view.y / view.scale - 40;
    const right = left + width / view.scale + 80, bottom = top + height / view.scale + 80;
    const inside = units.filter(({ at }) => places[at].x < right && places[at].x + BOX.width > left && places[at].y < bottom && places[at].y + BOX.height > top);
    const now = inside.length <= MOST_BOXES ? (LEVELS.find(([least]) => view.scale >= least) || [])[1] : "";
    const close = Boolean(now);
    const held = boxesLayer.contains(document.activeElement) ? atOf({ target: document.activeElement }) : null;
    if (now !== level) boxesLayer.replaceChildren(), shown.clear();
    if (close !== Boolean(level) || !close) marks(!close);
    level = now;
    const wanted = new Set(close ? inside.map(({ at }) => at) : []);
    for (const [at, element] of shown) if (!wanted.has(at)) element.remove(), shown.delete(at);
    for (const at of wanted) if (!shown.has(at)) shown.set(at, boxesLayer.appendChild(dressed(boxOf(units[at], places[at], level), at)));
    if (held !== null && !boxesLayer.contains(document.activeElement)) shown.get(held)?.firstChild.focus({ preventScroll: true });
    edges.forEach((edge, at) => {
      const visible = wanted.has(edge.a) || wanted.has(edge.b);
      if (visible === drawn.has(at)) return;
      if (visible) drawn.set(at, edgesLayer.appendChild(edgeOf(edge, paths[at])));
      else drawn.get(at).remove(), drawn.delete(at);
    });
    emphasise();
  }

  function dressed(element, at) {
    element.dataset.at = at;
    return element;
  }

  /** From afar a box is a mark in its colour, and all marks of a colour are one path. */
  function marks(far) {
    if (!far) return marksLayer.replaceChildren();
    if (marksLayer.firstChild && !marksLayer.dataset.stale) return;
    delete marksLayer.dataset.stale;
    const lines = draw("path", { class: "mst-far-lines", d: edges.map(({ a, b }) => `M${(places[a].x + BOX.width) | 0} ${(places[a].y + 28) | 0}L${places[b].x | 0} ${(places[b].y + 28) | 0}`).join("") });
    const groups = new Map();
    units.forEach((unit, at) => {
      const key = `${unit.letter}${fits && !fits(unit) ? " mst-dim" : ""}${unit.critical ? " mst-critical" : ""}`;
      groups.set(key, (groups.get(key) || "") + `M${places[at].x | 0} ${places[at].y | 0}h208v56h-208z`);
    });
    marksLayer.replaceChildren(lines, ...[...groups].map(([key, d]) => draw("path", { class: `mst-far ms-${key}`, d })));
  }

  // --- what stands out

  function reach(start, way) {
    const seen = new Set([start]);
    for (const at of seen) units[at][way].forEach((next) => seen.add(next));
    return seen;
  }

  function emphasise() {
    const at = active ?? selected;
    const before = at === null ? null : reach(at, "before"), after = at === null ? null : reach(at, "after");
    svg.classList.toggle("mst-lit", at !== null);
    for (const [one, element] of shown) {
      element.classList.toggle("mst-on", at !== null && (before.has(one) || after.has(one)));
      element.classList.toggle("mst-dim", Boolean(fits && !fits(units[one])));
      element.classList.toggle("mst-focus", one === selected);
    }
    for (const [number, element] of drawn) {
      const { a, b } = edges[number];
      element.classList.toggle("mst-on", at !== null && ((before.has(a) && before.has(b)) || (after.has(a) && after.has(b))));
      element.classList.toggle("mst-dim", Boolean(fits && !(fits(units[a]) && fits(units[b]))));
    }
    const tab = selected ?? keyed ?? [...shown.keys()][0];
    for (const [one, element] of shown) element.firstChild.setAttribute("tabindex", one === tab ? 0 : -1);
  }

  /** What the form asks for lights up; the rest steps back. */
  function filter() {
    const wanted = fold(state.find).split(/\s+/).filter(Boolean);
    const letters = new Set([...state.status].map((name) => Object.keys(STATUS_OF).find((letter) => STATUS_OF[letter] === name)));
    const chains = state.show.has("blocked") ? blockedChains(nodes) : null;
    const asked = wanted.length || letters.size || state.plan || state.show.size;
    const member = (index) => {
      const node = nodes[index];
      return (
        wanted.every((word) => node.text.includes(word)) &&
        (!letters.size || letters.has(node.letter)) &&
        (!state.plan || node.plan === state.plan) &&
        (!state.show.size || (state.show.has("critical") && node.order >= 0) || Boolean(chains && chains.has(index)))
      );
    };
    const fitting = asked ? new Set(nodes.map((node) => node.index).filter(member)) : null;
    fits = fitting && ((unit) => unit.members.some((index) => fitting.has(index)));
    output.value = !fitting
      ? filled(words.of, { shown: figure(units.length), all: figure(nodes.length) })
      : fitting.size ? filled(words.found, { number: figure(fitting.size) }) : words.nothing;
    marksLayer.dataset.stale = "yes";
    redraw();
  }

  // --- moving about

  let keyed = null;

  function bring(at, least = 0.7) {
    const { width, height } = viewport();
    if (view.scale < least) zoom(least / view.scale);
    const x = view.x + (places[at].x + BOX.width / 2) * view.scale, y = view.y + (places[at].y + BOX.height / 2) * view.scale;
    const room = panel.hidden || panel.offsetWidth > width * 0.7 ? width : width - panel.offsetWidth;
    if (x < 110 || x > room - 110) view.x += room / 2 - x;
    if (y < 40 || y > height - 40) view.y += height / 2 - y;
    cancelAnimationFrame(waiting);
    waiting = 0;
    paint();
  }

  function focus(at) {
    keyed = at;
    bring(at);
    shown.get(at)?.firstChild.focus({ preventScroll: true });
  }

  /** From a box to another with the arrow keys: along the edges, or to the nearest above and below. */
  function step(from, key) {
    const middle = (at) => [places[at].x, places[at].y];
    const [x, y] = middle(from);
    const nearest = (all) => all.map((at) => [Math.hypot((middle(at)[0] - x) * 3, middle(at)[1] - y), at]).sort((a, b) => a[0] - b[0])[0]?.[1];
    if (key === "ArrowLeft") return nearest(units[from].before) ?? nearest(units.map((u) => u.at).filter((at) => places[at].x < x - 9));
    if (key === "ArrowRight") return nearest(units[from].after) ?? nearest(units.map((u) => u.at).filter((at) => places[at].x > x + 9));
    const sign = key === "ArrowUp" ? -1 : 1;
    return nearest(units.map((u) => u.at).filter((at) => (places[at].y - y) * sign > 1));
  }

  // --- the panel

  function select(at, enter = false) {
    selected = at;
    active = null;
    if (at === null) {
      panel.hidden = true;
      return redraw();
    }
    const unit = units[at];
    const list = (title, all) =>
      all.length
        ? [make("p", { class: "mst-quiet" }, title), make("ul", {}, ...all.map((other) => make("li", {}, chooser(other))))]
        : [];
    const chooser = (other) => {
      const button = make("button", { type: "button", class: "mst-plain" }, make("i", { class: `mst-icon ms-${units[other].letter}`, "aria-hidden": "true" }), make("bdi", {}, units[other].title));
      button.addEventListener("click", () => (select(other, true), bring(other)));
      return button;
    };
    const acting = (text, act) => {
      const button = make("button", { type: "button", class: "mst-plain" }, text);
      button.addEventListener("click", act);
      return button;
    };
    const close = acting("✕", () => leave());
    close.setAttribute("aria-label", words.close);
    close.classList.add("mst-close");
    panel.replaceChildren(
      close,
      make("p", { class: "mst-panel-title" }, make("i", { class: `mst-icon ms-${unit.letter}`, "aria-hidden": "true" }), make("b", {}, make("bdi", {}, unit.title))),
      make("p", { class: "mst-quiet" }, `${unit.key} · ${unit.about || counted(unit)}`),
      make(
        "p",
        { class: "mst-panel-acts" },
        unit.url && make("a", { href: unit.url }, words.open),
        unit.plan === true ? acting(words.unfold, () => toggle(unit.key)) : plans.size > 1 && acting(words.fold, () => toggle(unit.plan))
      ),
      ...list(words.waits, unit.before),
      ...list(words.waited, unit.after)
    );
    panel.setAttribute("aria-label", unit.title);
    panel.hidden = false;
    redraw();
    if (enter) panel.focus({ preventScroll: true });
  }

  const counted = (plan) => {
    const done = plan.members.filter((index) => nodes[index].letter === "c").length;
    return filled(words.completed, { done: figure(done), all: figure(plan.members.length) });
  };

  function leave() {
    const at = selected;
    select(null);
    if (at !== null) focus(at);
  }

  function toggle(plan) {
    const folded = open.has(plan);
    if (folded) open.delete(plan);
    else open.add(plan);
    remember();
    arrange();
    fit(false);
    filter();
    const at = folded ? units.findIndex((unit) => unit.plan === true && unit.key === plan) : unitOf[plans.get(plan).members[0]];
    focus(at);
    select(at);
  }

  // --- the address

  const usual = () => nodes.length <= MOST_AT_FIRST || plans.size === 1;

  function remember() {
    const all = open.size === plans.size, none = !open.size;
    state.open = usual() ? (all ? new Set() : none ? new Set([""]) : new Set(open)) : none ? new Set() : all ? new Set(["*"]) : new Set(open);
    writeAddress(state, EXPLORED.many, EXPLORED.single);
  }

  function restore() {
    state = readAddress(EXPLORED.many, EXPLORED.single);
    if (!plans.has(state.plan)) state.plan = "";
    const every = new Set(plans.keys());
    open = state.open.has("*") || (!state.open.size && usual()) ? every : new Set([...state.open].filter((name) => plans.has(name)));
    if (state.plan) open.add(state.plan);
    form.elements.find.value = state.find;
    form.elements.plan.value = state.plan;
    for (const check of form.querySelectorAll("input[type=checkbox]")) check.checked = state[check.name].has(check.value);
    arrange();
    fit(false);
    filter();
  }

  function changed() {
    filter();
    writeAddress(state, EXPLORED.many, EXPLORED.single);
  }

  // --- hands

  const atOf = (event) => {
    const element = event.target.closest?.(".mst-box");
    return element && svg.contains(element) ? Number(element.dataset.at) : null;
  };
  const pointers = new Map();
  let moved = 0, apart = 0;
  const inFrame = (event) => {
    const frame_ = svg.getBoundingClientRect();
    return { x: event.clientX - frame_.x, y: event.clientY - frame_.y };
  };
  svg.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    pointers.set(event.pointerId, inFrame(event));
    moved = 0;
  });
  listen(window, "pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const now = inFrame(event);
    pointers.set(event.pointerId, now);
    if (pointers.size === 2) {
      const [one, other] = [...pointers.values()];
      const distance = Math.hypot(one.x - other.x, one.y - other.y);
      if (apart) zoom(distance / apart, { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 });
      apart = distance;
      return;
    }
    moved += Math.abs(now.x - before.x) + Math.abs(now.y - before.y);
    if (moved < 5) return;
    view.x += now.x - before.x;
    view.y += now.y - before.y;
    svg.classList.add("mst-moving");
    redraw();
  });
  const lifted = (event) => {
    pointers.delete(event.pointerId);
    apart = 0;
    svg.classList.remove("mst-moving");
  };
  listen(window, "pointerup", lifted);
  listen(window, "pointercancel", lifted);
  svg.addEventListener("dragstart", (event) => event.preventDefault());
  svg.addEventListener(
    "wheel",
    (event) => {
      // The wheel alone scrolls the page, as everywhere; with Ctrl, and with two fingers, it zooms.
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoom(Math.exp(-event.deltaY / 300), inFrame(event));
    },
    { passive: false }
  );
  svg.addEventListener("pointerover", (event) => {
    const at = atOf(event);
    if (at !== active && !pointers.size) (active = at), emphasise();
  });
  svg.addEventListener("pointerleave", () => ((active = null), emphasise()));
  // On the frame, because an SVG that listens for focus takes it itself.
  picture.addEventListener("focusin", (event) => {
    const at = atOf(event);
    if (at !== null) (keyed = active = at), emphasise();
  });
  picture.addEventListener("focusout", () => ((active = null), emphasise()));
  svg.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const at = atOf(event);
    event.preventDefault();
    event.stopPropagation();
    if (moved >= 5) return;
    if (at !== null) select(at);
    else if (!level) zoom(Math.max(2, (LEAST_SCALE * 2.5) / view.scale), inFrame(event));
    else select(null);
  });
  svg.addEventListener("keydown", (event) => {
    const at = atOf(event);
    if (event.key.startsWith("Arrow") && at !== null) {
      const next = step(at, event.key);
      if (next !== undefined) focus(next);
    } else if ((event.key === "Enter" || event.key === " ") && at !== null) select(at, true);
    else if (event.key === "Escape") select(null);
    else if (event.key === "+") zoom(1.3);
    else if (event.key === "-") zoom(1 / 1.3);
    else if (event.key === "0") fit();
    else return;
    event.preventDefault();
  });
  panel.addEventListener("keydown", (event) => event.key === "Escape" && leave());

  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    // Enter in the field goes from one find to the next.
    const found = units.filter((unit) => fits && fits(unit)).map((unit) => unit.at);
    if (found.length) {
      const next = found.find((at) => at > (selected ?? -1)) ?? found[0];
      select(next);
      bring(next);
    }
  });
  form.addEventListener("input", (event) => {
    const { name, type, value, checked } = event.target;
    if (type === "checkbox") state[name][checked ? "add" : "delete"](value);
    else state[name] = value;
    if (name === "plan" && value && !open.has(value)) toggle(value);
    changed();
  });
  const acts = {
    in: () => zoom(1.3),
    out: () => zoom(1 / 1.3),
    fit: () => fit(),
    fold: () => (open.clear(), remember(), arrange(), fit(false), filter()),
    unfold: () => ((open = new Set(plans.keys())), remember(), arrange(), fit(false), filter()),
  };
  form.addEventListener("click", (event) => acts[event.target.dataset.do]?.());
  for (const plan of plans.values()) form.elements.plan.add(new Option(plan.title, plan.key));
  if (plans.size < 2) {
    form.elements.plan.closest("label").hidden = true;
    for (const name of ["fold", "unfold"]) form.querySelector(`[data-do=${name}]`).hidden = true;
  }
  listen(window, "hashchange", () => location.hash.includes("=") && restore());
  listen(window, "popstate", restore);
  listen(window, "resize", () => svg.hasAttribute("viewBox") || redraw());
  // Paper has another width, which no script is told: it gets all of the picture, to be scaled as a whole.
  listen(window, "beforeprint", () => {
    fit();
    cancelAnimationFrame(waiting);
    waiting = 0;
    paint();
    const { width, height } = viewport();
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  });
  listen(window, "afterprint", () => svg.removeAttribute("viewBox"));
  restore();
  paint();
}

/** The places of the picture of the build, for the units that it shows; none where it shows something else. */
function builtPlaces(frame) {
  const svg = frame && frame.querySelector("svg.mst-graph");
  if (!svg) return null;
  const places = new Map(), paths = new Map();
  for (const box of svg.querySelectorAll(".mst-box")) {
    const [x, y] = box.getAttribute("transform").match(/-?[\d.]+/g).map(Number);
    places.set(box.dataset.k, { x, y });
  }
  for (const edge of svg.querySelectorAll(".mst-edge")) paths.set(`${edge.dataset.a} ${edge.dataset.b}`, edge.querySelector("path").getAttribute("d"));
  const size = { width: Number(svg.getAttribute("width")), height: Number(svg.getAttribute("height")) };
  return (units, edges) => {
    const found = units.map((unit) => places.get(unit.key));
    const ways = edges.map(({ a, b }) => paths.get(`${units[a].key} ${units[b].key}`));
    return found.every(Boolean) && ways.every(Boolean) ? { places: found, paths: ways, size } : null;
  };
}
