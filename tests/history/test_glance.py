"""The quick look answers what the real reader would, or nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from milestones.documents import reader
from milestones.history.glance import plain_scalars

KEYS = ("id", "status")


def test_plain_front_matter() -> None:
    data = b"---\nid: EP-20260105-001/MS002\ntitle: 'x'\nstatus:  in_progress \nlinks:\n  id: x\n---\n\nid: body\n"
    assert plain_scalars(data, KEYS) == {"id": "EP-20260105-001/MS002", "status": "in_progress"}
    for unsure in (b"id: x\n", b" id: x\n status: y\n", b"id: x\nstatus: y\n\n  z\n", b"idle: x\nstatus: y\n", b""):
        assert plain_scalars(b"---\n" + unsure + b"---\n", KEYS) is None


pieces = st.sampled_from(
    [
        *("id: A/1", "status: done", "status: 'done'", 'id: "A"', "status: done # why", "status:", "id: [a]", "id: no"),
        *("status : done", "id:x", "status: |", "  done", "# id: x", "x: |", " id: y", "id: 010", "id: &a b", "x: y"),
        *("id: a: b", "? id", ": x", "---", "...", "id: a\r", "status: dé", "id: a\tb", "status: on hold", "-id: x"),
    ]
)


@given(st.lists(pieces, max_size=6), st.sampled_from(["---\n", "--- \n", "\n---\n", "\ufeff---\n"]))
def test_it_agrees_with_the_reader(lines: list[str], opening: str) -> None:
    data = (opening + "".join(line + "\n" for line in lines) + "---\nbody\n").encode()
    found = plain_scalars(data, KEYS)
    document = reader.parse("a.md", data)
    if found is None or document.fields is None or document.findings:
        return
    assert found == {key: str(document.fields[key]) for key in KEYS if key in document.fields}
