/* The table: sorting, and no more rows at a time than somebody reads; the next come as the end comes into view. */

const ROWS_AT_A_TIME = 100;

function setUpTable(table, milestones, changed) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const columns = columnsOf(table);
  let sort = "", ordered = milestones, left = [];

  heads.forEach((head, at) => {
    const button = make("button", { type: "button" }, ...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const name = columns[at];
      sortBy(sort === name ? `-${name}` : sort === `-${name}` ? "" : name);
      changed();
    });
  });

  /** Sort by a column: `due` upwards, `-due` downwards, empty as written. Empty cells come last either way. */
  function sortBy(wanted) {
    const column = wanted.replace(/^-/, "");
    sort = columns.includes(column) ? wanted : "";
    const sign = sort.startsWith("-") ? -1 : 1;
    heads.forEach((head, at) => {
      if (sort && columns[at] === column) head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
      else head.removeAttribute("aria-sort");
    });
    const key = (m) => m.dates[column] || m.words[column];
    const keys = sort ? new Map(milestones.map((m) => [m, key(m)])) : null;
    ordered = sort
      ? [...milestones].sort((a, b) => {
          const one = keys.get(a), other = keys.get(b);
          if (!one || !other) return (one ? 0 : 1) - (other ? 0 : 1) || a.index - b.index;
          return sign * compare(one, other) || a.index - b.index;
        })
      : milestones;
  }

  function further(count) {
    body.append(...left.splice(0, count).map((m) => m.row));
  }

  function show(fits) {
    left = ordered.filter(fits);
    body.replaceChildren();
    further(ROWS_AT_A_TIME);
  }

  const end = make("div");
  table.after(end);
  const watch = new IntersectionObserver((seen) => seen.some((entry) => entry.isIntersecting) && further(ROWS_AT_A_TIME));
  watch.observe(end);
  onLeave(() => watch.disconnect());
  listen(window, "beforeprint", () => further(Infinity));

  return { show, sortBy, sort: () => sort, ordered: () => ordered };
}
