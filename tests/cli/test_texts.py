"""What ``rule`` and ``config`` print for machines is what their schemas say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema
import pytest

from milestones import schemas
from milestones.cli import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("words", "schema"), [(["rule"], "rules"), (["config"], "effective-config")])
def test_json_obeys_its_schema(
    words: list[str], schema: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "milestones.toml").write_text('ignore = ["CT007"]\n[severity]\ndead-link = "error"\n', encoding="utf-8")
    assert main(["-C", str(tmp_path), *words, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator(schemas.load(schema)).validate(printed)
    if schema == "effective-config":
        assert printed["ignored"] == ["CT007"]
        assert printed["severity"] == {"RF004": "error"}
