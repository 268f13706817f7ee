/* What is shown, as a file: CSV, JSON or a calendar. */

/** A milestone as programs want it: dates as ISO text, the status by its name. */
function recordOf(m) {
  const words = (name) => m.words[name] ?? "";
  return {
    id: m.id, title: m.title, plan: m.values.plan[0], status: m.values.status[0], owner: m.owner, domain: words("domain"),
    risk: words("risk"), tags: m.values.tag, progress: m.progress, start: m.dates.start ?? "", due: m.due,
    url: m.url ? new URL(m.url, location.href).href : "",
  };
}

/** A cell of CSV. What a spreadsheet would take for a formula is given as text; a handle is none. */
function csvCell(value) {
  let text = Array.isArray(value) ? value.join(", ") : String(value);
  if (/^[=+\-@\t\r]/.test(text) && !/^@[\w.\/-]+$/.test(text)) text = "'" + text;
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

function asCsv(records) {
  const names = Object.keys(records[0] ?? {});
  return [names, ...records.map((record) => names.map((name) => record[name]))].map((cells) => cells.map(csvCell).join(",")).join("\r\n") + "\r\n";
}

/** Due dates as all-day events (RFC 5545): lines folded at 75 bytes, special characters escaped. */
function asCalendar(records, today) {
  const escape = (text) => text.replace(/[\\;,]/g, "\\$&").replace(/\r?\n/g, "\\n").replace(/[\x00-\x08\x0b-\x1f\x7f]/g, "");
  const bare = (iso) => iso.replace(/-/g, "");
  const after = (iso) => new Date(Date.parse(iso + "T00:00:00Z") + DAY).toISOString().slice(0, 10);
  const lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//mkdocs-milestones//EN"];
  for (const record of records.filter((one) => one.due)) {
    lines.push(
      "BEGIN:VEVENT", `UID:${escape(encodeURIComponent(record.id))}@milestones`, `DTSTAMP:${bare(today)}T000000Z`,
      `DTSTART;VALUE=DATE:${bare(record.due)}`, `DTEND;VALUE=DATE:${bare(after(record.due))}`, `SUMMARY:${escape(record.title)}`,
      `DESCRIPTION:${escape(`${record.id} (${record.status.replace("_", " ")})`)}`, ...(record.url ? [`URL:${record.url}`] : []),
      "TRANSP:TRANSPARENT", "END:VEVENT"
    );
  }
  lines.push("END:VCALENDAR");
  return lines.map(folded).join("\r\n") + "\r\n";
}

/** A line of a calendar, broken where it has 75 bytes, and never within a letter. */
function folded(line) {
  let out = "", size = 0;
  for (const letter of line) {
    const bytes = new TextEncoder().encode(letter).length;
    if (size + bytes > 75) (out += "\r\n "), (size = 1);
    out += letter;
    size += bytes;
  }
  return out;
}

function save(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/** Copy text; where a page is served without encryption, browsers only let a selection be copied. */
async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = make("textarea", { readonly: true, class: "mst-unseen" });
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}
