"""A file that is a document under its project's profile: what its path says of it, and what it says when it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from milestones import schemas
from milestones.documents.values import Fields, Items, is_text
from milestones.lazy import cached_property

if TYPE_CHECKING:
    from collections.abc import Mapping

    from milestones.documents import reader
    from milestones.documents.outline import Box
    from milestones.documents.values import Text
    from milestones.model import Status, Tally
    from milestones.profiles.kinds import Kind, Located
    from milestones.profiles.paths import Template
    from milestones.project.project import Project


class Entry:
    """One file: what its path says, and (read on first use) what it says itself."""

    def __init__(self, project: Project, path: str, kind: Kind, located: Located | None) -> None:
        self.project = project
        self.path = path
        self.kind = kind
        self.located = located

    def __repr__(self) -> str:
        return f"<Entry {self.path}>"

    @cached_property
    def document(self) -> reader.Document:
        """The file, read."""
        return settled(self.project.read(self.path), self.kind)

    def renew(self) -> None:
        """Read the file again where its document was given up: another check wants all of it."""
        known = self.__dict__.get("document")
        if known is not None and known.spent:
            for name in ("document", "fields", "values", "boxes", "_listed_tasks"):
                self.__dict__.pop(name, None)

    @cached_property
    def fields(self) -> Fields | None:
        """The document's fields: front matter under the schema's spelling of its keys, and labelled lines.

        None where the document could not be read.
        """
        found = self.document.fields
        if found is None or not (self.kind.spellings or self.kind.lines):
            return found
        from milestones.documents import blocks
        from milestones.project import records

        if self.kind.spellings:
            found = records.folded(found, self.kind.spellings)
        if self.kind.lines:
            labelled = blocks.labelled(self.document, self.kind.lines, self.kind.head)
            if labelled:
                whole = Fields({**labelled, **found})
                whole.line, whole.column = found.line, found.column
                found = whole
        return found

    @cached_property
    def values(self) -> Mapping[str, Any]:
        """Fields with the types that the schema gives; empty where the document could not be read."""
        fields = self.fields
        return schemas.typed(fields, schemas.load(self.kind.schema)) if fields is not None and self.kind.schema else {}

    def written(self, key: str) -> Text | None:
        """A scalar with its position, under whichever of its names; None where it is missing, empty or no scalar."""
        fields = self.fields
        if fields is None:
            return None
        paths = self.kind.attributes.get(key)
        if paths is None:
            value = fields.get(key)
            return value if is_text(value) else None
        from milestones.project import records

        return next((text for path in paths for text in records.dig(fields, path)), None)

    @cached_property
    def plan_id_in_path(self) -> str | None:
        """The id of the plan that the path belongs to, as far as the path and its folder tell."""
        if self.located is None or self.kind.model == "note":
            return None
        fields = self.located.fields
        if self.kind.model == "plan":
            assert self.kind.id is not None
            return _built(self.kind.id, self.project.profile.padded(fields))
        if self.kind.plan is not None:
            return _built(self.kind.plan, self.project.profile.padded(fields))
        if "plan" in fields:
            return fields["plan"]
        if not self.kind.nested:
            return None
        plan = self.project.profile.kinds["plan"]
        assert plan.id is not None
        own = {name.removeprefix("plan."): text for name, text in fields.items() if name.startswith("plan.")}
        if all(name in own for name in plan.id.fields):
            return plan.id.build(own)
        documents = self.project.plans_in(self.located.plan_directory)
        return documents[0].plan_id_in_path if len(documents) == 1 else None

    @cached_property
    def id_in_path(self) -> str | None:
        """The document's id as its path tells it, or None where the path doesn't."""
        if self.located is None or self.kind.id is None:
            return None
        if self.kind.model == "plan":
            return self.plan_id_in_path
        if "plan" not in self.kind.id.fields:
            fields, profile = self.located.fields, self.project.profile
            return _built(self.kind.id, profile.padded(fields) if profile.loose_ids else fields)
        if self.plan_id_in_path is None:
            return None
        return self.kind.id.build({**self.located.fields, "plan": self.plan_id_in_path})

    @cached_property
    def id(self) -> str | None:
        """The id the document goes by: the one it says where that has the right form, else its path's."""
        if self.kind.id is None:
            return None
        own = self.written("id")
        if own is not None and (own == self.id_in_path or self.kind.id.read(own) is not None):
            return str(own)
        return self.id_in_path

    @cached_property
    def place_in_sequence(self) -> tuple[str, str] | None:
        """The sequence that the path counts in, and the number it has there; None where the path has no id."""
        if self.located is None or self.kind.scope is None:
            return None
        folder = self.path.rpartition("/")[0]
        fields = {**self.located.fields, "plan": self.plan_id_in_path or "", "directory": folder}
        if "plan" in self.kind.scope.fields and not fields["plan"]:
            return None
        scope = _built(self.kind.scope, fields)
        return (scope.upper(), fields[self.kind.sequence]) if scope is not None else None

    @cached_property
    def status(self) -> Status | None:
        """What its status word means, or None for a word that the convention does not know."""
        word = self.written("status")
        if word is None:
            return None
        found = self.kind.statuses.get(word.casefold())
        if found is None and self.kind.loose_statuses:
            from milestones.project import records

            found = records.status_of(self.kind, str(word))
        return found

    @cached_property
    def boxes(self) -> list[Box]:
        """The checkboxes and task rows that count as its tasks."""
        if (listed := self._listed_tasks) is not None:
            return listed
        outline, wanted = self.document.outline, self.kind.task_sections
        if wanted is None:
            return outline.boxes
        found: list[Box] = []
        inside = 7  # the level of the heading that says so
        headings = iter([*outline.headings, None])
        following = next(headings)
        for box in outline.boxes:
            while following is not None and following.line < box.line:
                if following.level <= inside:
                    inside = following.level if wanted.match(following.text) else 7
                following = next(headings)
            if inside < 7 or (self.kind.task_boxes is not None and self.kind.task_boxes.match(box.text)):
                found.append(box)
        return found

    @cached_property
    def _listed_tasks(self) -> list[Box] | None:
        """Tasks that front matter lists, or None where it lists none."""
        wanted = self.kind.task_list
        items = self.fields.get(wanted.list) if wanted is not None and self.fields is not None else None
        if wanted is None or not isinstance(items, Items):
            return None
        from milestones.documents.outline import Box

        found: list[Box] = []
        for item in items:
            if isinstance(item, Fields) and is_text(status := item.get(wanted.status)):
                word = str(status).casefold()
                if word not in wanted.dropped:
                    found.append(Box(word in wanted.done, str(item.get(wanted.text) or status), status.line))
        return found

    @property
    def tally(self) -> Tally:
        """How many of its tasks are done."""
        if self.kind.task_sections is None and self._listed_tasks is None:
            return self.document.outline.tally
        from milestones.model import Tally

        return Tally(sum(box.done for box in self.boxes), len(self.boxes))

    @property
    def filed(self) -> bool:
        """True where the file lies in a place for finished work."""
        return self.located is not None and self.located.place.finished


def _built(template: Template, fields: Mapping[str, str]) -> str | None:
    try:
        return template.build(fields)
    except (KeyError, ValueError):
        return None


def settled(document: reader.Document, kind: Kind) -> reader.Document:
    """A document as its kind takes it: one that needs no front matter is read without it."""
    if document.fields is None and kind.front_matter != "required":
        _without_front_matter(document, forgiven=kind.front_matter == "optional")
    return document


def _without_front_matter(document: reader.Document, *, forgiven: bool) -> None:
    """Take a document without front matter for one with none of its keys: path and body still tell what it is."""
    codes = [finding.code for finding in document.findings]
    if "RD005" not in codes or not document.text:
        return
    if forgiven:
        document.findings = [finding for finding in document.findings if finding.code != "RD005"]
    document.fields = Fields()
    document.fields.line = document.fields.column = 1
    document.body_start, document.body_line = 0, 1
