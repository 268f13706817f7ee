"""What the check found: each fault with its place, the words that mend it, and what its rule says."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import markdown

from milestones.manifest import RULES
from milestones.model import Severity
from milestones.site.forges import line_url
from milestones.site.language import N_, _, counted, figure, numbered
from milestones.site.parts import Html, anchor, english, join, safe_url, sentence, with_code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milestones.model import Finding
    from milestones.site.context import Context, UrlFor

#: Faults that are shown at once; further ones are folded away, and beyond the second number they are counted.
SHOWN, MOST = 5, 200

_READ = Html('<p class="mst-quiet">{}</p>')
_FOLD = Html('<details class="mst-fold"><summary>{}</summary>\n{}\n</details>\n')
_RULES = Html('<details class="mst-fold mst-rules"><summary>{}</summary>\n{}\n</details>\n')
_FAULT = Html(
    '<li><span class="mst-severity mst-severity-{}"><span aria-hidden="true">{}</span> {}</span> '
    '<code>{}</code> <span class="mst-message">{}</span> <code class="mst-place">{}</code>{}</li>'
)
#: A severity's symbol and its word.
_SEVERITIES = {
    Severity.ERROR: ("✕", N_("Error")),
    Severity.WARNING: ("!", N_("Warning")),
    Severity.INFO: ("i", N_("Note")),
}


def faults(context: Context) -> list[Finding]:
    """What the check found and somebody has to mend: notes are no faults."""
    return [finding for finding in context.portfolio.findings if finding.severity is not Severity.INFO]


def findings(context: Context, url_for: UrlFor) -> Html:
    """What the check found, worst first, and that nothing was skipped."""
    portfolio = context.portfolio
    statistics = portfolio.statistics
    pieces = []
    found = faults(context)
    if found:
        pieces.append(_list(context, found, "milestones check", url_for))
    else:
        words = _("The check found no new faults.") if portfolio.known else _("The check found no faults.")
        pieces.append(Html("<p>{}</p>\n").format(words))
    if notes := [finding for finding in portfolio.findings if finding.severity is Severity.INFO]:
        words = numbered(len(notes), "{number} note, which fails nothing", "{number} notes, which fail nothing")
        pieces.append(_FOLD.format(words, _list(context, notes, "milestones check", url_for)))
    if portfolio.known:
        words = numbered(
            len(portfolio.known),
            "{number} known fault, which the repository's baseline lists: it fails nothing",
            "{number} known faults, which the repository's baseline lists: they fail nothing",
        )
        pieces.append(_FOLD.format(words, _list(context, portfolio.known, "milestones check --no-baseline", url_for)))
    codes = sorted({f.code for f in (*portfolio.findings, *portfolio.known)} & RULES.keys())
    if codes:
        pieces.append(_RULES.format(_("What these rules find, and why"), join(map(_explained, codes), "\n")))
    pieces.append(
        _READ.format(
            _("{found} found = {read} read + {reported} reported as unreadable.").format(
                found=counted(statistics.found, "document", "documents"),
                read=figure(statistics.read),
                reported=figure(statistics.reported),
            )
        )
    )
    return join(pieces)


def _list(context: Context, found: Sequence[Finding], command: str, url_for: UrlFor) -> Html:
    ordered = sorted(found, key=lambda f: (-f.severity.rank, f.path, f.line, f.column, f.code, f.message))
    rows = [_fault(context, finding, url_for) for finding in ordered[:MOST]]
    shown = len(rows) if len(rows) <= SHOWN + 2 else SHOWN
    told = _items(rows[:shown])
    if len(rows) > shown:
        words = numbered(len(ordered) - shown, "{number} further fault", "{number} further faults")
        told += _FOLD.format(words, _items(rows[shown:]) + _uncounted(len(ordered) - MOST, command))
    return told


def _items(rows: Sequence[Html]) -> Html:
    return Html('<ul class="mst-faults">{}</ul>\n').format(join(rows, "\n"))


def _uncounted(number: int, command: str) -> Html:
    if number <= 0:
        return Html("")
    words = _("And {number} more: {command} lists them all.")
    return Html("<p>{}</p>\n").format(
        sentence(words, number=figure(number), command=Html("<code>{}</code>").format(command))
    )


def _fault(context: Context, finding: Finding, url_for: UrlFor) -> Html:
    symbol, word = _SEVERITIES[finding.severity]
    place = f"{finding.path}:{finding.line}" if finding.position else finding.path
    help = Html('<span class="mst-help">{} {}</span>').format(
        Html("<b>{}</b>").format(_("Help:")), english(with_code(finding.help))
    )
    return _FAULT.format(
        finding.severity.value,
        symbol,
        _(word),
        anchor(f"#{_anchor(finding.code)}" if finding.code in RULES else None, finding.code),
        english(with_code(finding.message)),
        anchor(_source(context, finding, url_for), place),
        help if finding.help else "",
    )


def _source(context: Context, finding: Finding, url_for: UrlFor) -> str | None:
    """Where the line can be seen: on the forge, or at least the page of its document."""
    edit = context.options.edit_url(finding.path) if context.options.edit_url else None
    if edit is not None:
        return safe_url(line_url(edit, finding.line if finding.position else None))
    uri = context.uri_of_path.get(finding.path)
    return url_for(uri) if uri in context.built and uri is not None else None


def _anchor(code: str) -> str:
    return f"rule-{code.lower()}"


_HEADING = re.compile(r"<h[2-6]>(.*?)</h[2-6]>")
_EMPTY_LINE = re.compile(r"\n(?=\n)")


@lru_cache(maxsize=128)
def _text(code: str) -> Html:
    """What ``milestones rule CODE`` prints, as HTML."""
    text = files("milestones.rules").joinpath("texts", f"{code}.md").read_text(encoding="utf-8")
    # The title and the line of its severity and family stand elsewhere.
    body = text.partition("\n## ")
    rendered = markdown.markdown(f"## {body[2]}", extensions=["fenced_code", "tables"])
    # An empty line would end a block of HTML within Markdown.
    return Html(_EMPTY_LINE.sub("\n&#8203;", _HEADING.sub(r"<p><b>\1</b></p>", rendered)))


def _explained(code: str) -> Html:
    rule = RULES[code]
    return Html(
        '<section class="mst-rule" id="{}" lang="en" dir="ltr"><p><b><code>{}</code> {}</b></p>\n{}</section>'
    ).format(_anchor(code), code, rule.name, _text(code))


__all__ = ["findings"]
