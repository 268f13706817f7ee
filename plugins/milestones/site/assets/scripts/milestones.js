/* The milestones of the roadmap, read from its table once.
 *
 * They are read from the text of the rows. A page with thousands keeps them where a browser with scripts does not build
 * elements of them (`noscript`), and a row becomes an element when it is shown. */

const STATUS_OF = { p: "planned", i: "in_progress", b: "blocked", h: "on_hold", c: "completed", x: "cancelled" };

/** The names of the table's columns, in their order. */
const columnsOf = (table) => [...table.tHead.rows[0].cells].map((cell) => cell.dataset.c);

const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', "#34": '"', "#39": "'", nbsp: "\u00a0" };
const unescape = (html) => html.replace(/&(#?\w+);/g, (entity, name) => ENTITIES[name] ?? entity);
const stripped = (html) => unescape(html.replace(/<[^>]*>/g, "")).trim();

/** The text of each row, from what stands behind its `<tr `. */
function rowsOf(table) {
  const spare = table.parentElement.querySelector("noscript");
  if (!spare) return [...table.tBodies[0].rows].map((row) => ({ row, html: row.outerHTML.slice(4) }));
  table.hidden = false;
  // Where a theme brought the page in by itself, there are elements in it: their markup is the same.
  const rows = spare.innerHTML.split("<tr ").slice(1).map((html) => ({ html }));
  spare.remove();
  return rows;
}

/**
 * Each row of the table as a milestone:
 * `words` and `dates` are what its cells say, by column; `text` is all of it, folded; `values` are what facets are compared
 * with; `days` is its bar: {begin, end, kind, p50, p85}; `waits` the rows of what it waits for, where the timeline has no
 * arrows of its own.
 */
function readMilestones(table) {
  const columns = columnsOf(table);
  return rowsOf(table).map(({ row, html }, index) => {
    const [head, ...cells] = html.split("<td");
    const data = Object.fromEntries([...head.matchAll(/data-(\w)="([^"]*)"/g)].map(([, name, value]) => [name, unescape(value)]));
    const words = {}, dates = {};
    columns.forEach((name, at) => {
      const inner = cells[at].slice(cells[at].indexOf(">") + 1);
      words[name] = stripped(inner);
      dates[name] = /datetime="([^"]*)"/.exec(inner)?.[1] ?? "";
    });
    const first = cells[0];
    const one = (pattern) => unescape(pattern.exec(first)?.[1] ?? "");
    const letter = /ms-(\w)/.exec(cells[columns.indexOf("status")])[1];
    const [begin, end, kind, p50, p85] = (data.d || "").split(" ");
    let element = row;
    return {
      get row() {
        return (element ??= elementOf(html));
      },
      index, words, dates, letter,
      id: data.k,
      title: one(/<bdi>(.*?)<\/bdi>/s),
      name: one(/<small>(.*?)<\/small>/s),
      url: one(/<a href="([^"]*)"/) || null,
      text: fold(`${Object.values(words).join(" ")} ${data.k}`),
      values: {
        plan: [data.p], status: [STATUS_OF[letter]], is: (data.f || "").split(" ").filter(Boolean), owner: [words.owner ?? ""],
        domain: [words.domain ?? ""], risk: [words.risk ?? ""], convention: [words.convention ?? ""],
        tag: [...first.matchAll(/<i>(.*?)<\/i>/gs)].map(([, tag]) => unescape(tag)),
      },
      plan: words.plan, owner: words.owner ?? "", due: dates.due ?? "", progress: parseInt(words.progress, 10) || 0,
      waits: (data.w || "").split(" ").filter(Boolean).map((one) => ({ index: parseInt(one, 10), critical: one.endsWith("!") })),
      days: begin ? { begin: +begin, end: +end, kind, p50: p50 && +p50, p85: p85 && +p85 } : null,
    };
  });
}

/** The element of a row, from the page's own markup of it. */
function elementOf(html) {
  const template = document.createElement("template");
  template.innerHTML = `<table><tbody><tr ${html.replace(/<\/tbody>[^]*/, "")}</tbody></table>`;
  return document.adoptNode(template.content.querySelector("tr"));
}
