"""Real repositories moved into the default convention: nothing is lost, and what is written is well formed."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from milestones import rules
from milestones.changes import migration
from milestones.model import Status
from milestones.project import config
from milestones.project.workspace import open_workspace

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus"
pytestmark = pytest.mark.corpus


@pytest.mark.parametrize(
    ("profile", "folder", "root"),
    [
        ("execplan-v2", "execplan/trevor-nichols+agentrules-architect", ".agent"),
        ("gsd", "gsd/AbianS+prisma-generate-uml", ".planning"),
        ("backlog", "backlog/BigCactusLabs+blotter", "backlog"),
        ("backlog", "backlog/CRJFisher+code-charter", "backlog"),
        ("aiwf", "aiwf/23min+FlowTime", "work"),
        ("tracker", "trackers/trevor-nichols+openai-agents-saas-starter", "docs"),
    ],
)
def test_into_the_default_convention(tmp_path: Path, profile: str, folder: str, root: str) -> None:
    shutil.copytree(CORPUS / folder / root, tmp_path / root)
    who = ("-c", "user.name=Mira", "-c", "user.email=mira@example.org", "-c", "core.autocrlf=false")
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "as it was")):
        subprocess.run(["git", *who, *words], cwd=tmp_path, check=True)
    before = open_workspace(tmp_path, profile=profile)
    titles = Counter(migration._one_line(m.title) for m in before.milestones)
    statuses = Counter(m.status for m in before.milestones)
    edges = sum(d in {m.id for m in before.milestones} for m in before.milestones for d in m.depends_on)

    migration.plan(config.find(str(tmp_path)), profile, "execplan").transaction.commit()

    after = open_workspace(tmp_path, profile="execplan")
    assert Counter(m.title for m in after.milestones) == titles
    found = Counter(m.status for m in after.milestones)
    # The default convention has no words for these two.
    found[Status.COMPLETED] -= statuses[Status.CANCELLED]
    found[Status.BLOCKED] -= statuses[Status.ON_HOLD]
    assert +found == +Counter({s: n for s, n in statuses.items() if s not in (Status.CANCELLED, Status.ON_HOLD)})
    assert sum(len(m.depends_on) for m in after.milestones) == edges
    wrong = [f for f in rules.check(after).findings if f.code[:2] in ("RD", "FM", "NM", "SQ", "AR")]
    assert [f for f in wrong if f.severity.value != "info"] == []
