/** A picture that is wider than its frame fits into it where its boxes can say less: a title, or a name. */
function fitted(svg) {
  const width = Number(svg.getAttribute("width")), height = Number(svg.getAttribute("height"));
  const scale = (svg.parentElement.clientWidth - 2) / width;
  if (!(scale < 0.85) || scale < LEAST_SCALE) return;
  const level = LEVELS.find(([least, name]) => scale >= least && name !== "all")[1];
  for (const box of svg.querySelectorAll(".mst-box")) {
    const said = (name) => box.querySelector(`.mst-box-${name}`).textContent;
    const unit = { letter: /ms-(\w)/.exec(box.getAttribute("class"))[1], name: said("name"), title: said("title") };
    const holder = box.querySelector("a") || box;
    for (const part of box.querySelectorAll("text, .mst-mark")) part.remove();
    holder.append(...briefOf(unit, level));
    box.classList.add("mst-afar");
  }
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("width", "100%");
  svg.removeAttribute("height");
}

/** Hover or focus on a box dims all that it neither waits for nor is waited for by. */
function setUpGraph(svg) {
  fitted(svg);
  const boxes = new Map([...svg.querySelectorAll(".mst-box")].map((box) => [box.dataset.k, box]));
  const edges = [...svg.querySelectorAll(".mst-edge")].map((edge) => [edge, edge.dataset.a, edge.dataset.b]);

  function reach(start, from, to) {
    const seen = new Set([start]);
    for (const key of seen) for (const edge of edges) if (edge[from] === key) seen.add(edge[to]);
    return seen;
  }

  function light(key) {
    const before = reach(key, 2, 1), after = reach(key, 1, 2);
    for (const [other, box] of boxes) box.classList.toggle("mst-on", before.has(other) || after.has(other));
    for (const [edge, a, b] of edges)
      edge.classList.toggle("mst-on", (before.has(a) && before.has(b)) || (after.has(a) && after.has(b)));
    svg.classList.add("mst-lit");
  }

  const rest = () => svg.classList.remove("mst-lit");
  for (const [key, box] of boxes) {
    box.addEventListener("mouseenter", () => light(key));
    box.addEventListener("focusin", () => light(key));
    box.addEventListener("mouseleave", rest);
    box.addEventListener("focusout", rest);
  }
  // The box that the picture is about, in the middle of what is shown.
  const focus = svg.querySelector(".mst-focus rect");
  const picture = svg.parentElement;
  if (focus) {
    const box = focus.getBoundingClientRect(), view = picture.getBoundingClientRect();
    picture.scrollLeft += box.x + box.width / 2 - view.x - view.width / 2;
  }
}

