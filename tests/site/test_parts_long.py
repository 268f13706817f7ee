"""A line that no person wrote does not hold up a build."""

from __future__ import annotations

import markdown
import pytest

from milestones.site.parts import author_body


@pytest.mark.parametrize("unit", ["[", "- [ ] ", "|", "*", "`", "<", "![]("])
def test_a_line_of_a_megabyte_is_shown_as_code(unit: str) -> None:
    body = author_body(f"before\n\n{unit * (900_000 // len(unit))}\n\nafter\n")
    html = markdown.markdown(body, extensions=["tables", "fenced_code"])
    assert "<pre><code>" in html
    assert "<p>after</p>" in html
