"""The plugin in real builds: MkDocs and ProperDocs, their themes, valid and broken documents, a server."""

from __future__ import annotations

import html
import json
import re
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from typing import TYPE_CHECKING

import jsonschema
import pytest

from milestones import schemas
from sites import Site, environment, git, milestone_files

if TYPE_CHECKING:
    from pathlib import Path

THEMES = {
    "material": "  name: material\n  font: false",
    "mkdocs": "  name: mkdocs",
    "readthedocs": "  name: readthedocs",
}


def page(repository: Path, uri: str) -> str:
    return (repository / "site" / uri).read_text(encoding="utf-8")


def test_a_build_has_every_page(build: Site, repository: Path) -> None:
    done = build(strict=True)
    assert done.returncode == 0, done.stderr
    data = json.loads(page(repository, "milestones/milestones.json"))
    jsonschema.validate(data, schemas.load("milestones-json"))
    assert len(data["milestones"]) == len(milestone_files(repository)) == 3
    assert len(data["plans"]) == 1
    for item in (*data["milestones"], *data["plans"]):
        assert html.escape(item["title"]) in page(repository, item["page"].removesuffix(".md") + "/index.html")
    for uri in ("milestones", "milestones/graph", "milestones/health"):
        assert "mst" in page(repository, f"{uri}/index.html")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("directories", [True, False])
def test_every_local_link_leads_somewhere(build: Site, repository: Path, theme: str, directories: bool) -> None:
    done = build(theme=THEMES[theme], more=f"use_directory_urls: {str(directories).lower()}")
    assert done.returncode == 0, done.stderr
    site = repository / "site"
    checked = 0
    for file in site.glob("milestones/**/*.html"):
        for target in re.findall(r'(?:href|src)="([^"#?]+)', file.read_text(encoding="utf-8")):
            if re.match(r"[a-z]+:|//", target) or target.startswith("/sub/"):
                continue
            there = (file.parent / html.unescape(target)).resolve()
            assert there.exists(), f"{file.relative_to(site)} links to {target}"
            checked += 1
    assert checked > 50


def test_properdocs_builds_the_same(build: Site, repository: Path) -> None:
    assert build().returncode == 0
    first = page(repository, "milestones/milestones.json")
    done = build(generator="properdocs")
    assert done.returncode == 0, done.stderr
    assert page(repository, "milestones/milestones.json") == first


def test_two_builds_have_the_same_bytes(build: Site, repository: Path) -> None:
    assert build(options="{cache: false}").returncode == 0
    kept = {f: f.read_bytes() for f in (repository / "site" / "milestones").rglob("*") if f.is_file()}
    assert build().returncode == 0  # fills the cache
    assert build().returncode == 0  # uses it
    for file, content in kept.items():
        assert file.read_bytes() == content, file


def test_a_kept_rendering_follows_the_text_and_its_links(build: Site, repository: Path) -> None:
    active = next(f for f in milestone_files(repository) if "/active/" in str(f))
    name = re.search(r"(EP-\d+-\d+)_(MS\d+)", active.name)
    assert name
    uri = f"milestones/plans/{name[1].lower()}/{name[2].lower()}/index.html"
    (repository / "notes.md").write_text("notes\n", encoding="utf-8")
    text = active.read_text(encoding="utf-8") + "\nSee [the notes](/notes.md) once.\n"
    active.write_text(text, encoding="utf-8")
    assert build().returncode == 0
    assert "https://github.com/example/fixture/blob/main/notes.md" in page(repository, uri)
    active.write_text(text.replace("once.", "twice."), encoding="utf-8")
    assert build().returncode == 0
    assert "twice." in page(repository, uri)
    (repository / "notes.md").unlink()
    assert build(options="{on_error: ignore}").returncode == 0
    assert "blob/main/notes.md" not in page(repository, uri)


def test_a_poisoned_cache_is_harmless(build: Site, repository: Path) -> None:
    assert build().returncode == 0
    poisoned = 0
    for file in (repository / ".cache" / "milestones").glob("*.json"):
        seal, _, text = file.read_text(encoding="utf-8").partition("\n")
        kept = json.loads(text)
        if "content" in kept:
            kept["content"] += "<script>alert(1)</script>"
        for key in kept.get("pictures", {}):
            kept["pictures"][key] += "<script>alert(1)</script>"
        file.write_text(f"{seal}\n{json.dumps(kept)}", encoding="utf-8")
        poisoned += 1
    assert poisoned > 3
    assert build().returncode == 0
    assert not [f for f in (repository / "site").glob("milestones/**/*.html") if "alert(1)" in f.read_text("utf-8")]


def broken(repository: Path) -> Path:
    file = milestone_files(repository)[-1]
    text = file.read_text(encoding="utf-8")
    assert re.search(r"^domain: .*$", text, re.MULTILINE)
    file.write_text(re.sub(r"^domain: .*$", "domain: kitchen", text, flags=re.MULTILINE), encoding="utf-8")
    return file


@pytest.mark.parametrize("strict", [False, True])
def test_an_invalid_milestone_fails_the_build(build: Site, repository: Path, strict: bool) -> None:
    file = broken(repository)
    done = build(strict=strict)
    assert done.returncode == 1
    assert f"{file.relative_to(repository).as_posix()}:7: FM004" in done.stderr
    assert "Traceback" not in done.stderr


def test_on_error_warn_builds_and_says_so(build: Site, repository: Path) -> None:
    broken(repository)
    done = build(options="{on_error: warn}")
    assert done.returncode == 0
    assert "FM004" in done.stderr
    assert "FM004" in page(repository, "milestones/health/index.html")
    assert build(options="{on_error: warn}", strict=True).returncode == 1


@pytest.mark.parametrize("on_error", ["warn", "fail"])
def test_the_log_holds_no_escapes_of_what_files_say(build: Site, repository: Path, on_error: str) -> None:
    file = milestone_files(repository)[0]
    text = file.read_text(encoding="utf-8")
    status = re.sub(r"(?m)^status: .*$", lambda _: r'status: "\e[31mred\u202e"', text)
    (file.parent / (file.stem + "-\x1b[2J\u202e.md")).write_text(text, encoding="utf-8")
    file.write_text(status, encoding="utf-8")
    done = build(options=f"{{on_error: {on_error}}}")
    assert (done.returncode == 0) == (on_error == "warn")
    assert r"\u{1b}" in done.stderr
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", done.stderr)


def test_on_error_ignore_is_quiet(build: Site, repository: Path) -> None:
    broken(repository)
    done = build(options="{on_error: ignore}", strict=True)
    assert done.returncode == 0, done.stderr
    assert "FM004" not in done.stderr


def test_an_unreadable_document_has_a_page_that_says_why(build: Site, repository: Path) -> None:
    file = milestone_files(repository)[-1]
    file.write_text(file.read_text(encoding="utf-8").replace("---\n", "---\nkey: &a [*a]\n", 1), encoding="utf-8")
    assert build(options="{on_error: warn}").returncode == 0
    name = re.search(r"(EP-\d+-\d+)_(MS\d+)", file.name)
    assert name
    text = page(repository, f"milestones/plans/{name[1].lower()}/{name[2].lower()}/index.html")
    assert "RD009" in text
    assert "can&#39;t be read" in text or "can’t be read" in text or "can't be read" in text


def test_hostile_titles_and_bodies_are_text(build: Site, repository: Path) -> None:
    file = milestone_files(repository)[-1]
    text = file.read_text(encoding="utf-8")
    text = re.sub(r"^title: .*$", 'title: "<script>alert(1)</script> & <b>"', text, flags=re.MULTILINE)
    text += "\n<script>alert(2)</script>\n\n[run](javascript:alert(3)) <img src=x onerror=alert(4)>\n"
    file.write_text(text, encoding="utf-8")
    assert build(options="{on_error: ignore}").returncode == 0
    for name in ("**/*.html", "search/*.json"):
        for made in (repository / "site").glob(name):
            # What a rule says of such a link is its own text, and shows one.
            content = re.sub(r'(?s)<section class="mst-rule".*?</section>', "", made.read_text(encoding="utf-8"))
            assert "<script>alert" not in content, made
            assert not re.search(r"<[^>]*\bonerror=", content), made
            assert "javascript:alert" not in content or made.suffix == ".json", made


def test_options(build: Site, repository: Path) -> None:
    done = build(
        options="{path: plan/ours, pages: [roadmap, milestones], titles: {roadmap: Was kommt}, nav: start}",
        more="nav:\n  - Home: index.md",
    )
    assert done.returncode == 0, done.stderr
    home = page(repository, "index.html")
    assert home.index("Was kommt") < home.index("Home</") or "Was kommt" in home
    assert (repository / "site/plan/ours/index.html").exists()
    assert not (repository / "site/plan/ours/graph").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("{on_error: perhaps}", "on_error"),
        ("{nav: middle}", "nav"),
        ("{titles: {rodamap: X}}", "rodamap"),
        ("{path: '..'}", "path"),
        ("{root: nowhere}", "nowhere"),
        ("{profile: exceplan}", "execplan"),
        ("{colour: red}", "colour"),
    ],
)
def test_a_wrong_option_is_explained(build: Site, options: str, words: str) -> None:
    done = build(options=options, strict=True)
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_configuration_is_explained(build: Site, repository: Path) -> None:
    (repository / "milestones.toml").write_text('profle = "execplan"\n', encoding="utf-8")
    done = build()
    assert done.returncode == 1
    assert "milestones.toml:1" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_empty_repository_builds_and_explains(build: Site, repository: Path) -> None:
    for file in repository.glob(".agent/**/*.md"):
        file.unlink()
    done = build()
    assert done.returncode == 0, done.stderr
    assert "milestones plan new" in page(repository, "milestones/index.html")


def test_nothing_is_asked_of_another_host(build: Site, repository: Path) -> None:
    assert build().returncode == 0
    for file in (repository / "site").glob("milestones/**/*.html"):
        text = file.read_text(encoding="utf-8")
        loaded = re.findall(r'<(?:script|img|iframe)\b[^>]*\bsrc="([^"]+)"', text)
        loaded += re.findall(r'<link\b[^>]*\brel="stylesheet"[^>]*\bhref="([^"]+)"', text)
        assert not [url for url in loaded if re.match(r"(?:https?:)?//", url)], file


def test_the_server_follows_edits_and_survives_a_broken_file(build: Site, repository: Path) -> None:
    build()
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "mkdocs", "serve", "--dev-addr", f"127.0.0.1:{port}"]
    server = subprocess.Popen(
        command, cwd=repository, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}/sub/milestones/"
    try:
        wait_for(url, "Roadmap")
        file = milestone_files(repository)[-1]
        good = file.read_text(encoding="utf-8")
        file.write_text(
            re.sub(r"^title: .*$", "title: Quite another thing", good, flags=re.MULTILINE), encoding="utf-8"
        )
        wait_for(url, "Quite another thing")
        file.write_text(good.replace("---\n", "---\n\tbroken\n", 1), encoding="utf-8")
        wait_for(url, "RD008")
        assert server.poll() is None
        file.write_text(good, encoding="utf-8")
        wait_for(url, "RD008", gone=True)
    finally:
        server.terminate()
        server.wait(timeout=20)


def wait_for(url: str, words: str, *, gone: bool = False) -> None:
    deadline = time.monotonic() + 90
    text = ""
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                text = answer.read().decode("utf-8")
        except OSError:
            text = ""
        if text and (words in text) is not gone:
            return
        time.sleep(0.3)
    raise AssertionError(f"{words!r} {'still' if gone else 'never'} on {url}: {text[:300]}")


def test_history_is_told_and_can_be_switched_off(build: Site, repository: Path) -> None:
    assert build(strict=True).returncode == 0
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=repository, capture_output=True, text=True, check=True)
    data = json.loads(page(repository, "milestones/milestones.json"))
    assert {step["commit"] for m in data["milestones"] for step in m["history"]} == {commit.stdout.strip()}
    told = page(repository, data["milestones"][0]["page"].removesuffix(".md") + "/index.html")
    assert f'href="https://github.com/example/fixture/commit/{commit.stdout.strip()}"' in told
    assert build(options="{history: false}", strict=True).returncode == 0
    data = json.loads(page(repository, "milestones/milestones.json"))
    assert not any(m["history"] for m in data["milestones"])
    assert "mst-history" not in page(repository, data["milestones"][0]["page"].removesuffix(".md") + "/index.html")


def test_at_shows_the_site_as_it_was(build: Site, repository: Path) -> None:
    git(repository, "tag", "v1")
    file = milestone_files(repository)[0]
    before = title_of(file)
    file.write_text(file.read_text(encoding="utf-8").replace(before, "A later title"), encoding="utf-8")
    git(repository, "-c", "user.name=Ana", "-c", "user.email=ana@example.org", "commit", "--quiet", "-am", "Later")
    assert build(strict=True).returncode == 0
    titles = {m["title"]: m for m in json.loads(page(repository, "milestones/milestones.json"))["milestones"]}
    assert "A later title" in titles
    assert before not in titles
    for at in ("v1", "main~1"):
        done = build(options=f"{{at: {at}}}", strict=True)
        assert done.returncode == 0, done.stderr
        titles = {m["title"]: m for m in json.loads(page(repository, "milestones/milestones.json"))["milestones"]}
        assert before in titles
        assert "A later title" not in titles
        told = page(repository, titles[before]["page"].removesuffix(".md") + "/index.html")
        assert "/edit/main/" not in told
    # YAML makes a date of a day.
    assert build(options="{at: 2098-12-31}", strict=True).returncode == 0
    data = json.loads(page(repository, "milestones/milestones.json"))
    assert "A later title" in {m["title"] for m in data["milestones"]}
    assert data["today"] == "2098-12-31"


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("v9", "milestones: at: there is no commit 'v9' here; see `git branch --all` and `git tag` for names"),
        ("1970-01-02", "milestones: at: there is no commit up to 1970-01-02"),
        ("--all", "milestones: at: '--all' can't be a ref"),
        ("7", "Config value 'plugins': Plugin 'milestones' option 'at'"),
    ],
)
def test_at_names_what_can_not_be_resolved(build: Site, at: str, words: str) -> None:
    done = build(options=f"{{at: {at}}}")
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def title_of(file: Path) -> str:
    lines = file.read_text(encoding="utf-8").split("\n")
    return next(line.removeprefix("title: ") for line in lines if line.startswith("title: "))
