"""TOML and JSON are parsed once, and what was kept is never trusted further than the text that it is of."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from milestones import cache, parsed


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    return tmp_path / "home/mkdocs-milestones"


def toml(text: bytes) -> tuple[dict[str, Any], bool]:
    """What a text says, and whether it had to be parsed."""
    with mock.patch.object(parsed, "_toml", wraps=parsed._toml) as asked:
        return parsed.toml(text), asked.called


def test_a_text_is_parsed_once() -> None:
    assert toml(b"a = 1\nb = [true, {c = 'd'}]\n") == ({"a": 1, "b": [True, {"c": "d"}]}, True)
    assert toml(b"a = 1\nb = [true, {c = 'd'}]\n") == ({"a": 1, "b": [True, {"c": "d"}]}, False)
    assert toml(b"a = 2\n") == ({"a": 2}, True)
    assert parsed.json(b'{"a": 1}') == parsed.json(b'{"a": 1}') == {"a": 1}


def test_who_changes_what_a_text_says_changes_it_for_himself() -> None:
    parsed.toml(b"a = [1]\n")["a"].append(2)
    assert toml(b"a = [1]\n") == ({"a": [1]}, False)


def test_toml_and_json_are_kept_apart() -> None:
    assert parsed.toml(b"") == {}
    with pytest.raises(ValueError, match="Expecting value"):
        parsed.json(b"")


def test_a_text_that_says_nothing_is_asked_each_time() -> None:
    for _ in range(2):
        with pytest.raises(parsed.TomlError, match="line 1, column"):
            parsed.toml(b"a = = 1")
        with pytest.raises(UnicodeDecodeError):
            parsed.toml(b"a = '\xff'")


def test_dates_are_no_obstacle() -> None:
    found = [str(toml(b"a = 2026-01-01\n")[0]["a"]) for _ in range(2)]
    assert found == ["2026-01-01", "2026-01-01"]


def test_only_so_many_are_kept(home: Path) -> None:
    for number in range(parsed._KEPT + 20):
        parsed.toml(b"a = %d\n" % number)
    assert len(list((home / "parsed").iterdir())) <= parsed._KEPT + 1
    assert toml(b"a = %d\n" % (parsed._KEPT + 19))[1] is False


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=60)
@given(at=st.integers(0, 200), byte=st.integers(1, 255))
def test_what_was_not_written_here_is_not_believed(home: Path, at: int, byte: int) -> None:
    shutil.rmtree(home, ignore_errors=True)
    text = b"a = 'what the text says'\n"
    parsed.toml(text)
    (file,) = (file for file in (home / "parsed").iterdir() if file.name != ".gitignore")
    data = bytearray(file.read_bytes())
    data[at % len(data)] ^= byte
    file.write_bytes(data)
    assert toml(text) == ({"a": "what the text says"}, True)


def test_another_text_s_file_is_not_believed(home: Path) -> None:
    parsed.toml(b"a = 1\n")
    (one,) = (file for file in (home / "parsed").iterdir() if file.name != ".gitignore")
    parsed.toml(b"a = 2\n")
    (other,) = (file for file in (home / "parsed").iterdir() if file.name not in (".gitignore", one.name))
    shutil.copy(one, other)
    assert toml(b"a = 2\n") == ({"a": 2}, True)


@pytest.mark.parametrize("base", ["relative/home", "/dev/null/home"])
def test_without_a_place_texts_are_parsed(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", base)
    for _ in range(2):
        assert toml(b"a = 1\n") == ({"a": 1}, True)
    assert not Path("relative").exists()


def test_a_folder_that_is_a_link_is_left_alone(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    home.mkdir(parents=True)
    os.symlink(other, home / "parsed")
    assert toml(b"a = 1\n") == ({"a": 1}, True)
    assert list(other.iterdir()) == []
    assert cache.user_folder() == str(home)


def test_a_folder_in_a_repository_is_no_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A repository could bring a seal, and what is sealed with it."""
    (tmp_path / "checkout/.git").mkdir(parents=True)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "checkout/.cache"))
    for _ in range(2):
        assert toml(b"a = 1\n") == ({"a": 1}, True)
    assert not (tmp_path / "checkout/.cache").exists()


def test_a_seal_that_was_cut_short_is_made_anew(home: Path) -> None:
    home.mkdir(parents=True)
    (home / "seal").write_bytes(b"short")
    toml(b"a = 1\n")
    assert toml(b"a = 1\n")[1] is True
    assert toml(b"a = 1\n")[1] is False


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_named_pipe_holds_nobody_up(home: Path) -> None:
    home.mkdir(parents=True)
    os.mkfifo(home / "seal")
    assert toml(b"a = 1\n") == ({"a": 1}, True)


def test_sealed_nonsense_is_a_miss(home: Path) -> None:
    parsed.toml(b"a = 1\n")
    (file,) = (file for file in (home / "parsed").iterdir() if file.name != ".gitignore")
    cache.Cache(str(home / "parsed")).save(file.name, b"\xe1nonsense")
    assert toml(b"a = 1\n") == ({"a": 1}, True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"a = 1\nb = " + b"1" * 5000, "a number of thousands of digits (at line 2, column 5)"),
        (b"a = 1\n\nb = " + b"[" * 5000, "lists or tables too deep in each other (at line 3, column 5)"),
    ],
)
def test_what_python_refuses_is_said_with_its_place(text: bytes, message: str) -> None:
    with pytest.raises(parsed.TomlError) as refused:
        parsed.toml(text)
    assert str(refused.value) == message
