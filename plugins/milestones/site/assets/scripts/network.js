/* What the graph is about, read from its words: milestones, their plans, and what waits for what. */

function readNetwork(page, legend) {
  const nodes = [...page.querySelectorAll(".mst-words > li")].map((row, index) => {
    const link = row.querySelector("a, bdi");
    return {
      index, key: row.dataset.k, name: row.dataset.n, plan: row.dataset.p, letter: row.dataset.s,
      title: (link.querySelector("bdi") || link).textContent, url: link.getAttribute("href"),
      about: row.querySelector(".mst-quiet").textContent, note: row.querySelector(".mst-quiet").textContent.split(" · ")[0],
      before: (row.dataset.w || "").split(" ").filter(Boolean).map(Number), after: [],
      order: row.dataset.c === undefined ? -1 : Number(row.dataset.c), held: "h" in row.dataset,
      text: fold(`${row.dataset.k} ${(link.querySelector("bdi") || link).textContent} ${row.querySelector(".mst-quiet").textContent}`),
    };
  });
  for (const node of nodes) for (const before of node.before) nodes[before].after.push(node.index);
  const plans = new Map();
  for (const item of legend.querySelectorAll("li")) {
    const link = item.querySelector("a, bdi");
    plans.set(item.dataset.p, {
      key: item.dataset.p, name: item.dataset.p, letter: item.dataset.s, note: item.dataset.done, title: item.querySelector("bdi").textContent,
      url: link.getAttribute("href"), strip: [...(item.querySelector(".mst-key-plan")?.classList || [])].find((name) => name.startsWith("mst-hue-")),
      members: [], item, plan: true,
    });
  }
  for (const node of nodes) plans.get(node.plan).members.push(node.index);
  return { nodes, plans };
}

/** The open milestones that hold others up, and those that are held up: chains through what is blocked or on hold. */
function blockedChains(nodes) {
  let seeds = nodes.filter((node) => "bh".includes(node.letter) || (node.held && node.letter === "i"));
  if (!seeds.length) seeds = nodes.filter((node) => node.held);
  const found = new Set(seeds.map((node) => node.index));
  for (const way of ["before", "after"]) {
    const reached = new Set(seeds.map((node) => node.index));
    for (const at of reached) for (const next of nodes[at][way]) if (!"cx".includes(nodes[next].letter)) reached.add(next);
    reached.forEach((at) => found.add(at));
  }
  return found;
}

/** What is drawn: milestones of unfolded plans, and a box for each folded one; what waits for what between those. */
function unitsOf({ nodes, plans }, open) {
  const units = [], unitOf = new Array(nodes.length), placed = new Map();
  for (const node of nodes) {
    const plan = plans.get(node.plan);
    if (open.has(node.plan)) units.push({ ...node, members: [node.index], strip: plan.strip, at: units.length });
    else if (!placed.has(node.plan)) units.push({ ...plan, at: units.length }), placed.set(node.plan, units.length - 1);
    unitOf[node.index] = open.has(node.plan) ? units.length - 1 : placed.get(node.plan);
  }
  const edges = new Map();
  for (const node of nodes) for (const before of node.before) {
    const a = unitOf[before], b = unitOf[node.index];
    if (a === b) continue;
    const edge = edges.get(`${a} ${b}`) || { a, b, held: false, critical: false };
    edge.held ||= !"cx".includes(nodes[before].letter);
    edge.critical ||= node.order > 0 && nodes[before].order === node.order - 1;
    edges.set(`${a} ${b}`, edge);
  }
  for (const unit of units) Object.assign(unit, { before: [], after: [], critical: unit.members.some((at) => nodes[at].order >= 0) });
  for (const { a, b } of edges.values()) units[b].before.push(a), units[a].after.push(b);
  return { units, unitOf, edges: [...edges.values()] };
}
