/* The board: cards of what the filters leave, as board.py makes them. */

const MOST_CARDS = 40;

function setUpBoard(board, words) {
  const columns = [...board.querySelectorAll(".mst-column")].map((column) => ({
    column, status: column.dataset.s, list: column.querySelector("ul"), count: column.querySelector(".mst-count"), most: MOST_CARDS,
  }));

  function show(shown) {
    for (const state of columns) {
      const members = shown.filter((m) => m.values.status[0] === state.status);
      // What is over: the latest first. What is open: what is due first.
      const closed = "cx".includes(members[0]?.letter);
      const key = (m) => (closed ? -(m.days?.end ?? -1e6) : m.due ? dayOf(m.due) : 1e6);
      members.sort((a, b) => key(a) - key(b) || a.index - b.index);
      state.list.replaceChildren(...members.slice(0, state.most).map((m) => cardOf(m, "plans" in board.dataset)));
      state.count.textContent = figure(members.length);
      state.column.hidden = !members.length;
      state.column.querySelector(".mst-more")?.remove();
      if (members.length <= state.most) continue;
      const more = make("button", { type: "button", class: "mst-plain mst-more" }, filled(words.more, { all: figure(members.length) }));
      more.addEventListener("click", () => {
        state.most = Infinity;
        show(shown);
      });
      state.column.append(more);
    }
  }
  return { show };
}

function cardOf(m, several) {
  const title = make("bdi", {}, m.title);
  const open = !"cx".includes(m.letter);
  return make(
    "li",
    { class: "mst-card" },
    m.url ? make("a", { href: m.url }, title) : title,
    make(
      "span",
      { class: "mst-card-foot" },
      make("span", { class: "mst-id" }, m.name),
      several && m.plan && make("span", { class: "mst-card-plan" }, make("bdi", {}, m.plan)),
      m.owner && make("span", {}, m.owner),
      m.due && open && make("span", { class: m.values.is.includes("overdue") ? "mst-late" : false }, m.words.due)
    )
  );
}
