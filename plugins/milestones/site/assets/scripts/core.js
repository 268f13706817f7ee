/* What the pages do beyond what their HTML says already: filter and sort tables, bring today into view, and light up
 * what a milestone hangs together with. Without this script all content is there. */
(() => {
  "use strict";

  const FIELDS = { text: -1, plan: 1, status: 2, owner: 3, domain: 4, convention: 9 };

  /** The words of a cell or row, folded for comparing. */
  const fold = (text) => text.trim().toLowerCase();

  const slug = (text) => fold(text).replace(/ /g, "_");

  function readHash() {
    const state = {};
    for (const [key, value] of new URLSearchParams(location.hash.slice(1)))
      if (key in FIELDS || key === "sort") state[key] = value;
    return state;
  }

  function writeHash(state) {
    const parameters = new URLSearchParams(Object.entries(state).filter(([, value]) => value));
    const hash = parameters.toString();
    // An anchor of the page is left alone as long as there is nothing to say.
    if (hash || location.hash.includes("="))
      history.replaceState(history.state, "", location.pathname + location.search + (hash ? "#" + hash : ""));
  }

  /** The table of all milestones and the form above it. */
  function setUpTable(form) {
    const table = form.parentElement.querySelector("table.mst-all");
    const body = table.tBodies[0];
    // The convention is the last column, after one or none for the forecast.
    FIELDS.convention = table.tHead.rows[0].cells.length - 1;
    const rows = [...body.rows].map((row, index) => {
      const cells = [...row.cells].map((cell) => cell.textContent.trim());
      return { row, index, cells, text: fold(cells.join(" ")) };
    });
    const output = form.querySelector("output");

    // The field for the convention is there where there are several.
    const fields = Object.keys(FIELDS).filter((name) => form.elements[name]);

    for (const name of fields.filter((name) => name !== "text")) {
      const select = form.elements[name];
      const values = [...new Set(rows.map((row) => row.cells[FIELDS[name]]).filter(Boolean))];
      if (name !== "plan") values.sort((a, b) => a.localeCompare(b));
      for (const value of values) select.add(new Option(value, name === "status" ? slug(value) : value));
      if (values.length < 2 && name !== "status") select.parentElement.hidden = true;
    }

    let sort = "";

    function state() {
      const found = { sort };
      for (const name of fields) found[name] = form.elements[name].value.trim();
      return found;
    }

    function show() {
      const wanted = state();
      const words = fold(wanted.text).split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const { row, cells, text } of rows) {
        const fits =
          words.every((word) => text.includes(word)) &&
          ["plan", "owner", "domain", "convention"].every((name) => !wanted[name] || cells[FIELDS[name]] === wanted[name]) &&
          (!wanted.status || slug(cells[FIELDS.status]) === wanted.status);
        if (row.hidden === fits) row.hidden = !fits;
        if (fits) shown += 1;
      }
      output.value = `${shown} ${output.dataset.of} ${rows.length}`;
      writeHash(wanted);
    }

    const heads = [...table.tHead.rows[0].cells];

    /** Sort by a column: "3" upwards, "-3" downwards, "" as written. Empty cells come last either way. */
    function sortBy(wanted) {
      sort = /^-?[0-9]$/.test(wanted) ? wanted : "";
      const column = Math.abs(parseInt(sort, 10));
      const sign = sort.startsWith("-") ? -1 : 1;
      heads.forEach((head, at) => {
        if (sort && at === column) head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
        else head.removeAttribute("aria-sort");
      });
      const compare = new Intl.Collator(undefined, { numeric: true }).compare;
      const ordered = [...rows].sort((a, b) => {
        if (!sort) return a.index - b.index;
        const left = a.cells[column], right = b.cells[column];
        if (!left || !right) return (left ? 0 : 1) - (right ? 0 : 1) || a.index - b.index;
        return sign * compare(left, right) || a.index - b.index;
      });
      body.append(...ordered.map(({ row }) => row));
    }

    heads.forEach((head, at) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        sortBy(sort === `${at}` ? `-${at}` : sort === `-${at}` ? "" : `${at}`);
        show();
      });
    });

    function restore() {
      const wanted = readHash();
      for (const name of fields) form.elements[name].value = wanted[name] || "";
      if ((wanted.sort || "") !== sort) sortBy(wanted.sort || "");
      show();
      if (location.hash.includes("=")) form.scrollIntoView({ block: "start" });
    }

    form.hidden = false;
    form.addEventListener("input", show);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => requestAnimationFrame(show));
    // Counts on the page lead here; the theme must not take the address for an anchor.
    document.querySelectorAll('.mst a[href^="#status="]').forEach((link) =>
      link.addEventListener("click", (event) => {
        event.preventDefault();
        event.stopPropagation();
        history.pushState(history.state, "", link.getAttribute("href"));
        restore();
      })
    );
    listen(window, "hashchange", () => location.hash.includes("=") && restore());
    listen(window, "popstate", restore);
    if (Object.keys(readHash()).length) restore();
    else show();
  }

  /** Today in the middle, unless all fits; once it is unfolded, where it is folded away. */
  function setUpChart(chart) {
    const centre = () =>
      (chart.scrollLeft = Math.max(
        0,
        (Number(chart.dataset.today) / 100) * chart.scrollWidth - chart.clientWidth / 2
      ));
    centre();
    const fold = chart.closest("details:not([open])");
    if (fold) fold.addEventListener("toggle", centre, { once: true });
  }

  /** Hover or focus on a box dims all that it neither waits for nor is waited for by. */
  function setUpGraph(svg) {
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

  let leaving = [];

  /** Listen until the next page is shown in place of this one. */
  function listen(target, type, heard) {
    target.addEventListener(type, heard);
    leaving.push(() => target.removeEventListener(type, heard));
  }

  function setUp() {
    leaving.forEach((leave) => leave());
    leaving = [];
    const fresh = (selector, make) =>
      document.querySelectorAll(selector).forEach((element) => {
        if (element.dataset.ready) return;
        element.dataset.ready = "yes";
        make(element);
      });
    fresh(".mst-filter", setUpTable);
    fresh(".mst-chart", setUpChart);
    fresh(".mst-graph", setUpGraph);
  }

  // Material announces each page that it shows without loading it.
  if (typeof document$ !== "undefined") document$.subscribe(setUp);
  else if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", setUp);
  else setUp();
})();
