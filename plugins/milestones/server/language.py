"""The Language Server Protocol on top of ``Repository``, with pygls. Positions of the editor become ours and back."""

from __future__ import annotations

import asyncio
import logging
import os
from typing import TYPE_CHECKING, Any

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path

from milestones import __version__
from milestones.changes import links
from milestones.changes.transaction import ChangeError
from milestones.fixes import Edit, Fix, fix_for, renaming, run
from milestones.model import Severity
from milestones.profiles.profile import ProfileError
from milestones.project.config import ConfigError
from milestones.project.git import GitError
from milestones.server import words
from milestones.server.repository import Repository, directory_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from milestones.model import Finding, Position

#: Seconds of quiet after a keystroke before findings are looked for.
_QUIET = 0.15
#: What can be wrong with a repository as a whole; the editor says so once, and goes on.
_UNUSABLE = (ConfigError, ProfileError, GitError, OSError)
_SEVERITIES = {
    Severity.ERROR: lsp.DiagnosticSeverity.Error,
    Severity.WARNING: lsp.DiagnosticSeverity.Warning,
    Severity.INFO: lsp.DiagnosticSeverity.Information,
}
_KINDS = {
    "key": lsp.CompletionItemKind.Property,
    "word": lsp.CompletionItemKind.EnumMember,
    "id": lsp.CompletionItemKind.Reference,
    "value": lsp.CompletionItemKind.Value,
}
FIX_ALL = "source.fixAll.milestones"


class MilestonesServer(LanguageServer):
    """A server with the repositories that its editor has opened files of."""

    def __init__(self) -> None:
        # Whole texts: a document is small, and pygls takes more characters for line ends than editors do.
        super().__init__("milestones", __version__, lsp.TextDocumentSyncKind.Full)
        self.repositories: dict[str, Repository] = {}
        self._waiting: dict[str, asyncio.Task[None]] = {}
        self._said: set[str] = set()

    # Ways between addresses and paths.

    def located(self, uri: str) -> tuple[Repository, str] | None:
        """The repository of a file, and the file's path in it; None for what is no file, or in no usable place."""
        full = to_fs_path(uri)
        if not full or not uri.startswith("file:"):
            return None
        full = os.path.join(os.path.realpath(os.path.dirname(full)), os.path.basename(full))
        try:
            directory = directory_of(full, self._folders())
        except _UNUSABLE as error:
            self.complain(error)
            return None
        path = os.path.relpath(full, os.path.realpath(directory)).replace(os.sep, "/")
        if path.startswith("../"):
            return None
        return self.repositories.setdefault(directory, Repository(directory)), path

    def _folders(self) -> list[str]:
        """The folders that the editor shows, the deepest first."""
        uris = [self.workspace.root_uri, *self.workspace.folders]
        found = {os.path.realpath(path) for uri in uris if uri and (path := to_fs_path(uri))}
        return sorted(found, key=len, reverse=True)

    def address(self, repository: Repository, path: str) -> str:
        """The address of a file, as the editor wrote it where it has the file open."""
        wanted = os.path.realpath(os.path.join(repository.directory, path))
        for uri in self.workspace.text_documents:
            if os.path.realpath(to_fs_path(uri) or "") == wanted:
                return str(uri)
        return from_fs_path(os.path.join(repository.directory, path)) or ""

    def complain(self, error: Exception) -> None:
        """Say what makes a repository unusable, each thing once."""
        text = f"{error}" + (f" ({error.help})" if isinstance(error, ConfigError) and error.help else "")
        if text not in self._said:
            self._said.add(text)
            self.window_show_message(lsp.ShowMessageParams(lsp.MessageType.Error, f"milestones: {text}"))

    def forgive(self) -> None:
        """What was unusable may have been mended; say it again where it was not."""
        self._said.clear()

    # Ways between positions: lines and columns from 1 in characters, lines from 0 in the editor's units.

    def point(self, lines: list[str], line: int, column: int) -> lsp.Position:
        """A place of ours as the editor counts."""
        before = lines[line - 1][: column - 1] if line <= len(lines) else ""
        return lsp.Position(line - 1, self.workspace.position_codec.client_num_units(before))

    def range(self, lines: list[str], position: Position | None) -> lsp.Range:
        """A stretch of ours as the editor counts; the first line's beginning for a fault of the whole file."""
        if position is None:
            return lsp.Range(lsp.Position(0, 0), self.point(lines, 1, 4))
        line, column, end = position
        return lsp.Range(self.point(lines, line, column), self.point(lines, line, end))

    def place(self, lines: list[str], position: lsp.Position) -> tuple[int, int]:
        """A place of the editor as line and column from 1."""
        line = lines[position.line] if position.line < len(lines) else ""
        units, column = 0, 1
        for character in line:
            if units >= position.character:
                break
            units += self.workspace.position_codec.client_num_units(character)
            column += 1
        return position.line + 1, column

    def changes(self, lines: list[str], edits: Iterable[Edit]) -> list[lsp.TextEdit | lsp.AnnotatedTextEdit]:
        """Edits of ours as the editor takes them."""
        found: list[lsp.TextEdit | lsp.AnnotatedTextEdit] = []
        for edit in edits:
            start = self.point(lines, edit.line, edit.column)
            if "\n" in edit.old:
                end = lsp.Position(start.line + edit.old.count("\n"), 0)
            else:
                end = self.point(lines, edit.line, edit.column + len(edit.old))
            found.append(lsp.TextEdit(lsp.Range(start, end), edit.new))
        return found

    def document_edit(self, repository: Repository, path: str, edits: Iterable[Edit]) -> lsp.TextDocumentEdit:
        """Edits of one file."""
        uri = self.address(repository, path)
        open_ = self.workspace.text_documents.get(uri)
        named = lsp.OptionalVersionedTextDocumentIdentifier(uri, open_.version if open_ is not None else None)
        return lsp.TextDocumentEdit(named, self.changes(repository.text(path).split("\n"), edits))

    def whole_edit(
        self, repository: Repository, edits: dict[str, list[Edit]], moves: Iterable[tuple[str, str]] = ()
    ) -> lsp.WorkspaceEdit | None:
        """Edits of several files, then moves; None where the editor can't move files and has to."""
        changes: list[Any] = [self.document_edit(repository, path, some) for path, some in sorted(edits.items())]
        moves = list(moves)
        if moves and not self._can_rename:
            return None
        options = lsp.RenameFileOptions(overwrite=False)
        for source, target in moves:
            there = from_fs_path(os.path.join(repository.directory, target)) or ""
            changes.append(lsp.RenameFile(self.address(repository, source), there, options=options))
        if self._can_change_documents:
            return lsp.WorkspaceEdit(document_changes=changes)
        return lsp.WorkspaceEdit(changes={change.text_document.uri: list(change.edits) for change in changes})

    @property
    def _editing(self) -> lsp.WorkspaceEditClientCapabilities | None:
        workspace = self.client_capabilities.workspace
        return workspace.workspace_edit if workspace is not None else None

    @property
    def _can_change_documents(self) -> bool:
        return self._editing is not None and bool(self._editing.document_changes)

    @property
    def _can_rename(self) -> bool:
        operations = self._editing.resource_operations if self._editing is not None else None
        return self._can_change_documents and lsp.ResourceOperationKind.Rename in (operations or ())

    # Findings.

    def look(self, repository: Repository, quiet: float = 0.0) -> None:
        """Look for findings, a moment after the last keystroke."""
        waiting = self._waiting.pop(repository.directory, None)
        if waiting is not None:
            waiting.cancel()
        self._waiting[repository.directory] = asyncio.get_running_loop().create_task(self._look(repository, quiet))

    async def _look(self, repository: Repository, quiet: float) -> None:
        await asyncio.sleep(quiet)
        try:
            found = repository.findings()
        except _UNUSABLE as error:
            self.complain(error)
            return
        except Exception:
            logging.getLogger(__name__).exception("the check failed")
            return
        for path, findings in found.items():
            uri = self.address(repository, path)
            lines = repository.text(path).split("\n")
            diagnostics = [self.diagnostic(repository, lines, finding) for finding in findings]
            open_ = self.workspace.text_documents.get(uri)
            version = open_.version if open_ is not None else None
            self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, diagnostics, version))

    def diagnostic(self, repository: Repository, lines: list[str], finding: Finding) -> lsp.Diagnostic:
        """A finding as the editor shows it."""
        related = [
            lsp.DiagnosticRelatedInformation(
                lsp.Location(
                    self.address(repository, other.path),
                    lsp.Range(lsp.Position(other.line - 1, 0), lsp.Position(other.line - 1, 0)),
                ),
                other.message,
            )
            for other in finding.related
        ]
        return lsp.Diagnostic(
            range=self.range(lines, finding.position),
            message=finding.message + (f"\n{finding.help}" if finding.help else ""),
            severity=_SEVERITIES[finding.severity],
            code=finding.code,
            source="milestones",
            related_information=related or None,
        )

    def actions(self, repository: Repository, path: str, wanted: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        """The fixes of what lies in a stretch of a document, and all safe ones at once."""
        only = wanted.context.only
        found: list[lsp.CodeAction] = []
        lines = repository.text(path).split("\n")
        findings = repository.findings().get(path, [])
        for finding in findings:
            where = self.range(lines, finding.position)
            if not _meet(where, wanted.range) or not _asked(only, lsp.CodeActionKind.QuickFix):
                continue
            fix = fix_for(repository.workspace.project_of(path), finding)
            edit = self.fix_edit(repository, fix) if fix is not None else None
            if fix is not None and edit is not None:
                title = fix.title[:1].upper() + fix.title[1:] + ("" if fix.safe else " (unsafe)")
                shown = self.diagnostic(repository, lines, finding)
                kind = lsp.CodeActionKind.QuickFix
                found.append(lsp.CodeAction(title, kind, [shown], is_preferred=fix.safe or None, edit=edit))
        if _asked(only, FIX_ALL) and findings:
            whole = repository.workspace
            mended = run.in_memory(whole, findings, whole.config.selected, unsafe=False)
            if path in mended.texts:
                edits = _line_edits(repository.text(path), mended.texts[path].decode("utf-8"))
                edit = self.whole_edit(repository, {path: edits})
                found.append(lsp.CodeAction("Fix all that is safe to fix", FIX_ALL, edit=edit))
        return found

    def fix_edit(self, repository: Repository, fix: Fix) -> lsp.WorkspaceEdit | None:
        """A fix as the editor takes it; None for one that asks git and writes files of any kind."""
        if fix.number:
            return None
        edits = {fix.path: list(fix.edits)} if fix.edits else {}
        moves = dict(fix.moves)
        for project in repository.workspace.projects if moves else ():
            for entry in project.entries.values():
                if some := links.respelt(project, entry, moves):
                    edits.setdefault(entry.path, []).extend(Edit(*link) for link in some)
        return self.whole_edit(repository, edits, fix.moves)


def _asked(only: Iterable[str] | None, kind: str) -> bool:
    if only is None:
        return kind == lsp.CodeActionKind.QuickFix
    return any(kind == str(one) or kind.startswith(f"{one}.") for one in map(_text, only))


def _text(kind: object) -> str:
    return str(getattr(kind, "value", kind))


def _meet(one: lsp.Range, other: lsp.Range) -> bool:
    return one.start.line <= other.end.line and other.start.line <= one.end.line


def _line_edits(old: str, new: str) -> list[Edit]:
    """What turns one text into another, line by line."""
    import difflib

    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    if any(not line.endswith("\n") for line in before[:-1]):  # line ends that are none to an editor
        before, after = ([line + "\n" for line in text.split("\n")] for text in (old, new))
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    return [
        Edit(first + 1, 1, "".join(before[first:last]), "".join(after[start:end]))
        for tag, first, last, start, end in matcher.get_opcodes()
        if tag != "equal"
    ]


def _of_file(answer: Callable[..., Any]) -> Callable[[MilestonesServer, Any], Any]:
    """A question about a file: unanswered where it lies in no repository, or in one that can't be used."""

    # pygls hands the server to a parameter of this name.
    def asked(ls: MilestonesServer, params: Any) -> Any:
        found = ls.located(params.text_document.uri)
        if found is None:
            return None
        try:
            return answer(ls, params, *found)
        except _UNUSABLE as error:
            ls.complain(error)
            return None

    return asked


def _location(server: MilestonesServer, repository: Repository, path: str, position: Position) -> lsp.Location:
    return lsp.Location(server.address(repository, path), server.range(repository.text(path).split("\n"), position))


def _at(server: MilestonesServer, repository: Repository, path: str, position: lsp.Position) -> tuple[int, int]:
    return server.place(repository.text(path).split("\n"), position)


def _opened(server: MilestonesServer, params: lsp.DidOpenTextDocumentParams, repository: Repository, path: str) -> None:
    if path not in repository.texts:
        repository.refresh()
    repository.open(path, params.text_document.text)
    server.look(repository)


def _changed(
    server: MilestonesServer, params: lsp.DidChangeTextDocumentParams, repository: Repository, path: str
) -> None:
    repository.open(path, params.content_changes[-1].text)
    server.look(repository, _QUIET)


def _saved(
    server: MilestonesServer, _params: lsp.DidSaveTextDocumentParams, repository: Repository, _path: str
) -> None:
    repository.refresh()
    server.look(repository)


def _closed(
    server: MilestonesServer, params: lsp.DidCloseTextDocumentParams, repository: Repository, path: str
) -> None:
    repository.close(path)
    server.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(params.text_document.uri, []))
    server.look(repository)


def _watched(ls: MilestonesServer, _params: lsp.DidChangeWatchedFilesParams) -> None:
    ls.forgive()
    for uri, document in ls.workspace.text_documents.items():
        found = ls.located(uri)
        if found is not None and found[1] not in found[0].texts:
            found[0].open(found[1], document.source)
    for repository in ls.repositories.values():
        repository.refresh()
        ls.look(repository, _QUIET)


def _code_actions(
    server: MilestonesServer, params: lsp.CodeActionParams, repository: Repository, path: str
) -> list[lsp.CodeAction]:
    return server.actions(repository, path, params) if path in repository.texts else []


def _completion(
    server: MilestonesServer, params: lsp.CompletionParams, repository: Repository, path: str
) -> lsp.CompletionList:
    lines = repository.text(path).split("\n")
    line, column = server.place(lines, params.position)
    items = []
    for at, offer in enumerate(words.offers(repository, path, line, column)):
        where = lsp.Range(server.point(lines, line, offer.start), server.point(lines, line, offer.end))
        items.append(
            lsp.CompletionItem(
                label=offer.label,
                kind=_KINDS[offer.kind],
                detail=offer.detail or None,
                sort_text=f"{at:05}",
                filter_text=offer.label if lines[line - 1][offer.start - 1 : offer.start] not in "\"'" else offer.text,
                text_edit=lsp.TextEdit(where, offer.text),
            )
        )
    return lsp.CompletionList(is_incomplete=False, items=items)


def _hover(server: MilestonesServer, params: lsp.HoverParams, repository: Repository, path: str) -> lsp.Hover | None:
    found = words.explanation(repository, path, *_at(server, repository, path, params.position))
    if found is None:
        return None
    text, position = found
    where = server.range(repository.text(path).split("\n"), position)
    return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, text), where)


def _definition(
    server: MilestonesServer, params: lsp.DefinitionParams, repository: Repository, path: str
) -> lsp.Location | None:
    entry = repository.entry(path)
    if entry is None:
        return None
    line, column = _at(server, repository, path, params.position)
    target = words.link_at(entry, line, column)
    if target is not None and not os.path.isdir(os.path.join(repository.directory, target)):
        start = lsp.Position(0, 0)
        return lsp.Location(server.address(repository, target), lsp.Range(start, start))
    found = repository.id_at(path, line, column)
    there = repository.definition(found[0]) if found is not None else None
    return _location(server, repository, *there) if there is not None else None


def _references(
    server: MilestonesServer, params: lsp.ReferenceParams, repository: Repository, path: str
) -> list[lsp.Location] | None:
    if repository.entry(path) is None:
        return None
    found = repository.id_at(path, *_at(server, repository, path, params.position))
    if found is None:
        return None
    own = repository.definition(found[0])
    places = [p for p in repository.references(found[0]) if params.context.include_declaration or p != own]
    return [_location(server, repository, *place) for place in places]


def _prepare_rename(
    server: MilestonesServer, params: lsp.PrepareRenameParams, repository: Repository, path: str
) -> lsp.PrepareRenamePlaceholder | None:
    found = repository.id_at(path, *_at(server, repository, path, params.position))
    if found is None:
        return None
    project, group, _ = repository.ids[found[0]]
    record = group.records[0]
    if not record.own or record.entry.id != found[0] or any(k.references for k in project.profile.kinds.values()):
        return None
    where = server.range(repository.text(path).split("\n"), found[1])
    return lsp.PrepareRenamePlaceholder(where, found[0])


def _rename(
    server: MilestonesServer, params: lsp.RenameParams, repository: Repository, path: str
) -> lsp.WorkspaceEdit | None:
    found = repository.id_at(path, *_at(server, repository, path, params.position))
    known = repository.ids.get(found[0]) if found is not None else None
    if known is None:
        raise JsonRpcInvalidParams("there is no id here")
    project, group, _ = known
    record = group.records[0]
    if not record.own or any(kind.references for kind in project.profile.kinds.values()):
        raise JsonRpcInvalidParams(f"{group.id} is named in ways of its own here, which can't all be changed")
    try:
        planned = renaming.renamed(project, record.entry, params.new_name.strip())
    except ChangeError as error:
        raise JsonRpcInvalidParams(f"{error}" + (f": {error.help}" if error.help else "")) from None
    edit = server.whole_edit(repository, planned.edits, sorted(planned.moves.items()))
    if edit is None:
        raise JsonRpcInvalidParams("the file has to be renamed too, and this editor does not let a server do that")
    return edit


def _unexpected(record: logging.LogRecord) -> bool:
    """False for a request that was refused: its answer says so, and it is nothing for a log."""
    return not (record.exc_info and isinstance(record.exc_info[1], JsonRpcInvalidParams))


def server() -> MilestonesServer:
    """A server with everything it can do."""
    logging.getLogger("pygls.protocol.json_rpc").addFilter(_unexpected)
    made = MilestonesServer()
    made.feature(lsp.TEXT_DOCUMENT_DID_OPEN)(_of_file(_opened))
    made.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)(_of_file(_changed))
    made.feature(lsp.TEXT_DOCUMENT_DID_SAVE)(_of_file(_saved))
    made.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)(_of_file(_closed))
    made.feature(lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES)(_watched)
    kinds = lsp.CodeActionOptions([lsp.CodeActionKind.QuickFix, FIX_ALL])
    made.feature(lsp.TEXT_DOCUMENT_CODE_ACTION, kinds)(_of_file(_code_actions))
    signs = lsp.CompletionOptions(trigger_characters=[":", " ", "-", "[", ",", "@", "/", '"'])
    made.feature(lsp.TEXT_DOCUMENT_COMPLETION, signs)(_of_file(_completion))
    made.feature(lsp.TEXT_DOCUMENT_HOVER)(_of_file(_hover))
    made.feature(lsp.TEXT_DOCUMENT_DEFINITION)(_of_file(_definition))
    made.feature(lsp.TEXT_DOCUMENT_REFERENCES)(_of_file(_references))
    made.feature(lsp.TEXT_DOCUMENT_PREPARE_RENAME)(_of_file(_prepare_rename))
    made.feature(lsp.TEXT_DOCUMENT_RENAME, lsp.RenameOptions(prepare_provider=True))(_of_file(_rename))
    return made


__all__ = ["MilestonesServer", "server"]
