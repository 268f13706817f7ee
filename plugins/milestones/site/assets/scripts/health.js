/* Notes of the heat table: put where there is room for them, dismissed by Escape; and arrow keys from cell to cell. */

function setUpHeat(table) {
  const right = getComputedStyle(table).direction === "rtl" ? -1 : 1;
  const steps = { ArrowLeft: [0, -right], ArrowRight: [0, right], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  const cellOf = (event) => event.target.closest && event.target.closest(".mst-cell");
  let shown = null;

  /** Below its cell or, where there is no room, above it; never beyond the edges of the window. */
  function place() {
    const tip = shown && shown.querySelector(".mst-tip");
    if (!tip || getComputedStyle(tip).clipPath !== "none" || getComputedStyle(tip).position === "static") return;
    Object.assign(tip.style, { position: "fixed", left: "0", top: "0", right: "auto" });
    // What a fixed box counts from is the window in most browsers, and a container in some.
    const cell = shown.getBoundingClientRect(), box = tip.getBoundingClientRect();
    const room = document.documentElement;
    const left = Math.max(8, Math.min(cell.left, room.clientWidth - box.width - 8));
    const below = cell.bottom - 3, above = cell.top - box.height + 3;
    const top = below + box.height > room.clientHeight && above > 0 ? above : below;
    Object.assign(tip.style, { left: `${left - box.left}px`, top: `${top - box.top}px` });
  }

  function show(event) {
    const cell = cellOf(event);
    if (!cell || cell === shown) return;
    shown = cell;
    place();
  }

  function leave(event) {
    const cell = cellOf(event);
    if (!cell || cell.contains(event.relatedTarget)) return;
    cell.classList.remove("mst-hushed");
    const tip = cell.querySelector(".mst-tip");
    if (tip) tip.removeAttribute("style");
    if (cell === shown) shown = null;
  }

  table.addEventListener("mouseover", show);
  table.addEventListener("focusin", show);
  table.addEventListener("mouseout", leave);
  table.addEventListener("focusout", leave);
  table.parentElement.addEventListener("scroll", place, { passive: true });
  listen(window, "scroll", place, { passive: true });
  listen(document, "keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const cell of table.querySelectorAll(".mst-cell:is(:hover, :focus)")) cell.classList.add("mst-hushed");
  });

  // Tab stops once at the table; from there on, arrow keys lead to every cell.
  const cells = table.querySelectorAll("td[tabindex]");
  cells.forEach((cell, at) => at && cell.setAttribute("tabindex", "-1"));
  if (!cells.length) return;
  table.setAttribute("role", "grid");
  let stop = cells[0];
  table.addEventListener("focusin", (event) => {
    const cell = cellOf(event);
    if (!cell || cell === stop) return;
    stop.setAttribute("tabindex", "-1");
    cell.setAttribute("tabindex", "0");
    stop = cell;
  });
  const rows = [...table.querySelectorAll("tbody tr:not(.mst-heat-plan)")];
  table.addEventListener("keydown", (event) => {
    const cell = cellOf(event), step = steps[event.key];
    if (!cell || !step || event.ctrlKey || event.altKey || event.metaKey) return;
    let row = rows.indexOf(cell.parentElement), column = cell.cellIndex;
    for (;;) {
      row += step[0];
      column += step[1];
      const next = rows[row] && column > 0 && rows[row].cells[column];
      if (!next) return;
      if (!next.classList.contains("mst-cell")) continue; // this milestone says nothing of the area
      event.preventDefault();
      if (!next.hasAttribute("tabindex")) next.setAttribute("tabindex", "-1");
      next.focus({ preventScroll: true });
      next.scrollIntoView({ block: "nearest", inline: "nearest" });
      return;
    }
  });
}
