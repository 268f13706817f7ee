/* The roadmap: one set of filters over its three views. The address says all of the state, and is obeyed. */

const FACETS = ["plan", "owner", "domain", "tag", "risk", "convention"];
const MANY = ["status", "is", ...FACETS];
const SINGLE = ["text", "from", "to", "view", "zoom", "sort"];
/** Rows that are made for a dense timeline as soon as filters leave no more. */
const FEW = 150;

function setUpRoadmap(views) {
  const form = views.querySelector(".mst-filter");
  const usual = form.elements.view[0].value;
  views.dataset.view = usual;
  const table = views.querySelector("table.mst-all");
  const words = form.dataset;
  const output = form.querySelector("output");
  const chosen = form.querySelector(".mst-chosen");
  const milestones = readMilestones(table);
  const lists = [...views.querySelectorAll(".mst-timeline")].map((box) => timelines.get(box));
  const lazy = "dense" in views.dataset;
  const grid = setUpTable(table, milestones, changed);
  const board = setUpBoard(views.querySelector(".mst-board"), words);
  for (const one of lists) foldable(one, milestones, lazy, words);
  const nothing = make("p", { class: "mst-nothing", hidden: true }, words.none);
  form.after(nothing);

  /** The state: sets for what may be chosen several times, text for the rest. */
  let state = emptyState(MANY, SINGLE);
  let shown = milestones, zoomed = "";

  /** Whether a milestone fits all filters, but for those of `except`. */
  function fitting(except = "") {
    const wanted = fold(state.text).split(/\s+/).filter(Boolean);
    const from = state.from ? dayOf(state.from) : -Infinity, to = state.to ? dayOf(state.to) : Infinity;
    const sets = MANY.filter((name) => name !== except && state[name].size).map((name) => [name, state[name]]);
    const fits = (m) =>
      wanted.every((word) => m.text.includes(word)) &&
      sets.every(([name, values]) => m.values[name].some((value) => values.has(value))) &&
      (from === -Infinity && to === Infinity ? true : m.days ? m.days.begin <= to && m.days.end >= from : false);
    fits.narrow = wanted.length > 0 || sets.length > 0 || Boolean(state.from || state.to);
    return fits;
  }

  function show() {
    const fits = fitting();
    shown = fits.narrow ? milestones.filter(fits) : milestones;
    const view = state.view || usual;
    views.dataset.view = view;
    nothing.hidden = shown.length > 0;
    if (view === "timeline") {
      const visible = lists.map((one) => one.show(fits, fits.narrow && shown.length <= FEW));
      // What is folded away comes forward where it is all there is.
      const over = views.querySelector("details.mst-over");
      if (over && fits.narrow) over.open = !visible[0] && visible[1] > 0;
      lists.forEach((one, at) => (one.box.hidden = fits.narrow && !visible[at]));
    } else if (view === "board") board.show(shown);
    else grid.show(fits);
    output.value = filled(fits.narrow ? words.shown : words.all, { shown: figure(shown.length), all: figure(milestones.length) });
    form.querySelector("button[type=reset]").hidden = !fits.narrow;
    count();
    tokens();
  }

  /** The counts on the chips: how many of what the other filters leave. */
  function count() {
    for (const name of ["status", "is"]) {
      const fits = fitting(name), counts = new Map();
      for (const m of milestones) if (fits(m)) for (const value of m.values[name]) counts.set(value, (counts.get(value) || 0) + 1);
      for (const box of form.querySelectorAll(`input[name=${name}]`)) {
        const number = counts.get(box.value) || 0;
        box.nextElementSibling.toggleAttribute("data-empty", !number);
        box.nextElementSibling.querySelector(".mst-count").textContent = figure(number);
      }
    }
  }

  /** What is chosen of the fields, each to be taken back. */
  function tokens() {
    const buttons = [];
    const token = (name, value, label, words_) => {
      const button = make("button", { type: "button", class: "mst-token", "aria-label": filled(words.remove, { name: `${label}: ${words_}` }) }, `${label}: ${words_}`);
      button.addEventListener("click", () => {
        if (value === null) state[name] = "";
        else state[name].delete(value);
        apply();
        changed();
        form.elements.text.focus();
      });
      buttons.push(button);
    };
    for (const name of FACETS)
      for (const value of state[name]) token(name, value, labelOf(form.elements[name]), name === "plan" ? titles.get(value) || value : value);
    chosen.replaceChildren(...buttons);
  }

  const labelOf = (field) => field.closest("label").firstElementChild.textContent;
  const titles = new Map(milestones.map((m) => [m.values.plan[0], m.plan]));

  /** The values of a field, with how many the other filters leave of each; made when somebody is about to look. */
  function offer(select) {
    const name = select.name, fits = fitting(name), counts = new Map();
    for (const m of milestones) for (const value of m.values[name]) if (value) counts.set(value, (counts.get(value) || 0) + (fits(m) ? 1 : 0));
    const values = [...counts.keys()];
    if (name !== "plan") values.sort(compare);
    const options = values.map((value) => new Option(`${name === "plan" ? titles.get(value) : value} (${figure(counts.get(value))})`, value));
    select.replaceChildren(select.options[0], ...options);
    select.closest("label").hidden = values.length < 2;
    return values.length;
  }

  /** The form says what the state says. */
  function apply() {
    form.elements.text.value = state.text;
    form.elements.from.value = state.from;
    form.elements.to.value = state.to;
    for (const name of ["status", "is"]) for (const box of form.querySelectorAll(`input[name=${name}]`)) box.checked = state[name].has(box.value);
    for (const name of ["view", "zoom"]) {
      const wanted = [...form.querySelectorAll(`input[name=${name}]`)];
      const found = wanted.find((radio) => radio.value === state[name]) || wanted[0];
      if (!found) continue;
      found.checked = true;
      state[name] = found === wanted[0] ? "" : found.value;
    }
    grid.sortBy(state.sort);
    state.sort = grid.sort();
    zoom();
  }

  function zoom() {
    if (state.zoom !== zoomed) lists.forEach((one) => one.zoom(state.zoom));
    zoomed = state.zoom;
  }

  function changed() {
    state.sort = grid.sort();
    show();
    writeAddress(state, MANY, SINGLE);
  }

  function restore() {
    state = readAddress(MANY, SINGLE);
    apply();
    show();
    if (location.hash.includes("=")) {
      if (FACETS.some((name) => state[name].size) || state.from || state.to) form.querySelector(".mst-facets").open = true;
    }
  }

  form.addEventListener("input", (event) => {
    const { name, type, value, checked } = event.target;
    if (type === "checkbox") state[name][checked ? "add" : "delete"](value);
    else if (FACETS.includes(name)) {
      if (value) state[name].add(value);
      event.target.selectedIndex = 0;
    } else state[name] = type === "radio" && value === form.querySelector(`input[name=${name}]`).value ? "" : value;
    if (name === "zoom") zoom();
    changed();
    if (name === "view" && !state.view) lists.forEach((one) => one.centre());
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    state = { ...emptyState(MANY, SINGLE), view: state.view, zoom: state.zoom, sort: state.sort };
    apply();
    changed();
  });
  for (const name of FACETS) {
    const select = form.elements[name];
    if (!select) continue;
    offer(select);
    for (const type of ["pointerdown", "focus"]) select.addEventListener(type, () => offer(select));
  }

  const acts = {
    link: async (button) => {
      await copy(location.href);
      const before = button.textContent;
      button.textContent = words.copied;
      setTimeout(() => (button.textContent = before), 2000);
    },
    csv: () => save("milestones.csv", "text/csv;charset=utf-8", "\ufeff" + asCsv(records())),
    json: () => save("milestones.json", "application/json", JSON.stringify(records(), null, 1) + "\n"),
    ics: () => save("milestones.ics", "text/calendar;charset=utf-8", asCalendar(records(), words.today)),
  };
  const records = () => grid.ordered().filter(fitting()).map(recordOf);
  form.addEventListener("click", (event) => acts[event.target.dataset.do]?.(event.target));

  // Counts on the page lead here; the theme must not take the address for an anchor.
  views.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (!link || !link.getAttribute("href").includes("=")) return;
    event.preventDefault();
    event.stopPropagation();
    history.pushState(history.state, "", link.getAttribute("href"));
    restore();
  });
  listen(window, "hashchange", () => location.hash.includes("=") && restore());
  listen(window, "popstate", restore);
  if (!form.elements.zoom) form.querySelector(".mst-zoom").hidden = true;
  form.hidden = false;
  restore();
}
