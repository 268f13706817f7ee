/* The timeline: today in view, zoom, folding lanes, arrows that follow their rows, and rows made where lanes stand for
 * thousands of milestones. Heights and shapes are those of timeline.py. */

const LANE = 38, ROW = 30, WIDE = 1000;
/** How many rows are made at once; lanes that hold more say so by their count. */
const MOST_MADE = 300;
const PIXELS = { week: 16, month: 4.5, quarter: 1.5 };

const timelines = new WeakMap();

/** What a timeline can do, for the roadmap that filters it. */
function setUpTimeline(box) {
  const scroll = box.querySelector(".mst-scroll");
  const list = box.querySelector(".mst-rows");
  const arrows = box.querySelector(".mst-deps");
  const track = () => scroll.querySelector(".mst-axis > .mst-track").getBoundingClientRect().width;
  const names = () => scroll.querySelector(".mst-axis > .mst-name").getBoundingClientRect().width;
  const given = [...box.classList].find((name) => name.startsWith("mst-by-"));

  /** Today in the middle, unless all fits. */
  function centre() {
    const today = (parseFloat(scroll.dataset.today) / 100) * track();
    scroll.scrollLeft = Math.max(0, today - (scroll.clientWidth - names()) / 2);
  }

  function zoom(step) {
    box.className = box.className.replace(/mst-by-\w+/, step ? `mst-by-${step}` : given);
    if (step) box.style.setProperty("--track", `${Math.round(box.dataset.days * PIXELS[step])}px`);
    else box.style.removeProperty("--track");
    centre();
  }

  // Arrows know their rows by id; where both show, they are drawn anew from one to the other.
  let paths = [...arrows.querySelectorAll(".mst-dep")].map((path) => [path, path.dataset.a, path.dataset.b]);
  const rows = new Map([...list.querySelectorAll(".mst-row")].map((row) => [row.dataset.k, row]));

  function redraw() {
    let y = 0;
    const places = new Map();
    for (const row of list.children) {
      if (row.hidden) continue;
      const height = row.classList.contains("mst-lane") ? LANE : ROW;
      if (row.dataset.x) places.set(row.dataset.k, [y + height / 2, ...row.dataset.x.split(" ").map(Number)]);
      y += height;
    }
    arrows.setAttribute("viewBox", `0 0 ${WIDE} ${Math.max(y, 1)}`);
    arrows.setAttribute("height", y);
    const aimed = new Set();
    for (const [path, a, b] of paths) {
      const from = places.get(a), to = places.get(b);
      path.style.display = from && to ? "" : "none";
      if (from && to) path.setAttribute("d", arrow(from[2], from[0], to[1], to[0])), aimed.add(b);
    }
    for (const row of list.children) row.classList.toggle("mst-unaimed", !aimed.has(row.dataset.k));
  }

  /** The arrows between rows that were made. */
  function join(made) {
    const shown = new Map(made.map((m) => [m.index, m]));
    const all = made.flatMap((m) => m.waits.map(({ index, critical }) => [shown.get(index), m, critical])).filter(([from, to]) => from?.days && to.days);
    paths = all.map(([from, to, critical]) => {
      const css = `mst-dep${"cx".includes(from.letter) ? "" : " mst-held"}${critical ? " mst-critical" : ""}`;
      return [draw("path", { class: css }), from.id, to.id];
    });
    arrows.replaceChildren(...paths.map(([path]) => path));
  }

  function light(key) {
    arrows.classList.toggle("mst-lit", Boolean(key));
    for (const [path, a, b] of paths) path.classList.toggle("mst-on", a === key || b === key);
  }
  const keyAt = (event) => event.target.closest(".mst-row")?.dataset.k;
  list.addEventListener("pointerover", (event) => light(keyAt(event)));
  list.addEventListener("pointerleave", () => light());
  list.addEventListener("focusin", (event) => light(keyAt(event)));
  list.addEventListener("focusout", () => light());

  // Once the other views are out of the way: to ask for widths now would lay out all of them.
  requestAnimationFrame(centre);
  const folded = box.closest("details:not([open])");
  if (folded) folded.addEventListener("toggle", centre, { once: true });
  timelines.set(box, { box, list, rows, zoom, redraw, centre, join });
}

/** The way of an arrow, as timeline.py draws it. */
function arrow(x1, y1, x2, y2) {
  const bend = Math.max((x2 - x1) / 2, 1.5), room = WIDE / 100;
  const [a, b, c, d] = [x1, x1 + bend, x2 - bend, x2].map((x) => (x * room).toFixed(1));
  return `M${a} ${y1}C${b} ${y1} ${c} ${y2} ${d} ${y2}`;
}

/** Lanes fold the rows of their plans; where rows are not there yet (`lazy`), unfolding makes them. */
function foldable(timeline, items, lazy, words) {
  const byPlan = new Map();
  for (const m of items) byPlan.set(m.values.plan[0], [...(byPlan.get(m.values.plan[0]) || []), m]);
  const lanes = [...timeline.list.querySelectorAll(".mst-lane")].map((lane) => {
    const members = byPlan.get(lane.dataset.p) || [];
    const state = { lane, members, rows: [], open: !lazy, chosen: lazy ? false : true };
    if (!lazy) state.rows = members.map((m) => [m, timeline.rows.get(m.id)]).filter(([, row]) => row);
    if (lazy ? members.length : state.rows.length) {
      const title = lane.querySelector("bdi").textContent;
      state.button = make("button", { type: "button", class: "mst-toggle", "aria-label": title });
      lane.querySelector(".mst-name").prepend(state.button);
      state.button.addEventListener("click", () => {
        state.chosen = !state.open;
        show(timeline.fits);
      });
    }
    return state;
  });

  /** Show what fits; `unfold` opens lanes whose rows are made on demand. */
  function show(fits, unfold = false) {
    timeline.fits = fits;
    let shown = 0, made = 0;
    for (const state of lanes) {
      const fitting = state.members.filter(fits);
      state.lane.hidden = fits.narrow && !fitting.length;
      state.open = !state.lane.hidden && (state.chosen || (lazy && unfold && made + fitting.length <= MOST_MADE));
      if (lazy) {
        state.rows.forEach(([, row]) => row.remove());
        state.rows = state.open ? fitting.slice(0, MOST_MADE).map((m) => [m, rowOf(m, timeline.box)]) : [];
        state.lane.after(...state.rows.map(([, row]) => row));
        made += state.rows.length;
      } else for (const [m, row] of state.rows) row.hidden = !state.open || !fits(m);
      if (state.button) state.button.setAttribute("aria-expanded", state.open);
      shown += state.lane.hidden ? 0 : 1;
    }
    if (lazy) timeline.join(lanes.flatMap((state) => state.rows.map(([m]) => m)));
    timeline.redraw();
    return shown;
  }
  timeline.show = show;
}

/** A milestone's row, as timeline.py makes it. */
function rowOf(m, box) {
  const first = dayOf(box.dataset.first), days = Number(box.dataset.days);
  const x = (day) => ((day - first) * 100) / days;
  const link = m.url ? make("a", { href: m.url, title: m.title }, make("bdi", {}, m.title)) : make("bdi", {}, m.title);
  const name = make(
    "div",
    { class: "mst-name" },
    make("i", { class: `mst-icon ms-${m.letter}`, "aria-hidden": "true" }),
    make("span", { class: "mst-unseen" }, m.words.status + " "),
    make("span", { class: "mst-id" }, m.name.slice(0, 10)),
    link
  );
  const track = draw("svg", { class: "mst-track", width: "100%", height: ROW, "aria-hidden": "true" });
  let place = "";
  if (m.days) {
    const begin = x(m.days.begin), end = Math.max(x(m.days.end + 1), begin + 0.6);
    track.append(barOf(m, begin, end, x));
    place = `${begin.toFixed(2)} ${end.toFixed(2)}`;
  }
  return make("li", { class: "mst-row", "data-k": m.id, "data-x": place || false }, name, track);
}

function barOf(m, begin, end, x) {
  const pc = (value) => `${value.toFixed(2)}%`;
  const place = { x: pc(begin), y: ROW / 2 - 7, width: pc(end - begin), height: 14, rx: 4 };
  const bar = draw("g", { class: `mst-bar ms-${m.letter}` }, draw("title", {}, `${m.id} ${m.title}`));
  if (m.days.kind === "p") {
    bar.append(
      draw("svg", { x: pc(begin), y: ROW / 2, overflow: "visible" }, draw("path", { class: "shape", d: "M7 -6l6 6l-6 6l-6 -6z" }))
    );
  } else {
    bar.append(draw("rect", { class: "shape", ...place }));
    if ("bh".includes(m.letter)) bar.append(draw("rect", { fill: `url(#mst-${m.letter === "b" ? "hatch" : "dots"})`, ...place }));
    if (m.letter === "i") bar.append(draw("rect", { class: "done", ...place, width: pc(((end - begin) * m.progress) / 100) }));
  }
  if (m.days.p85) {
    const from = Math.min(x(m.days.p50), 99), to = Math.min(x(m.days.p85 + 1), 99.5);
    bar.append(
      draw("g", { class: "mst-expected" }, draw("rect", { x: pc(from), y: ROW / 2 + 8, width: pc(Math.max(to - from, 0.3)), height: 4, rx: 2 }))
    );
  }
  const point = m.days.kind === "p";
  if (m.due && !"cx".includes(m.letter)) bar.append(draw("text", { x: pc(point ? begin : end), dx: point ? 20 : 9, y: ROW / 2 + 4 }, m.words.due));
  return bar;
}
