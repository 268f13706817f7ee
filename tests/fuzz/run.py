"""Fuzzes the targets by coverage, each for a while: ``make fuzz``. What it finds goes to ``finds/TARGET-HASH``.

Every input may take a second and the whole process half a gigabyte; what takes more is a find too.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
FIXTURES = HERE.parent / "fixtures"
#: Where each target's first inputs come from, and what its language is made of.
SEEDS = {"front-matter": "**/*.md", "outline": "**/*.md", "paths": "", "configuration": ""}
WORDS = {
    "front-matter": r"""---\x0a :\x20 -\x20 \x0a\x20\x20 ' [ ] { } | > &a *a !! <<:\x20 # \xef\xbb\xbf""",
    "outline": r"""##\x20 -\x20[\x20]\x20 ``` ~~~ | |-| ]( <!-- --> <details> \x0a\x0a ** \x0d\x0a""",
    "paths": r""".agent/exec_plans/ milestones/ active/ EP-20260105-001 _MS001_ .md .planning/phases/ 01-02-PLAN ../""",
    "configuration": r"""[[overrides]] paths= profile= severity. ignore= exclude= [tool.milestones] \x22 ** select=""",
}


def fuzz(target: str, seconds: int) -> bool:
    """One target. False where something was found."""
    with tempfile.TemporaryDirectory() as folder:
        corpus, words = Path(folder, "corpus"), Path(folder, "words")
        corpus.mkdir()
        words.write_text("".join(f'"{word}"\n' for word in WORDS[target].split()), encoding="utf-8")
        for number, seed in enumerate(sorted(FIXTURES.glob(SEEDS[target])) if SEEDS[target] else ()):
            if seed.is_file():
                (corpus / str(number)).write_bytes(seed.read_bytes()[:4096])
        for number, seed in enumerate(FIXTURES.glob("**/*.md") if target == "paths" else ()):
            inside = seed.relative_to(FIXTURES).parts
            (corpus / str(number)).write_text("/".join(inside[-6:]), encoding="utf-8")
        for find in HERE.glob(f"finds/{target}-*"):
            (corpus / find.name).write_bytes(find.read_bytes())
        done = subprocess.run(
            [
                *(sys.executable, str(HERE / "drive.py"), target, f"-max_total_time={seconds}", "-max_len=4096"),
                *("-timeout=2", "-rss_limit_mb=768", f"-dict={words}", f"-artifact_prefix={HERE}/finds/{target}-"),
                *("-print_final_stats=1", str(corpus)),
            ],
            check=False,
        )
    return done.returncode == 0


def main() -> int:
    """Every target, or the one named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", nargs="*", choices=[[], *SEEDS], help="all of them where none is named")
    parser.add_argument("--seconds", type=int, default=300, help="for each")
    asked = parser.parse_args()
    found = [target for target in asked.target or SEEDS if not fuzz(target, asked.seconds)]
    for target in found:
        print(f"{target}: something was found; it is in {HERE / 'finds'}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
