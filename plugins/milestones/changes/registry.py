"""The file in which a convention lists its documents again, kept true when they change."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from milestones import schemas
from milestones.documents import reader
from milestones.rules.registry import parse, read

if TYPE_CHECKING:
    from milestones.changes.transaction import Transaction
    from milestones.profiles.kinds import Kind
    from milestones.project.project import Project


def update(
    project: Project, transaction: Transaction, kind: Kind, id_: str, data: bytes, path: str, *, added: bool = False
) -> None:
    """Keep the registry file true, where the convention has one: change the document's entry, or add one.

    Builds on what the transaction writes to it already, so that several documents can change together.
    """
    what = project.profile.registry
    if what is None or kind.name != what.kind:
        return
    planned = transaction.writes.get(what.path)
    text = read(project) if planned is None else planned.decode("utf-8")
    if text is None:
        return
    listed = parse(text, what.list)
    fields = reader.parse("", data).fields
    if listed is None or fields is None:
        return
    whole = json.loads(text)
    item = next((i for i in whole[what.list] if isinstance(i, dict) and i.get("id") == id_), None)
    values = schemas.typed(fields, schemas.load(kind.schema))
    if item is not None:
        item.update({key: values[key] for key in what.keys if key in item and key in values})
        item["path"] = path
    elif added:
        item = {**values, "path": path}
        whole[what.list].append(item)
    else:
        return
    ordered = all(list(i) == sorted(i) for i in listed)
    indent = re.search(r"\n([ \t]+)\S", text)
    fresh = json.dumps(
        whole, indent=indent[1] if indent else None, ensure_ascii=not any(ord(c) > 127 for c in text), sort_keys=ordered
    )
    if fresh.strip() != text.strip():
        transaction.write(what.path, (fresh + ("\n" if text.endswith("\n") else "")).encode("utf-8"))
