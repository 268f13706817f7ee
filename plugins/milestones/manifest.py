"""Every rule there is: its code, its name, how severe it is, and one line of what it says.

A code is never given to another rule. The text that explains a rule lies in ``rules/texts/CODE.md``;
it is both the documentation page and the output of ``milestones rule CODE``.
"""

from __future__ import annotations

from typing import NamedTuple

from milestones.model import Severity

E, W, I = Severity.ERROR, Severity.WARNING, Severity.INFO  # noqa: E741 - a table reads better narrow


class Rule(NamedTuple):
    """A rule's identity. ``summary`` completes the sentence "this rule finds …"."""

    code: str
    name: str
    severity: Severity
    summary: str

    @property
    def family(self) -> str:
        """The heading that the rule belongs under."""
        return FAMILIES[self.code[:2]]


FAMILIES = {
    "RD": "Reading",
    "FM": "Front matter",
    "NM": "Naming",
    "SQ": "Sequence",
    "AR": "Archive",
    "RF": "References",
    "CT": "Content",
    "LS": "Listings",
    "SP": "Suppressions",
}

RULES: dict[str, Rule] = {
    rule.code: rule
    for rule in (
        Rule("RD001", "not-utf8", E, "a file that is not UTF-8 text"),
        Rule("RD002", "byte-order-mark", E, "a file that starts with a byte order mark"),
        Rule("RD003", "control-character", E, "control, bidirectional and lone carriage return characters"),
        Rule("RD004", "too-large", E, "a file or front matter too large to be a plan"),
        Rule("RD005", "no-front-matter", E, "a file that does not start with a plain `---` line"),
        Rule("RD006", "unclosed-front-matter", E, "front matter that no `---` line ends"),
        Rule("RD007", "not-a-mapping", E, "front matter that is not a list of `key: value` lines"),
        Rule("RD008", "invalid-yaml", E, "front matter that is not YAML"),
        Rule("RD009", "unsupported-yaml", E, "anchors, aliases, merge keys, tags and directives"),
        Rule("RD010", "nested-too-deep", E, "front matter nested deeper than any plan needs"),
        Rule("RD011", "symlink", E, "a document that is a symbolic link"),
        Rule("RD012", "unreadable-file", E, "a file that can't be opened"),
        Rule("RD013", "duplicate-key", E, "a key that is given twice"),
        Rule("RD014", "conflict-marker", E, "merge conflict markers left in a file"),
        Rule("FM001", "missing-key", E, "a required key that is missing"),
        Rule("FM002", "unknown-key", W, "a key that the convention does not know"),
        Rule("FM003", "wrong-type", E, "a value of the wrong type, or an empty one"),
        Rule("FM004", "not-in-vocabulary", E, "a word that is not one of those allowed"),
        Rule("FM005", "invalid-date", E, "a date that is not a calendar date `YYYY-MM-DD`"),
        Rule("FM006", "wrong-format", E, "a value of the right type in the wrong shape"),
        Rule("FM007", "updated-before-created", E, "an `updated` date before `created`"),
        Rule("FM008", "due-before-start", W, "a `due` date before `start`"),
        Rule("FM009", "id-disagrees", E, "id keys that contradict each other"),
        Rule("FM010", "id-path-disagrees", E, "an id that contradicts the file's name or folder"),
        Rule("FM011", "unknown-plan", E, "a milestone whose plan does not exist"),
        Rule("FM012", "mixed-date-quoting", I, "dates of one file, some quoted and some bare"),
        Rule("FM013", "status-spelling", I, "a status in another word than milestones use for it"),
        Rule("NM001", "path-disagrees", E, "a path other than the one the convention builds"),
        Rule("NM002", "unrecognised-file", E, "a file that looks like a document and matches no path"),
        Rule("NM003", "invalid-slug", E, "a slug with characters the convention does not allow"),
        Rule("NM004", "name-too-long", E, "a slug or file name that is too long"),
        Rule("NM005", "path-twin", E, "two paths that differ only by case or Unicode form"),
        Rule("SQ001", "duplicate-number", E, "two documents with the same number"),
        Rule("SQ002", "gap-in-sequence", W, "numbers that are missing from a sequence"),
        Rule("SQ003", "wrong-padding", E, "a number that is not padded as the convention asks"),
        Rule("SQ004", "number-out-of-range", E, "a number below the first or past the last"),
        Rule("SQ005", "out-of-order", W, "a later number with an earlier `created` date"),
        Rule("SQ006", "ledger-disagrees", E, "a document that its plan's ledger of ids contradicts"),
        Rule("SQ007", "ledger-merge-attribute", E, "a `merge` attribute that lets ledgers merge in silence"),
        Rule("SQ008", "taken-on-base", E, "an id that the branch to merge into has given to something else"),
        Rule("SQ009", "base-unknown", E, "a branch to merge into that git can't compare with"),
        Rule("AR001", "finished-in-active", E, "finished work that still lies among the active"),
        Rule("AR002", "unfinished-in-archive", E, "unfinished work among the finished"),
        Rule("AR003", "archive-date-disagrees", E, "an archive date before the work began, or in the future"),
        Rule("AR004", "invalid-archive-date", E, "an archive folder that is not a calendar date"),
        Rule("AR005", "archived-outside-archive", E, "status `archived` outside the archive"),
        Rule("AR006", "open-milestone-in-finished-plan", E, "a finished plan with open milestones"),
        Rule("RF001", "unknown-reference", E, "a reference to an id that does not exist"),
        Rule("RF002", "self-reference", E, "a document that depends on itself"),
        Rule("RF003", "dependency-cycle", E, "dependencies that lead back to where they began"),
        Rule("RF004", "dead-link", W, "a local link whose target does not exist"),
        Rule("RF005", "finished-before-dependency", W, "completed work that depends on unfinished work"),
        Rule("RF006", "registry-disagrees", W, "a registry file that contradicts the documents"),
        Rule("CT001", "heading-disagrees", W, "a top heading other than the title"),
        Rule("CT002", "missing-heading", W, "a document without a top heading"),
        Rule("CT003", "missing-section", W, "a section of the template that is missing"),
        Rule("CT004", "template-text", W, "text of the template that nobody replaced"),
        Rule("CT005", "open-checkbox", W, "completed work with open checkboxes or tasks"),
        Rule("CT006", "unfinished-health", W, "completed work with unfinished health rows"),
        Rule("CT007", "changelog-disagrees", W, "a Changelog that is ahead of `updated`, or behind it"),
        Rule("CT008", "mojibake", W, "text that was decoded with the wrong encoding"),
        Rule("LS001", "listed-but-missing", W, "a list that names a document which is not there"),
        Rule("LS002", "not-listed", W, "a document that the list of its kind leaves out"),
        Rule("LS003", "listed-twice", W, "a list that names a document twice"),
        Rule("LS004", "documents-disagree", W, "two documents that say different things of the same work"),
        Rule("LS005", "companion-missing", W, "a document without another that belongs to it"),
        Rule("LS006", "depends-on-later-phase", W, "work that depends on work of a later phase"),
        Rule("SP001", "unused-suppression", W, "a comment that lets a finding be which there is not"),
        Rule("SP002", "suppression-without-reason", W, "a comment that lets a finding be and does not say why"),
        Rule("SP003", "unknown-code", W, "a comment that names a rule which does not exist"),
    )
}

BY_NAME = {rule.name: rule for rule in RULES.values()}
