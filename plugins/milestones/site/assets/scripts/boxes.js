/* Boxes and arrows of the graph, as svg.py draws them. */

const SHAPES = {
  p: [["circle", { class: "o", r: 5.25 }]],
  i: [["circle", { class: "o", r: 5.25 }], ["path", { class: "f", d: "M0 -5A5 5 0 0 1 0 5z" }]],
  b: [["circle", { class: "f", r: 6 }], ["rect", { class: "k", x: -3.5, y: -1.1, width: 7, height: 2.2 }]],
  h: [["circle", { class: "o", r: 5.25 }], ["path", { class: "f", d: "M-2.4 -2.6h1.7v5.2h-1.7zM.7 -2.6h1.7v5.2h-1.7z" }]],
  c: [["circle", { class: "f", r: 6 }], ["path", { class: "t", d: "M-2.8 .2L-.8 2.2L2.9 -2" }]],
  x: [["circle", { class: "f", r: 6 }], ["path", { class: "t", d: "M-2.1 -2.1L2.1 2.1M2.1 -2.1L-2.1 2.1" }]],
};

/** Text cut to a number of letters; wide East Asian ones count twice. */
function shorten(text, room) {
  let used = 0, kept = "";
  for (const letter of text) {
    used += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/.test(letter) ? 2 : 1;
    if (used > room) return kept.slice(0, -1).trimEnd() + "…";
    kept += letter;
  }
  return text;
}

/** Text on at most two lines of as many letters. */
function twoLines(text, room) {
  if (shorten(text, room) === text) return [text];
  const at = text.lastIndexOf(" ", shorten(text, room + 1).length - 1);
  return at > 0 ? [text.slice(0, at), shorten(text.slice(at + 1), room)] : [shorten(text, room)];
}

/** A box at a distance: `title` is what can be read of one from half its size on, `name` of one still smaller. */
function briefOf(unit, level) {
  const mark = draw("g", { class: `mst-mark ms-${unit.letter}`, transform: `translate(28 ${BOX.height / 2}) scale(1.9)` }, ...SHAPES[unit.letter].map(([name, at]) => draw(name, at)));
  const short = unit.name.length <= 7;
  if (level === "name") return [mark, draw("text", { class: `mst-box-far${short ? "" : " mst-box-long"}`, x: 48, y: short ? 40 : 37 }, shorten(unit.name, short ? 7 : 11))];
  const lines = twoLines(unit.title, 14);
  return [mark, ...lines.map((line, at) => draw("text", { class: "mst-box-brief", x: 47, y: lines.length > 1 ? 24 + 21 * at : 35 }, line))];
}

/** A box as near as `level` says: all of it, or what can be read of it from afar. */
function boxOf(unit, place, level) {
  const left = unit.strip ? 18 : 12;
  const css = `mst-box ms-${unit.letter}${unit.held ? " mst-held" : ""}${unit.critical ? " mst-critical" : ""}${unit.plan === true ? " mst-folded" : ""}${level === "all" ? "" : " mst-afar"}`;
  return draw(
    "g",
    { class: css, "data-k": unit.key, transform: `translate(${place.x.toFixed(1)} ${place.y.toFixed(1)})` },
    draw(
      "a",
      { "xlink:href": unit.url, tabindex: -1, role: unit.url ? false : "button" },
      draw("title", {}, [unit.key, unit.title, unit.about || unit.note].join(" · ")),
      unit.plan === true && draw("rect", { class: "mst-box-edge mst-box-under", x: 4, y: 4, width: BOX.width, height: BOX.height, rx: 7 }),
      draw("rect", { class: "mst-box-edge", width: BOX.width, height: BOX.height, rx: 7 }),
      unit.critical && draw("rect", { class: "mst-box-inner", x: 3, y: 3, width: BOX.width - 6, height: BOX.height - 6, rx: 4.5 }),
      ...(level === "all" ? [] : briefOf(unit, level)),
      unit.strip && draw("rect", { class: `mst-strip ${unit.strip}`, x: 7, y: 10, width: 4, height: BOX.height - 20, rx: 2 }),
      level === "all" && draw("g", { class: `mst-mark ms-${unit.letter}`, transform: `translate(${left + 7} 19)` }, ...SHAPES[unit.letter].map(([name, at]) => draw(name, at))),
      level === "all" && draw("text", { class: "mst-box-name", x: left + 20, y: 23 }, shorten(unit.name, Math.min(16, 28 - unit.note.length))),
      level === "all" && draw("text", { class: "mst-box-note", x: BOX.width - 12, y: 23, "text-anchor": "end" }, shorten(unit.note, 14)),
      level === "all" && draw("text", { class: "mst-box-title", x: left, y: 43 }, shorten(unit.title, 28))
    )
  );
}

function edgeOf(edge, path) {
  const group = draw("g", { class: `mst-edge${edge.held ? " mst-held" : ""}${edge.critical ? " mst-critical" : ""}` });
  const marker = `url(#mst-live-${edge.critical ? "critical" : "arrow"})`;
  group.append(draw("path", { d: path, "marker-end": edge.critical ? false : marker }));
  if (edge.critical) group.append(draw("path", { class: "mst-edge-core", d: path, "marker-end": marker }));
  return group;
}

function markers() {
  const one = (id, css) =>
    draw("marker", { id, class: css, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, orient: "auto", markerUnits: "userSpaceOnUse" }, draw("path", { d: "M0 0.5L8 4L0 7.5z" }));
  return draw("defs", {}, one("mst-live-arrow", "mst-arrow"), one("mst-live-critical", "mst-arrow mst-arrow-critical"));
}
