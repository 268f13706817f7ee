"""The editor server, spoken to over its standard input and output."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from milestones.project.workspace import open_workspace
from milestones.rules import check

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("today")

FIXTURES = Path(__file__).parents[1] / "fixtures"
PLAN_ID = "EP-20260105-001"
PLAN = f".agent/exec_plans/reliable-webhooks/{PLAN_ID}_reliable-webhooks.md"
FOLDER = ".agent/exec_plans/reliable-webhooks/milestones"
RETRY = f"{FOLDER}/active/{PLAN_ID}_MS002_retry-failed-deliveries.md"
SHOW = f"{FOLDER}/active/{PLAN_ID}_MS003_show-deliveries.md"
STORE = f"{FOLDER}/archive/2026/01/16/{PLAN_ID}_MS001_store-every-attempt.md"


@pytest.fixture
def editor(repository: Callable[..., Path], editing: Callable[..., Any]) -> Any:
    """An editor in the example repository."""
    return editing(repository())


def place(text: str, what: str, offset: int = 0) -> tuple[int, int]:
    """Line and character of a text's first occurrence."""
    at = text.index(what) + offset
    return text.count("\n", 0, at), at - text.rfind("\n", 0, at) - 1


def labels(answer: Any) -> list[str]:
    return [item["label"] for item in answer["items"]]


def applied(text: str, edits: list[dict[str, Any]]) -> str:
    """A text with the edits of the protocol made; UTF-16 units, as the protocol has it."""
    lines = text.split("\n")

    def offset(position: dict[str, int]) -> int:
        line = lines[position["line"]] if position["line"] < len(lines) else ""
        before = line.encode("utf-16-le")[: position["character"] * 2].decode("utf-16-le")
        return sum(len(one) + 1 for one in lines[: position["line"]]) + len(before)

    for edit in sorted(edits, key=lambda e: offset(e["range"]["start"]), reverse=True):
        start, end = offset(edit["range"]["start"]), offset(edit["range"]["end"])
        text = text[:start] + edit["newText"] + text[end:]
    return text


def apply(editor: Any, edit: dict[str, Any]) -> None:
    """A workspace edit, made on disk."""
    for change in edit["documentChanges"]:
        if change.get("kind") == "rename":
            source, target = (Path(change[key].removeprefix("file://")) for key in ("oldUri", "newUri"))
            target.parent.mkdir(parents=True, exist_ok=True)
            source.rename(target)
        else:
            file = Path(change["textDocument"]["uri"].removeprefix("file://"))
            file.write_bytes(applied(file.read_bytes().decode(), change["edits"]).encode())


def codes(root: Path) -> list[str]:
    return [finding.code for finding in check(open_workspace(root)).findings]


# Findings.


def test_it_says_what_it_can_do_and_ends_when_told(editor: Any) -> None:
    able = editor.hello["capabilities"]
    assert able["renameProvider"] == {"prepareProvider": True}
    for name in ("hover", "definition", "references"):
        assert able[f"{name}Provider"]
    assert set(able["codeActionProvider"]["codeActionKinds"]) == {"quickfix", "source.fixAll.milestones"}
    assert editor.open(RETRY) == []
    assert editor.end() == 0


def test_what_is_typed_counts_and_not_what_is_saved(editor: Any) -> None:
    assert editor.open(SHOW) == []
    text = editor.text(SHOW)
    (found,) = editor.type(SHOW, text.replace("status: planned", "status: todo"))
    assert found["code"] == "FM004"
    assert found["source"] == "milestones"
    assert found["severity"] == 1
    line = place(text, "status: planned")[0]
    assert found["range"] == {"start": {"line": line, "character": 8}, "end": {"line": line, "character": 12}}
    assert editor.type(SHOW, text) == []
    assert editor.text(SHOW) == text


@pytest.mark.parametrize("overlay", sorted((FIXTURES / "rules").iterdir()), ids=lambda path: path.name)
def test_the_same_findings_as_the_check(
    repository: Callable[..., Path], editing: Callable[..., Any], overlay: Path
) -> None:
    root = repository(overlay=overlay)
    said = check(open_workspace(root)).findings
    paths = {f.path for f in said if (root / f.path).is_file() and f.code not in ("RD001", "RD002", "NM002", "CT008")}
    paths = {path for path in paths if open_workspace(root).has(path)}
    editor = editing(root)
    for path in sorted(paths)[:2]:
        found = editor.open(path)
        assert sorted(f["code"] for f in found) == sorted(f.code for f in said if f.path == path)
        for diagnostic, finding in zip(found, [f for f in said if f.path == path], strict=True):
            assert diagnostic["range"]["start"]["line"] == finding.line - 1
            assert diagnostic["message"].startswith(finding.message)
    assert editor.end() == 0


def test_columns_are_those_of_the_editor(editor: Any) -> None:
    text = editor.text(SHOW).replace("components: [console]", "components: [\U0001f680, \U0001f680]")
    (found,) = [f for f in editor.open(SHOW, text) if f["code"] == "FM006"] or [None]
    body = editor.text(SHOW) + "\n\U0001f680\U0001f680 [gone](nowhere.md)\n"
    (found,) = [f for f in editor.type(SHOW, body) if f["code"] == "RF004"]
    assert found["range"]["start"]["character"] == len("\U0001f680\U0001f680 [gone](".encode("utf-16-le")) // 2
    line = "\n".join(body.split("\n")).split("\n")[found["range"]["start"]["line"]]
    units = line.encode("utf-16-le")
    start, end = (found["range"][side]["character"] * 2 for side in ("start", "end"))
    assert units[start:end].decode("utf-16-le") == "nowhere.md"


def test_one_open_file_changes_what_is_said_of_another(editor: Any) -> None:
    editor.open(STORE)
    plan = editor.open(PLAN)
    editor.type(STORE, editor.text(STORE).replace(f"id: {PLAN_ID}/MS001", f"id: {PLAN_ID}/MS009"))
    assert plan == []
    retry = editor.open(RETRY, editor.text(RETRY).replace("status: in_progress", "status: completed"))
    assert "AR001" in {f["code"] for f in retry}


def test_a_file_that_is_not_there_yet(editor: Any) -> None:
    path = SHOW.replace("MS003_show-deliveries", "MS004_new-one")
    text = editor.text(SHOW).replace("MS003", "MS004").replace("ms: 3", "ms: 4")
    assert {f["code"] for f in editor.open(path, text)} <= {"SQ005"}
    assert not (editor.root / path).exists()


def test_other_files_are_let_be(editor: Any) -> None:
    assert editor.open("README.md") == []
    assert editor.ask("textDocument/hover", editor.at("README.md", 0, 0)) is None
    assert editor.ask("textDocument/completion", editor.at("README.md", 0, 0))["items"] == []
    assert editor.ask("textDocument/definition", editor.at("README.md", 0, 3)) is None


def test_wrong_configuration_is_said_and_ends_nothing(
    repository: Callable[..., Path], editing: Callable[..., Any]
) -> None:
    root = repository()
    (root / "milestones.toml").write_text('profile = "nosuch"\n', encoding="utf-8")
    editor = editing(root)
    item = {"uri": editor.uri(SHOW), "languageId": "markdown", "version": 1, "text": editor.text(SHOW)}
    editor.tell("textDocument/didOpen", {"textDocument": item})
    assert "nosuch" in editor.notice("window/showMessage")["params"]["message"]
    assert editor.ask("textDocument/hover", editor.at(SHOW, 1, 1)) is None
    (root / "milestones.toml").unlink()
    editor.tell("workspace/didChangeWatchedFiles", {"changes": []})
    editor._versions[SHOW] = 1
    assert editor.findings(SHOW) == []
    assert editor.end() == 0


@pytest.mark.parametrize(
    "text", ["", "---", "---\n", "---\nid", "---\nid: [", "\u2028\n---\n", "---\r\nid: \x00\r\n---\r\n", "\U0001f680"]
)
def test_half_a_document_harms_nothing(editor: Any, text: str) -> None:
    editor.open(SHOW)
    editor.type(SHOW, text)
    last = text.count("\n")
    for line, character in ((0, 0), (last, 0), (last, 500), (last + 5, 3)):
        for name in ("completion", "hover", "definition", "prepareRename"):
            editor.ask(f"textDocument/{name}", editor.at(SHOW, line, character))
        editor.ask("textDocument/references", editor.at(SHOW, line, character, context={"includeDeclaration": True}))
    actions(editor, SHOW)
    assert editor.end() == 0


# Fixes.


def actions(editor: Any, path: str, only: list[str] | None = None) -> list[dict[str, Any]]:
    context: dict[str, Any] = {"diagnostics": []} | ({"only": only} if only else {})
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": 9999, "character": 0}}
    answer = editor.ask(
        "textDocument/codeAction", {"textDocument": {"uri": editor.uri(path)}, "range": whole, "context": context}
    )
    return list(answer or ())


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_a_fix_mends_what_is_typed(editor: Any, newline: str) -> None:
    text = editor.text(SHOW)
    wrong = text.replace("status: planned", "status: todo").replace("ms: 3", 'ms: "3"').replace("\n", newline)
    assert len(editor.open(SHOW, wrong)) == 2
    first, second = actions(editor, SHOW)
    assert [a["title"] for a in (first, second)] == ["Write `3`", "Write `planned`"]
    assert first["isPreferred"]
    assert first["diagnostics"][0]["code"] == "FM003"
    (change,) = first["edit"]["documentChanges"]
    assert applied(wrong, change["edits"]) == wrong.replace('ms: "3"', "ms: 3")
    (everything,) = actions(editor, SHOW, ["source.fixAll"])
    (change,) = everything["edit"]["documentChanges"]
    assert applied(wrong, change["edits"]) == text.replace("\n", newline)


def test_a_guess_is_called_one(editor: Any) -> None:
    editor.open(SHOW, editor.text(SHOW).replace("risk: low", "risk: lowish"))
    (action,) = actions(editor, SHOW)
    assert action["title"] == "Write `low` (unsafe)"
    assert "isPreferred" not in action
    assert actions(editor, SHOW, ["source.fixAll"]) == []


def test_a_move_takes_links_along(repository: Callable[..., Path], editing: Callable[..., Any]) -> None:
    root = repository(overlay=FIXTURES / "rules/AR001")
    editor = editing(root)
    editor.open(RETRY)
    (action,) = [a for a in actions(editor, RETRY) if a["title"].startswith("Move")]
    apply(editor, action["edit"])
    assert "AR001" not in codes(root)
    assert "RF004" not in codes(root)
    assert (root / f"{FOLDER}/archive/2026/02/01" / Path(RETRY).name).exists()


def test_an_editor_that_can_not_move_files_is_not_asked_to(
    repository: Callable[..., Path], editing: Callable[..., Any]
) -> None:
    editor = editing(repository(overlay=FIXTURES / "rules/AR001"), {})
    editor.open(RETRY)
    assert actions(editor, RETRY) == []
    text = editor.text(RETRY)
    editor.type(RETRY, text.replace("ms: 2", "ms: 02"))
    (action,) = actions(editor, RETRY)
    assert list(action["edit"]["changes"]) == [editor.uri(RETRY)]


# Completion.


def complete(editor: Any, path: str, text: str, what: str) -> Any:
    """What is offered behind a text, and the line that the first offer would make."""
    line, character = place(text, what, len(what))
    return editor.ask("textDocument/completion", editor.at(path, line, character))


def test_keys_that_are_missing_are_offered_and_the_required_first(editor: Any) -> None:
    text = editor.text(SHOW).replace("owner:", "o\nonce:").replace("risk: low\n", "")
    editor.open(SHOW, text)
    answer = complete(editor, SHOW, text, "\no")
    assert labels(answer)[0] == "owner"
    assert {"risk"} <= set(labels(answer))
    assert not {"id", "title", "status"} & set(labels(answer))
    item = answer["items"][0]
    assert item["textEdit"]["newText"] == "owner: "
    assert item["textEdit"]["range"]["start"]["character"] == 0
    assert "answers for it" in item["detail"]


@pytest.mark.parametrize(
    ("old", "new", "offered"),
    [
        ("status: planned", "status: ", "completed"),
        ("status: planned", "status: pl", "planned"),
        ("risk: low", "risk: ", "high"),
        ('owner: "@jonas"', "owner: ", "@mira"),
        ('owner: "@jonas"', 'owner: "@m', "@mira"),
        ("domain: console", "domain: ", "backend"),
        ("updated: 2026-01-21", "updated: ", "2026-02-01"),
        ("execplan_id: EP-20260105-001", "execplan_id: ", PLAN_ID),
        ("  - EP-20260105-001/MS002", "  - ", f"{PLAN_ID}/MS001"),
        ("tags: [webhooks, console]", "tags: [webhooks, d", "delivery"),
        ("tags: [webhooks, console]", "tags: [", "delivery"),
    ],
)
def test_values_are_offered(editor: Any, old: str, new: str, offered: str) -> None:
    text = editor.text(SHOW).replace(old, new, 1)
    editor.open(SHOW, text)
    answer = complete(editor, SHOW, text, new)
    assert offered in labels(answer)
    item = next(item for item in answer["items"] if item["label"] == offered)
    made = applied(text, [item["textEdit"]])
    assert all(word in made for word in (old.split(":")[0].strip(" -"), offered))
    line = made.split("\n")[item["textEdit"]["range"]["start"]["line"]]
    assert line.count(offered) == 1
    if "@" in offered:
        assert line == f'owner: "{offered}"'


def test_ids_are_offered_in_text(editor: Any) -> None:
    text = editor.text(SHOW) + "\nSee EP-2026"
    editor.open(SHOW, text)
    answer = complete(editor, SHOW, text, "See EP-2026")
    assert {PLAN_ID, f"{PLAN_ID}/MS001"} <= set(labels(answer))
    item = next(item for item in answer["items"] if item["label"] == f"{PLAN_ID}/MS001")
    assert "Store every attempt" in item["detail"]
    assert applied(text, [item["textEdit"]]).endswith(f"\nSee {PLAN_ID}/MS001")


# Hover, and the ways between ids.


def test_hover_says_what_a_key_and_an_id_are(editor: Any) -> None:
    text = editor.text(SHOW)
    editor.open(SHOW)
    key = editor.ask("textDocument/hover", editor.at(SHOW, *place(text, "risk:", 1)))
    assert key["contents"]["kind"] == "markdown"
    assert "**`risk`**" in key["contents"]["value"]
    assert "`high`" in key["contents"]["value"]
    assert key["range"]["end"]["character"] == 4
    id_ = editor.ask("textDocument/hover", editor.at(SHOW, *place(text, "  - EP-2026", 12)))
    assert "Retry failed deliveries" in id_["contents"]["value"]
    assert "In progress" in id_["contents"]["value"]
    word = editor.ask("textDocument/hover", editor.at(SHOW, *place(text, "status: planned", 10)))
    assert word["contents"]["value"] == "`planned`: planned"


def test_hover_makes_no_markup_of_what_others_wrote(editor: Any) -> None:
    title = '"![x](https://example.org/x.png) <img src=x> [a](command:b)"'
    text = re.sub("title: .*", f"title: {title}", editor.text(RETRY))
    editor.open(RETRY, text)
    editor.open(SHOW)
    answer = editor.ask("textDocument/hover", editor.at(SHOW, *place(editor.text(SHOW), "  - EP-2026", 12)))
    assert r"\!\[x\](https" in answer["contents"]["value"]
    assert r"\<img" in answer["contents"]["value"]


def test_definition_of_ids_and_links(editor: Any) -> None:
    text = editor.text(RETRY)
    editor.open(RETRY)
    id_ = editor.ask("textDocument/definition", editor.at(RETRY, *place(text, "  - EP-2026", 10)))
    assert id_["uri"] == editor.uri(STORE)
    assert id_["range"]["start"] == {"line": 1, "character": 4}
    link = editor.ask("textDocument/definition", editor.at(RETRY, *place(text, "../archive/2026", 20)))
    assert link["uri"] == editor.uri(STORE)
    docs = editor.ask("textDocument/definition", editor.at(RETRY, *place(text, "docs/webhooks", 3)))
    assert docs["uri"] == editor.uri("docs/webhooks.md")
    plan = editor.ask("textDocument/definition", editor.at(RETRY, *place(text, f"execplan_id: {PLAN_ID}", 15)))
    assert plan["uri"] == editor.uri(PLAN)


def test_references_of_an_id(editor: Any) -> None:
    text = editor.text(STORE)
    editor.open(STORE)
    where = editor.at(STORE, *place(text, "id: EP", 10))
    every = editor.ask("textDocument/references", {**where, "context": {"includeDeclaration": True}})
    assert {editor.uri(STORE), editor.uri(RETRY)} <= {one["uri"] for one in every}
    fewer = editor.ask("textDocument/references", {**where, "context": {"includeDeclaration": False}})
    assert len(fewer) == len(every) - 1


def test_rename_of_a_milestone(editor: Any) -> None:
    editor.open(RETRY)
    where = editor.at(RETRY, *place(editor.text(RETRY), "id: EP", 10))
    assert editor.ask("textDocument/prepareRename", where)["placeholder"] == f"{PLAN_ID}/MS002"
    edit = editor.ask("textDocument/rename", {**where, "newName": f"{PLAN_ID}/MS007"})
    apply(editor, edit)
    there = RETRY.replace("MS002", "MS007")
    text = editor.text(there)
    assert f"id: {PLAN_ID}/MS007\n" in text
    assert "ms: 7\n" in text
    assert f"  - {PLAN_ID}/MS007\n" in editor.text(SHOW)
    assert set(codes(editor.root)) <= {"SQ002", "SQ005"}


def test_rename_of_a_plan_takes_its_milestones_along(editor: Any) -> None:
    editor.open(PLAN)
    where = editor.at(PLAN, *place(editor.text(PLAN), "id: EP", 10))
    apply(editor, editor.ask("textDocument/rename", {**where, "newName": "EP-20260105-002"}))
    assert set(codes(editor.root)) <= {"SQ002"}
    assert not [path for path in editor.root.rglob("*.md") if PLAN_ID in path.name + path.read_text(encoding="utf-8")]
    assert {m.id for m in open_workspace(editor.root).milestones} == {f"EP-20260105-002/MS00{n}" for n in (1, 2, 3)}


@pytest.mark.parametrize("name", ["", "x", f"{PLAN_ID}/MS003", f"{PLAN_ID}/MS7", "EP-20260101-001/MS007", "../../x"])
def test_a_name_that_can_not_be_is_refused(editor: Any, name: str) -> None:
    editor.open(RETRY)
    before = {path: path.read_bytes() for path in editor.root.rglob("*.md")}
    with pytest.raises(Exception, match=r"\w") as refused:
        editor.ask("textDocument/rename", editor.at(RETRY, *place(editor.text(RETRY), "id: EP", 10), newName=name))
    assert "Traceback" not in str(refused.value)
    assert {path: path.read_bytes() for path in editor.root.rglob("*.md")} == before
    assert editor.end() == 0
