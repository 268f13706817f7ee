/* The milestones of the roadmap, read from its table once. */

/** The names of the table's columns, in their order. */
const columnsOf = (table) => [...table.tHead.rows[0].cells].map((cell) => cell.dataset.c);

/**
 * Each row of the table as a milestone:
 * `cells` are the cells by column; `text` is all its words, folded; `values` are what facets are compared with;
 * `days` is its bar: {begin, end, kind, p50, p85}; `waits` are the numbers of the milestones that it waits for.
 */
function readMilestones(table) {
  const columns = columnsOf(table);
  return [...table.tBodies[0].rows].map((row, index) => {
    const cells = {};
    columns.forEach((name, at) => (cells[name] = row.cells[at]));
    const first = cells.milestone;
    const link = first.querySelector("a, bdi");
    const title = (link || first).textContent;
    const words = (name) => (cells[name] ? cells[name].textContent.trim() : "");
    const [begin, end, kind, p50, p85] = (row.dataset.d || "").split(" ");
    return {
      row, index, cells, title,
      id: row.dataset.k,
      name: first.querySelector("small").textContent,
      url: link && link.href ? link.getAttribute("href") : null,
      letter: cells.status.className.slice(-1),
      text: fold(row.textContent + " " + row.dataset.k),
      values: {
        plan: [row.dataset.p],
        status: [STATUS_OF[cells.status.className.slice(-1)]],
        is: (row.dataset.f || "").split(" ").filter(Boolean),
        owner: [words("owner")],
        domain: [words("domain")],
        risk: [words("risk")],
        convention: [words("convention")],
        tag: [...first.querySelectorAll("i")].map((tag) => tag.textContent),
      },
      plan: words("plan"),
      owner: words("owner"),
      due: dateOf(cells.due),
      progress: parseInt(words("progress"), 10) || 0,
      days: begin ? { begin: +begin, end: +end, kind, p50: p50 && +p50, p85: p85 && +p85 } : null,
      waits: (row.dataset.w || "").split(" ").filter(Boolean).map(Number),
    };
  });
}

const STATUS_OF = { p: "planned", i: "in_progress", b: "blocked", h: "on_hold", c: "completed", x: "cancelled" };

/** The date of a cell, as ISO text. */
function dateOf(cell) {
  const time = cell && cell.querySelector("time");
  return time ? time.dateTime : "";
}
