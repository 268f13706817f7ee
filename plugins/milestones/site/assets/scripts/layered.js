/* Places for boxes where the picture of the build does not fit any more, because plans are folded or unfolded: in layers
 * from left to right, what hangs together beside each other. The build has the better pictures and more time for them. */

const BOX = { width: 208, height: 56 };
const GAP = { layer: 72, box: 22, way: 12, part: 40 };
/** Beyond this many places for edges to pass through, edges go straight. */
const MOST_WAYS = 6000;

/**
 * Boxes 0 to count - 1 with edges [from, to] between them: `places` has x and y of each box's upper left corner, `routes`
 * the points of each edge, in the order of the edges.
 */
function layOut(count, edges) {
  const near = Array.from({ length: count }, () => []);
  edges.forEach(([a, b]) => (near[a].push(b), near[b].push(a)));
  const part = new Array(count).fill(-1);
  const parts = [];
  for (let start = 0; start < count; start++) {
    if (part[start] >= 0) continue;
    const members = [start];
    part[start] = parts.length;
    for (const at of members) for (const other of near[at]) if (part[other] < 0) (part[other] = parts.length), members.push(other);
    parts.push({ members, edges: [] });
  }
  edges.forEach((edge, at) => parts[part[edge[0]]].edges.push(at));
  const drawn = parts.map((one) => layers(one.members, one.edges.map((at) => edges[at])));
  return packed(drawn, parts, count, edges.length);
}

/** What hangs together: ranks by the longest way, orders by the middle of neighbours, heights by where those are. */
function layers(members, edges) {
  const local = new Map(members.map((member, at) => [member, at]));
  const forward = acyclic(members.length, edges.map(([a, b]) => [local.get(a), local.get(b)]));
  const rank = ranks(members.length, forward);
  // Edges over several layers pass through a place in each of them, as far as there are not too many.
  const level = rank.slice();
  const real = members.length;
  const ways = forward.reduce((sum, [a, b]) => sum + Math.max(0, rank[b] - rank[a] - 1), 0);
  const links = [];
  const chains = forward.map(([a, b]) => {
    const chain = [a];
    if (ways <= MOST_WAYS) for (let at = rank[a] + 1; at < rank[b]; at++) chain.push(level.push(at) - 1);
    chain.push(b);
    for (let at = 1; at < chain.length; at++) links.push([chain[at - 1], chain[at]]);
    return chain;
  });
  const before = level.map(() => []), after = level.map(() => []);
  for (const [a, b] of links) after[a].push(b), before[b].push(a);
  const rows = [];
  level.forEach((at, node) => (rows[at] ||= []).push(node));
  const place = new Array(level.length).fill(0);
  const number = (row) => row.forEach((node, at) => (place[node] = at));
  rows.forEach(number);
  for (let sweep = 0; sweep < 8; sweep++) {
    const down = sweep % 2 === 0, sides = down ? before : after;
    for (const row of down ? rows : [...rows].reverse()) {
      const middle = new Map(row.map((node) => [node, sides[node].length ? sides[node].reduce((sum, one) => sum + place[one], 0) / sides[node].length : place[node]]));
      row.sort((a, b) => middle.get(a) - middle.get(b) || place[a] - place[b]);
      number(row);
    }
  }
  const size = (node) => (node < real ? BOX.height : 2);
  const y = new Array(level.length).fill(0);
  for (const row of rows) stack(row, row.map(() => 0), size, y);
  for (let sweep = 0; sweep < 6; sweep++) {
    const down = sweep % 2 === 0, sides = down ? before : after;
    for (const row of down ? rows : [...rows].reverse())
      stack(row, row.map((node) => (sides[node].length ? sides[node].reduce((sum, one) => sum + y[one], 0) / sides[node].length : y[node])), size, y);
  }
  const top = Math.min(...y.map((middle, node) => middle - size(node) / 2));
  const x = (node) => level[node] * (BOX.width + GAP.layer);
  const places = members.map((_, at) => ({ x: x(at), y: y[at] - BOX.height / 2 - top }));
  const middle = (node) => y[node] - top;
  const routes = edges.map(([a, b], at) => {
    const chain = chains[at], turned = local.get(a) !== chain[0];
    const points = [[x(chain[0]) + BOX.width, middle(chain[0])]];
    for (const node of chain.slice(1, -1)) points.push([x(node), middle(node)], [x(node) + BOX.width, middle(node)]);
    points.push([x(chain.at(-1)), middle(chain.at(-1))]);
    return turned ? points.reverse() : points;
  });
  return {
    places, routes,
    width: (Math.max(...level) + 1) * (BOX.width + GAP.layer) - GAP.layer,
    height: Math.max(...y.map((one, node) => one + size(node) / 2)) - top,
  };
}

/** The edges with those turned round that would close a circle. */
function acyclic(count, edges) {
  const out = Array.from({ length: count }, () => []);
  edges.forEach(([a, b], at) => out[a].push([b, at]));
  const state = new Uint8Array(count), turned = new Set();
  for (let start = 0; start < count; start++) {
    if (state[start]) continue;
    const stack = [[start, 0]];
    state[start] = 1;
    while (stack.length) {
      const top = stack.at(-1);
      if (top[1] >= out[top[0]].length) (state[top[0]] = 2), stack.pop();
      else {
        const [next, edge] = out[top[0]][top[1]++];
        if (state[next] === 1) turned.add(edge);
        else if (!state[next]) (state[next] = 1), stack.push([next, 0]);
      }
    }
  }
  return edges.map(([a, b], at) => (turned.has(at) ? [b, a] : [a, b]));
}

/** The layer of each box: one further than all that lies before it; what nothing leads to moves up to what it leads to. */
function ranks(count, edges) {
  const out = Array.from({ length: count }, () => []), left = new Array(count).fill(0), rank = new Array(count).fill(0);
  const first = new Array(count).fill(true);
  for (const [a, b] of edges) out[a].push(b), (left[b] += 1), (first[b] = false);
  const ready = left.flatMap((number, node) => (number ? [] : [node]));
  for (const node of ready) for (const next of out[node]) {
    rank[next] = Math.max(rank[next], rank[node] + 1);
    if (!--left[next]) ready.push(next);
  }
  for (const node of ready) if (first[node] && out[node].length) rank[node] = Math.min(...out[node].map((next) => rank[next])) - 1;
  const least = Math.min(...rank);
  return rank.map((one) => one - least);
}

/** Heights as near as possible to those wanted, in the order given and apart from each other (pool adjacent violators). */
function stack(row, wanted, size, y) {
  const offset = [];
  row.forEach((node, at) => {
    const gap = at ? (size(node) + size(row[at - 1])) / 2 + (size(node) > 2 && size(row[at - 1]) > 2 ? GAP.box : GAP.way) : 0;
    offset.push(at ? offset[at - 1] + gap : 0);
  });
  const blocks = [];
  row.forEach((_, at) => {
    let block = { sum: wanted[at] - offset[at], count: 1 };
    while (blocks.length && blocks.at(-1).sum / blocks.at(-1).count > block.sum / block.count) {
      const above = blocks.pop();
      block = { sum: above.sum + block.sum, count: above.count + block.count };
    }
    blocks.push(block);
  });
  let at = 0;
  for (const block of blocks) for (let of = 0; of < block.count; of++, at++) y[row[at]] = block.sum / block.count + offset[at];
}

/** Parts beside and below each other, in about the shape of a screen. */
function packed(drawn, parts, count, edges) {
  const area = drawn.reduce((sum, one) => sum + (one.width + GAP.part) * (one.height + GAP.part), 0);
  const room = Math.max(Math.sqrt(area * 2), ...drawn.map((one) => one.width));
  const order = drawn.map((_, at) => at).sort((a, b) => drawn[b].height - drawn[a].height || a - b);
  const places = new Array(count), routes = new Array(edges);
  let x = 0, y = 0, shelf = 0, width = 0;
  for (const at of order) {
    const one = drawn[at];
    if (x && x + one.width > room) (x = 0), (y += shelf + GAP.part), (shelf = 0);
    parts[at].members.forEach((member, index) => (places[member] = { x: one.places[index].x + x, y: one.places[index].y + y }));
    parts[at].edges.forEach((edge, index) => (routes[edge] = one.routes[index].map(([px, py]) => [px + x, py + y])));
    x += one.width + GAP.part;
    shelf = Math.max(shelf, one.height);
    width = Math.max(width, x - GAP.part);
  }
  return { places, routes, width, height: y + shelf };
}

/** A path through points that leaves and arrives level, as the pictures of the build have it. */
function smooth(points) {
  let path = `M${points[0][0].toFixed(1)} ${points[0][1].toFixed(1)}`;
  for (let at = 1; at < points.length; at++) {
    const [x1, y1] = points[at - 1], [x2, y2] = points[at], middle = ((x1 + x2) / 2).toFixed(1);
    path += y1 === y2 ? `L${x2.toFixed(1)} ${y2.toFixed(1)}` : `C${middle} ${y1.toFixed(1)} ${middle} ${y2.toFixed(1)} ${x2.toFixed(1)} ${y2.toFixed(1)}`;
  }
  return path;
}
