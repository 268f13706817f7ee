/* The state of a page in its address: what may be chosen several times as sets (`many`), the rest as text (`single`). */

const emptyState = (many, single) => ({
  ...Object.fromEntries(many.map((name) => [name, new Set()])),
  ...Object.fromEntries(single.map((name) => [name, ""])),
});

function readAddress(many, single) {
  const found = emptyState(many, single);
  for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
    if (many.includes(name)) found[name].add(value);
    else if (single.includes(name)) found[name] = value;
  }
  return found;
}

function writeAddress(state, many, single) {
  const parameters = new URLSearchParams();
  for (const name of single) if (state[name]) parameters.set(name, state[name]);
  for (const name of many) for (const value of state[name]) parameters.append(name, value);
  const hash = parameters.toString();
  // An anchor of the page is left alone as long as there is nothing to say.
  if (hash || location.hash.includes("="))
    history.replaceState(history.state, "", location.pathname + location.search + (hash ? "#" + hash : ""));
}
