"""``milestones render``: the site's pages without MkDocs."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from milestones import reports, rules
from milestones.cli import UsageError, use_colour
from milestones.cli.show import open_at

if TYPE_CHECKING:
    import argparse


def render(arguments: argparse.Namespace) -> int:
    """Write the pages; with ``--on-error fail``, only where no document has an error."""
    site = arguments.site_url
    if site and not re.fullmatch(r"https?://[^\s/?#]+[^\s?#]*", site):
        raise UsageError(f"--site-url: {site!r} is no address of a site", "write for example https://example.org/docs/")
    project = open_at(arguments)
    result = rules.check(project)
    errors = rules.Result(tuple(f for f in result.findings if f.severity.value == "error"), result.statistics)
    if errors.findings and arguments.on_error != "ignore":
        print(reports.render("full", errors, lambda _: None, colour=use_colour(sys.stderr)), file=sys.stderr)
        if arguments.on_error == "fail":
            print("nothing was written; --on-error warn writes the pages all the same", file=sys.stderr)
            return 1
    try:
        from milestones.site import language, past, standalone
        from milestones.site.pages import SiteOptions
    except ImportError as error:
        raise UsageError(f"{error.name} is not installed", "pip install 'mkdocs-milestones[site]'") from None
    portfolio = project.portfolio(result.findings, result.statistics)
    portfolio.known = result.known
    options = SiteOptions(
        history=past.read(project, portfolio) if arguments.history else None,
        feeds=arguments.feeds,
        absolute_url=standalone.served_at(site, arguments.format) if site else None,
    )
    try:
        with language.using(arguments.language):
            written = standalone.render(portfolio, options, Path(arguments.out), arguments.format)
    except language.LanguageError as error:
        raise UsageError(f"--language: {error}", error.help) from None
    print(f"wrote {len(written)} files to {arguments.out}")
    return 0
