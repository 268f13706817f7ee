/* Making elements, and the words for things that are only known in the browser. */

const SVG = "http://www.w3.org/2000/svg";
const XLINK = "http://www.w3.org/1999/xlink";

/** An element with attributes and children. Text stays text: nothing is ever read as markup. */
function make(name, attributes = {}, ...children) {
  return furnished(document.createElement(name), attributes, children);
}

/** The same for SVG. */
function draw(name, attributes = {}, ...children) {
  return furnished(document.createElementNS(SVG, name), attributes, children);
}

function furnished(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value == null) continue;
    if (key === "xlink:href") element.setAttributeNS(XLINK, key, value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child != null && child !== false));
  return element;
}

/** Words with the values for their places: `{shown} of {all}`. */
const filled = (words, values) => words.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);

/** A number as the language of the page writes it. */
const figure = (number) => number.toLocaleString(document.documentElement.lang || undefined);

/** Text folded for comparing. */
const fold = (text) => text.trim().toLowerCase();

/** How text is compared where people look at the order: `2` before `10`. */
const compare = new Intl.Collator(undefined, { numeric: true }).compare;

const DAY = 24 * 60 * 60 * 1000;
const EPOCH = Date.UTC(2000, 0, 1);

/** A day as the pages count days, from the beginning of 2000. */
const dayOf = (iso) => Math.round((Date.parse(iso + "T00:00:00Z") - EPOCH) / DAY);
