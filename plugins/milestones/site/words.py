"""``python -m milestones.site.words``: bring the catalogues up to the words that are in the code.

New words come without a translation, those that are no longer in use go. Nothing is guessed from similar words.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from babel.localedata import locale_identifiers
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from milestones.site.language import KEYWORDS

SITE = Path(__file__).parent
CATALOGUES = SITE / "catalogues"
#: A comment that begins so is for those who translate the words below it.
COMMENT = "Translators:"

_METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
_WIDTH = 120
_HEAD = """\
# {name} words of the pages. `make words` adds what is missing and removes what is no longer in use.
msgid ""
msgstr ""
"Project-Id-Version: mkdocs-milestones\\n"
"Language: {code}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plural}\\n"

"""


def extracted() -> Catalog:
    """Every word of the code and of the template."""
    found = Catalog()
    for _file, _line, message, comments, _context in extract_from_dir(
        SITE, method_map=_METHODS, keywords=KEYWORDS, comment_tags=(COMMENT,), strip_comment_tags=True
    ):
        found.add(message, auto_comments=comments)
    return found


def updated(code: str, text: bytes) -> bytes:
    """A catalogue with the words of the code, and the translations that it has; empty text makes a new one."""
    catalogue = read_po(io.BytesIO(text), locale=code)
    catalogue.update(extracted(), no_fuzzy_matching=True)
    out = io.BytesIO()
    write_po(out, catalogue, width=_WIDTH, no_location=True, omit_header=True, sort_output=True, ignore_obsolete=True)
    locale = catalogue.locale
    head = _HEAD.format(name=locale.english_name if locale else code, code=code, plural=catalogue.plural_forms)
    return head.encode() + out.getvalue()


def main(codes: list[str]) -> None:
    """Update the catalogues of some languages, or of all that there are."""
    for code in codes:
        # A region would never be asked for: see language.nearest.
        if code not in locale_identifiers() or "_" in code:
            raise SystemExit(f"error: {code!r} is no code of a language, such as fr")
    for code in codes or sorted(file.stem for file in CATALOGUES.glob("*.po")):
        file = CATALOGUES / f"{code}.po"
        text = updated(code, file.read_bytes() if file.exists() else b"")
        file.write_bytes(text)
        missing = sum(
            not all(message.string) if isinstance(message.string, tuple) else not message.string
            for message in read_po(io.BytesIO(text), locale=code)
            if message.id
        )
        print(f"{file.name}: {missing} without a translation")


if __name__ == "__main__":
    main(sys.argv[1:])
