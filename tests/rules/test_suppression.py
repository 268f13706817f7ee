"""Comments that let findings be: what they speak of, and what is no such comment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from milestones import rules
from milestones.documents import reader
from milestones.project.workspace import open_workspace
from milestones.rules import check, twofold

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("today")

ACTIVE = ".agent/exec_plans/reliable-webhooks/milestones/active"
RETRY = f"{ACTIVE}/EP-20260105-001_MS002_retry-failed-deliveries.md"
SHOW = f"{ACTIVE}/EP-20260105-001_MS003_show-deliveries.md"


def scopes(text: str) -> list[tuple[list[str], str, int, int, bool]]:
    """Of each comment: its words, its reason, the lines it speaks of, and whether of the whole file."""
    document = reader.parse("x.md", text.encode())
    if document.fields is None:
        from milestones.documents.values import Fields

        document.fields, document.body_start, document.body_line = Fields(), 0, 1
    return [([word for word, _ in c.words], c.reason, c.first, c.last, c.whole) for c in document.suppressions]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # on the line itself
        ("---\na: b # milestones: ignore[RF004] why\n---\n", [(["RF004"], "why", 2, 2, False)]),
        # on its own line above, past blank lines and other comments
        ("---\nc: d\n# milestones: ignore[RF] why\n\n# x\na: b\nb: c\n---\n", [(["RF"], "why", 6, 6, False)]),
        # a key with what stands below it
        ("---\nc: d\n# milestones: ignore[A,B] w\na:\n  b: c\n  d: e\nf: g\n---\n", [(["A", "B"], "w", 4, 6, False)]),
        ("---\nc: d\na: # milestones: ignore[A] w\n- b\n- c\nf: g\n---\n", [(["A"], "w", 3, 5, False)]),
        ("---\nc: d\na:\n- b # milestones: ignore[A] w\n- c\nf: g\n---\n", [(["A"], "w", 4, 4, False)]),
        # above everything: the file as such, too
        ("---\n# milestones: ignore[NM001] why\na: b\n---\n", [(["NM001"], "why", 3, 3, True)]),
        # below everything: nothing but itself
        ("---\na: b\n# milestones: ignore[A] why\n---\n", [(["A"], "why", 3, 3, False)]),
        # no comment: quoted, in a block of text, without a space before it
        ('---\na: "b # milestones: ignore[A] why"\n---\n', []),
        ("---\na: |\n  b\n  # milestones: ignore[A] why\nc: d\n---\n", []),
        ("---\na: b#milestones: ignore[A] why\n---\n", []),
        # nothing named, nothing said
        ("---\na: b # milestones: ignore\n---\n", [([], "", 2, 2, False)]),
        ("---\na: b # milestones: ignore[] -- \n---\n", [([], "", 2, 2, False)]),
        # the body: a line, a block, a section
        ("---\na: b\n---\ntext <!-- milestones: ignore[A] why -->\nmore\n", [(["A"], "why", 4, 4, False)]),
        ("---\na: b\n---\n\n<!-- milestones: ignore[A] why -->\n\n- a\n- b\n\nc\n", [(["A"], "why", 7, 8, False)]),
        (
            "---\na: b\n---\n# T\n<!-- milestones: ignore[A] why -->\n## A\nx\n### B\ny\n## C\n",
            [(["A"], "why", 6, 9, False)],
        ),
        ("---\na: b\n---\n<!-- milestones: ignore[A] why -->\n\nA\n===\nx\n\ny\n", [(["A"], "why", 6, 11, False)]),
        # two, one below the other
        (
            "---\na: b\n---\n<!-- milestones: ignore[A] a -->\n<!-- milestones: ignore[B] b -->\nx\n",
            [(["A"], "a", 6, 6, False), (["B"], "b", 6, 6, False)],
        ),
        # over several lines, and at the end of the text
        ("---\na: b\n---\n<!-- milestones: ignore[A] why\nand more -->\n\nx\n", [(["A"], "why", 7, 7, False)]),
        ("---\na: b\n---\n<!-- milestones: ignore[A] why -->", [(["A"], "why", 4, 4, False)]),
        # code
        ("---\na: b\n---\n```md\n<!-- milestones: ignore[A] why -->\n```\n", []),
        ("---\na: b\n---\nwrite `<!-- milestones: ignore[A] why -->`\n", []),
        ("---\na: b\n---\nmilestones: ignore[A] why\n", []),
        # without front matter
        ("\n<!-- milestones: ignore[A] why -->\n# T\n\nx\n", [(["A"], "why", 3, 6, True)]),
    ],
)
def test_what_a_comment_speaks_of(text: str, expected: list[tuple[list[str], str, int, int, bool]]) -> None:
    assert scopes(text) == expected
    assert scopes(text.replace("\n", "\r\n")) == expected


def test_a_document_without_the_words_is_not_looked_through() -> None:
    document = reader.parse("x.md", b"---\na: b\n---\n")
    assert not document.marked
    assert document.suppressions == ()


def edit(root: Path, path: str, *changes: tuple[str, str]) -> None:
    text = (root / path).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (root / path).write_text(text, encoding="utf-8")


def codes(root: Path, **options: object) -> list[str]:
    return [f.code for f in check(open_workspace(root), **options).findings]  # type: ignore[arg-type]


def test_findings_are_let_be(repository: Callable[..., Path]) -> None:
    root = repository()
    edit(root, RETRY, ("risk: med", "risk: medium # milestones: ignore[FM004] the team's own word"))
    assert codes(root) == []
    edit(root, RETRY, ("domain: backend", "domain: kitchen"))
    assert codes(root) == ["FM004"]


def test_a_whole_list_is_let_be(repository: Callable[..., Path]) -> None:
    root = repository()
    comment = "# milestones: ignore[unknown-reference] comes with the merge\ndepends_on:\n  - EP-20260105-001/MS009\n"
    edit(root, RETRY, ("depends_on:\n", comment))
    assert codes(root) == []


def test_the_name_of_a_file_is_let_be(repository: Callable[..., Path]) -> None:
    root = repository()
    wrong = SHOW.replace("show-deliveries", "Show_Deliveries")
    (root / SHOW).rename(root / wrong)
    assert "NM003" in codes(root)
    found = " ".join(sorted({f.code for f in check(open_workspace(root), [wrong]).findings if f.path == wrong}))
    edit(root, wrong, ("---\n", f"---\n# milestones: ignore[{found}] the tool that reads it wants this name\n"))
    assert codes(root) == []
    # also where rules on names are run alone, as the hooks do
    assert codes(root, codes=["NM001", "NM003"]) == []


def test_a_section_is_let_be(repository: Callable[..., Path]) -> None:
    root = repository()
    edit(root, SHOW, ("## Scope\n", "## Scope\n\n[gone](gone.md)\n\n[gone, too](gone-too.md)\n"))
    assert codes(root) == ["RF004", "RF004"]
    edit(root, SHOW, ("## Scope\n", "<!-- milestones: ignore[RF004] written later -->\n## Scope\n"))
    assert codes(root) == []


def test_what_can_not_be_read_is_never_let_be(repository: Callable[..., Path]) -> None:
    root = repository()
    text = (root / SHOW).read_text(encoding="utf-8")
    (root / SHOW).write_text(text.replace("---\n", "---\n# milestones: ignore[RD] no\na: b: c\n", 1), encoding="utf-8")
    assert codes(root) == ["RD008"]


def test_comments_are_not_let_be_by_comments(repository: Callable[..., Path]) -> None:
    root = repository()
    edit(root, SHOW, ("risk: low", "risk: low # milestones: ignore[FM004, SP] nothing here"))
    assert codes(root) == ["SP001", "SP001"]


def test_unused_does_not_depend_on_what_is_selected(repository: Callable[..., Path]) -> None:
    root = repository()
    edit(root, RETRY, ("risk: med", "risk: medium # milestones: ignore[FM004] the team's own word"))
    edit(root, SHOW, ('  docs: ""', "  docs: gone.md # milestones: ignore[RF004] written later"))
    edit(root, SHOW, ("EP-20260105-001/MS002\n", "EP-20260105-001/MS009 # milestones: ignore[RF001] to come\n"))
    for text in ('select = ["SP"]\n', 'ignore = ["FM", "RF"]\n', 'ignore = ["FM004"]\n'):
        (root / "milestones.toml").write_text(text, encoding="utf-8")
        assert codes(root) == []
        assert codes(root, frugal=True) == []


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("select", [None, ["SP001"]])
def test_two_processes_agree(
    repository: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, select: list[str] | None
) -> None:
    root = repository()
    edit(root, RETRY, ("risk: med", "risk: medium # milestones: ignore[FM004] the team's own word"))
    edit(root, SHOW, ("risk: low", "risk: low # milestones: ignore[FM004] nothing here"))
    edit(root, SHOW, ("EP-20260105-001/MS002\n", "EP-20260105-001/MS009 # milestones: ignore[RF001] to come\n"))
    if select:
        (root / "milestones.toml").write_text(f"select = {select!r}\n", encoding="utf-8")
    expected = rules.check(open_workspace(root))
    assert [f.code for f in expected.findings] == ["SP001"]
    monkeypatch.setattr(twofold, "possible", lambda count: count > 1)
    assert rules.check(open_workspace(root), frugal=True) == expected


def test_nothing_is_imported_for_documents_without_comments(repository: Callable[..., Path]) -> None:
    import subprocess
    import sys

    root = repository()
    code = (
        "import sys\nfrom milestones import rules\nfrom milestones.project.workspace import open_workspace\n"
        "rules.check(open_workspace('.'), frugal=True)\n"
        "print([m for m in sys.modules if 'suppression' in m])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
