"""Every command, option and help text in one place. Nothing of the engine is imported to show them."""

from __future__ import annotations

import argparse
from typing import Any

from milestones import __version__
from milestones.cli import CONCERNS

STATUSES = ("planned", "in_progress", "blocked", "on_hold", "completed", "cancelled")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        from milestones.reports import printable

        self.exit(
            2, f"error: {printable(message)}\n  = help: {_meant(message)}`{self.prog} --help` shows what it takes\n"
        )


def _meant(message: str) -> str:
    """The word that was meant where one of several had to be given, as a first half of a help."""
    import difflib
    import re

    found = re.search(r"invalid choice: '([^']*)' \(choose from (.*)\)", message)
    if found is None:
        return ""
    near = difflib.get_close_matches(found[1], re.findall(r"'?([^', ]+)'?", found[2]), n=1, cutoff=0.7)
    return f"did you mean `{near[0]}`? " if near else ""


def build(word: str = "") -> argparse.ArgumentParser:
    """The parser of the whole command line; of the one command that is run most where ``word`` is its name."""
    parser = _Parser(
        prog="milestones",
        description="Check and publish the plans that a repository keeps as Markdown files.",
        epilog="Example: milestones check",
    )
    parser.add_argument("--version", action="version", version=f"milestones {__version__}")
    parser.add_argument("-C", dest="directory", metavar="DIR", help="work in this folder")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, prog="milestones")
    _check(commands)
    if word == "check":
        return parser
    _questions(commands)
    _graph(commands)
    _history(commands)
    _changes(commands)
    _ids(commands)
    _texts(commands)
    _adoption(commands)
    hook = commands.add_parser(
        "hook", description="What the pre-commit hooks run.", epilog="Example: milestones hook all"
    )
    hook.add_argument("concern", choices=CONCERNS)
    hook.add_argument("paths", nargs="*", metavar="PATH")
    hook.set_defaults(run="check:hook")
    return parser


def _add(commands: Any, name: str, run: str, help: str, example: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=help,
        description=help[:1].upper() + help[1:] + ".",
        epilog=f"Example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    return parser


def _today(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--today", metavar="YYYY-MM-DD", help='what "today" is (default: SOURCE_DATE_EPOCH, or the clock)'
    )


def _check(commands: Any) -> None:
    check = _add(
        commands,
        "check",
        "check:check",
        "check documents against their convention",
        "milestones check --statistics",
    )
    check.add_argument(
        "paths", nargs="*", metavar="PATH", help="files or folders (default: everything); - is standard input"
    )
    check.add_argument(
        "--format",
        choices=(
            *("auto", "full", "concise", "grouped"),
            *("json", "json-lines", "github", "gitlab", "junit", "sarif"),
        ),
        default="auto",
        help="how to write findings (default: auto, which is full, or github in GitHub Actions)",
    )
    check.add_argument(
        "--output-file",
        metavar="FILE",
        help="write findings to a file; without --format its name decides (.sarif, .xml, .json, .jsonl)",
    )
    check.add_argument(
        "--select",
        metavar="RULES",
        action="append",
        help="only these rules: codes, names or families, with commas",
    )
    check.add_argument("--ignore", metavar="RULES", action="append", help="leave these rules out")
    check.add_argument(
        "--fail-on",
        choices=("error", "warning", "info", "never"),
        help="least severity for exit status 1 (default: warning)",
    )
    check.add_argument("--exit-zero", action="store_true", help="exit status 0 also where something is found")
    check.add_argument(
        "--tracked",
        action="store_true",
        help="only the files that git tracks, as they are on disk; new files have to be added first",
    )
    check.add_argument(
        "--staged",
        action="store_true",
        help="what the next commit would hold: files and contents of git's index, not those on disk",
    )
    check.add_argument(
        "--stdin-filename", metavar="PATH", help="with -: check standard input as the document at this path"
    )
    check.add_argument("--watch", action="store_true", help="check again whenever something changes, until Ctrl-C")
    check.add_argument(
        "--statistics",
        action="store_true",
        help="also print how many documents were found, read and reported",
    )
    check.add_argument(
        "--base",
        metavar="REF",
        help="also find ids that a merge into this branch would give twice; `auto` asks the CI, the hook or git",
    )
    check.add_argument("--profile", metavar="NAME", help="the convention (default: configured, or detected)")
    check.add_argument("--fix", action="store_true", help="mend in place what only one thing can mend")
    check.add_argument(
        "--unsafe-fixes",
        action="store_true",
        help="also make likely mends, and move files to where they belong (implies --fix)",
    )
    check.add_argument(
        "--diff",
        "--dry-run",
        dest="diff",
        action="store_true",
        help="show what fixing would change, and write nothing; status 1 where it would",
    )
    check.add_argument("--no-baseline", action="store_true", help="also show what the baseline knows")
    check.add_argument(
        "--no-cache", action="store_true", help="look at everything anew, and keep nothing in .cache/milestones"
    )
    check.add_argument("--quiet", "-q", action="store_true", help="print findings only, no closing line")
    _today(check)


def _questions(commands: Any) -> None:
    list_ = _add(
        commands,
        "list",
        "show:list_milestones",
        "list milestones",
        "milestones list --owner @ana --active-only",
    )
    list_.add_argument("--plan", metavar="ID", help="only of this plan")
    list_.add_argument("--status", choices=STATUSES, action="append", help="only with this status; may be repeated")
    list_.add_argument("--owner", metavar="HANDLE", help="only of this owner")
    list_.add_argument("--domain", metavar="NAME", help="only of this domain")
    list_.add_argument("--tag", metavar="TAG", action="append", help="only with this tag; repeated: with all of them")
    list_.add_argument("--active-only", action="store_true", help="leave out what is finished or cancelled")
    _at(list_)
    _json(list_)
    show = _add(commands, "show", "show:show", "show one milestone or plan", "milestones show EP-20260117-014/MS003")
    show.add_argument("id", metavar="ID")
    _at(show)
    _json(show)


def _graph(commands: Any) -> None:
    next_ = _add(
        commands,
        "next",
        "graph:next_milestones",
        "list what can be started now, what decides the end first",
        "milestones next --owner @ana",
    )
    next_.add_argument("--owner", metavar="HANDLE", help="only of this owner")
    next_.add_argument("--plan", metavar="ID", help="only of this plan")
    _json(next_)
    graph = _add(
        commands,
        "graph",
        "graph:graph",
        "write the graph of dependencies for other programs",
        "milestones graph --plan EP-20260117-014 --format svg --output plan.svg",
    )
    part = graph.add_mutually_exclusive_group()
    part.add_argument("--plan", metavar="ID", help="this plan's milestones and their neighbours in other plans")
    part.add_argument(
        "--around", dest="id", metavar="ID", help="this milestone, with all that it waits for and all that waits for it"
    )
    graph.add_argument(
        "--format",
        choices=("mermaid", "dot", "graphml", "json", "svg"),
        default="mermaid",
        help="how to write it (default: mermaid)",
    )
    graph.add_argument("--output", "-o", metavar="FILE", help="the file to write to (default: print it)")
    graph.add_argument(
        "--reduce",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="leave out what other dependencies imply (default: yes)",
    )
    _today(graph)


def _history(commands: Any) -> None:
    log = _add(
        commands,
        "log",
        "history:log",
        "show every status that a milestone or plan has had, and the commits that set them",
        "milestones log EP-20260117-014/MS003",
    )
    log.add_argument("id", metavar="ID")
    _json(log)
    stats = _add(
        commands,
        "stats",
        "history:stats",
        "measure how work flows: time in each status, cycle and lead time, throughput, age of open work",
        "milestones stats --plan EP-20260117-014 --since 2026-01-01",
    )
    stats.add_argument("--plan", metavar="ID", help="only this plan's milestones")
    stats.add_argument("--since", metavar="YYYY-MM-DD", help="count nothing before this day (default: everything)")
    _json(stats)
    forecast = _add(
        commands,
        "forecast",
        "history:forecast",
        "forecast when open milestones will be finished, from the pace measured",
        "milestones forecast --plan EP-20260117-014 --window 60",
    )
    forecast.add_argument("--plan", metavar="ID", help="only this plan, at its own pace")
    forecast.add_argument(
        "--window", metavar="DAYS", type=int, default=90, help="the pace of the last so many days (default: 90)"
    )
    forecast.add_argument("--seed", metavar="N", type=int, default=0, help="another draw of chances (default: 0)")
    _json(forecast)
    diff = _add(
        commands,
        "diff",
        "history:diff",
        "show how the plan changed from one commit to another",
        "milestones diff main --since-fork",
    )
    diff.add_argument("before", metavar="A", help="a commit, branch or tag, or a day as YYYY-MM-DD")
    diff.add_argument("after", metavar="B", nargs="?", help="another one (default: the files as they are now)")
    diff.add_argument(
        "--format",
        choices=("text", "markdown", "json"),
        default="text",
        help="how to print it (default: text)",
    )
    diff.add_argument(
        "--since-fork",
        action="store_true",
        help="compare with where the branches part, as a pull request does, and not with A as it is now",
    )


def _at(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--at", metavar="REF", help="as of this commit, branch or tag, or at the end of a day (YYYY-MM-DD)"
    )


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="as JSON")
    _today(parser)


def _writes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="show what would be written, and write nothing")
    _today(parser)


def _changes(commands: Any) -> None:
    plan = commands.add_parser(
        "plan",
        help="start, list and complete plans",
        description="Start, list and complete plans.",
        epilog='Example:\n  milestones plan new "Auth refresh"',
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    plans = plan.add_subparsers(dest="plan_command", metavar="COMMAND", required=True, prog="milestones plan")
    new_plan = _add(plans, "new", "change:new_plan", "start a plan", 'milestones plan new "Auth refresh" --owner @ana')
    new_plan.add_argument("title", metavar="TITLE")
    new_plan.add_argument("--slug", default="", help="for the folder and file name (default: made of the title)")
    new_plan.add_argument("--kind", default="feature", help="the sort of work (default: feature)")
    new_plan.add_argument("--domain", default="", help="the part of the system (default: cross-cutting)")
    new_plan.add_argument("--owner", default="", metavar="HANDLE", help="who answers for it (default: your git name)")
    _writes(new_plan)
    list_ = _add(plans, "list", "show:list_plans", "list plans", "milestones plan list --active-only")
    list_.add_argument("--active-only", action="store_true", help="leave out what is finished or cancelled")
    _at(list_)
    _json(list_)
    complete = _add(
        plans,
        "complete",
        "change:complete_plan",
        "finish a plan and file it",
        "milestones plan complete EP-20260117-014",
    )
    complete.add_argument("id", metavar="ID")
    complete.add_argument("--date", default="", metavar="YYYY-MM-DD", help="the day to file it under")
    complete.add_argument("--note", default="", help="a line for the Changelog")
    _writes(complete)

    new = _add(
        commands,
        "new",
        "change:new",
        "add a milestone to a plan",
        'milestones new EP-20260117-014 "Prototype streaming"',
    )
    new.add_argument("plan", metavar="PLAN", help="the plan's id, or its folder")
    new.add_argument("title", metavar="TITLE")
    new.add_argument("--slug", default="", help="for the file name (default: made of the title)")
    new.add_argument("--owner", default="", metavar="HANDLE", help="who answers for it (default: the plan's owner)")
    new.add_argument("--domain", default="", help="the part of the system (default: the plan's)")
    new.add_argument(
        "--depends-on",
        action="append",
        default=[],
        metavar="ID",
        help="a milestone that comes first; may be repeated",
    )
    new.add_argument("--start", default="", metavar="YYYY-MM-DD", help="the day work begins")
    new.add_argument("--due", default="", metavar="YYYY-MM-DD", help="the day it should be finished")
    new.add_argument(
        "--reserve",
        nargs="?",
        const="",
        metavar="REMOTE",
        help="claim the id on a remote first (default: origin), so that nobody else can have it",
    )
    _writes(new)

    set_ = _add(
        commands,
        "set",
        "change:set_values",
        "set keys of a document",
        'milestones set EP-20260117-014/MS003 status=blocked --note "waits for keys"',
    )
    set_.add_argument("id", metavar="ID")
    set_.add_argument(
        "values", nargs="+", metavar="KEY=VALUE", help="lists with commas; links.docs=PATH for a key of a map"
    )
    set_.add_argument("--note", default="", help="a line for the Changelog")
    _writes(set_)

    archive = _add(
        commands,
        "archive",
        "change:archive",
        "file a finished milestone",
        "milestones archive EP-20260117-014/MS003 --complete",
    )
    archive.add_argument("id", metavar="ID")
    archive.add_argument("--date", default="", metavar="YYYY-MM-DD", help="the day to file it under (default: today)")
    archive.add_argument("--complete", action="store_true", help="call it completed first")
    archive.add_argument("--note", default="", help="a line for the Changelog")
    _writes(archive)


def _ids(commands: Any) -> None:
    ledger = commands.add_parser(
        "ledger",
        help="keep a list of the ids that each plan has given out",
        description="Keep a list of the ids that each plan has given out.",
        epilog="Example:\n  milestones ledger build",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    ledgers = ledger.add_subparsers(dest="ledger_command", metavar="COMMAND", required=True, prog="milestones ledger")
    build = _add(
        ledgers,
        "build",
        "ids:build",
        "write the ledger of each open plan, or add the ids that one lacks",
        "milestones ledger build EP-20260117-014",
    )
    build.add_argument("plans", nargs="*", metavar="PLAN", help="only of these plans (default: all that are open)")
    _writes(build)
    renumber = _add(
        commands,
        "renumber",
        "ids:renumber",
        "give new ids that another branch has too other numbers, wherever they are written",
        "milestones renumber --base origin/main --diff",
    )
    renumber.add_argument(
        "--base", default="auto", metavar="REF", help="the branch whose ids stay (default: the one to merge into)"
    )
    renumber.add_argument("--diff", action="store_true", help="show every line that would change, and write nothing")
    _writes(renumber)


def _adoption(commands: Any) -> None:
    init = _add(
        commands,
        "init",
        "adopt:init",
        "find the conventions of a repository, and set up configuration, site and hook",
        "milestones init --dry-run",
    )
    init.add_argument("--ledger", action="store_true", help="also write the ledger of ids of each open plan")
    init.add_argument("--dry-run", action="store_true", help="show what would be written, and write nothing")
    baseline = _add(
        commands,
        "baseline",
        "adopt:baseline",
        "record today's findings, so that only new ones fail",
        "milestones baseline",
    )
    baseline.add_argument("--remove", action="store_true", help="remove the baseline: every finding counts again")
    _writes(baseline)
    migrate = _add(
        commands,
        "migrate",
        "adopt:migrate",
        "move documents from one convention into another",
        "milestones migrate tracker execplan --dry-run",
    )
    migrate.add_argument("source", metavar="FROM", help="the profile that the documents follow")
    migrate.add_argument("target", metavar="TO", help="the profile that they are to follow")
    _writes(migrate)
    profile = commands.add_parser(
        "profile",
        help="list, explain, write and test profiles: conventions as data",
        description="List, explain, write and test profiles: conventions as data.",
        epilog="Example:\n  milestones profile check plans/house.toml",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    profiles = profile.add_subparsers(
        dest="profile_command", metavar="COMMAND", required=True, prog="milestones profile"
    )
    _add(profiles, "list", "profiles:list_profiles", "list the bundled profiles", "milestones profile list")
    shown = _add(profiles, "show", "profiles:show", "explain a profile", "milestones profile show backlog")
    shown.add_argument("name", metavar="PROFILE", help="a bundled profile, or the path of a TOML file")
    shown.add_argument("--toml", action="store_true", help="the profile's own text")
    tested = _add(
        profiles,
        "check",
        "profiles:check",
        "test a profile against this repository's files",
        "milestones profile check plans/house.toml",
    )
    tested.add_argument("name", metavar="PROFILE", nargs="?", help="which one (default: those in use)")
    made = _add(
        profiles,
        "new",
        "profiles:new",
        "write a profile to begin with",
        "milestones profile new plans/house.toml --from backlog",
    )
    made.add_argument("path", metavar="FILE", help="the TOML file to write, in this repository")
    made.add_argument("--from", dest="source", default="", metavar="PROFILE", help="begin with a bundled profile")
    made.add_argument("--dry-run", action="store_true", help="show what would be written, and write nothing")


def _texts(commands: Any) -> None:
    schema = _add(
        commands,
        "schema",
        "texts:schema",
        "print a JSON Schema",
        "milestones schema milestone > milestone.schema.json",
    )
    schema.add_argument("kind", nargs="?", metavar="KIND", help="which one; without it, the kinds there are")
    rule = _add(commands, "rule", "texts:rule", "explain a rule", "milestones rule dead-link")
    rule.add_argument("code", nargs="?", metavar="CODE", help="a code or name; without it, a list of all")
    rule.add_argument("--json", action="store_true", help="the list as JSON")
    config = _add(
        commands,
        "config",
        "texts:config",
        "show the configuration in force, and where it comes from",
        "milestones config",
    )
    config.add_argument("--json", action="store_true", help="as JSON")
    render = _add(
        commands,
        "render",
        "render:render",
        "write the site's pages without MkDocs",
        "milestones render --out public/plans",
    )
    render.add_argument("--out", required=True, metavar="DIR", help="the folder to write to")
    render.add_argument(
        "--format",
        choices=("html", "markdown"),
        default="html",
        help="complete pages, or Markdown for another generator",
    )
    render.add_argument(
        "--on-error",
        choices=("fail", "warn", "ignore"),
        default="fail",
        help="what invalid documents do (default: fail)",
    )
    render.add_argument(
        "--no-history", dest="history", action="store_false", help="say nothing of what git remembers, nor forecast"
    )
    render.add_argument("--language", default="en", metavar="CODE", help="the language of the pages (default: en)")
    render.add_argument(
        "--no-feeds", dest="feeds", action="store_false", help="write no calendars, Atom feed and badges"
    )
    render.add_argument(
        "--site-url", metavar="URL", help="where DIR will be served, for the links of calendars and of the Atom feed"
    )
    _at(render)
    _today(render)
    server = _add(
        commands,
        "server",
        "server:serve",
        "serve editors: findings as you type, fixes, completion (Language Server Protocol, stdin and stdout)",
        "milestones server",
    )
    server.add_argument("--stdio", action="store_true", help="what it does in any case; some editors say it")
    completion = _add(
        commands,
        "completion",
        "completion:script",
        "print a shell's completion script",
        'eval "$(milestones completion bash)"',
    )
    completion.add_argument("shell", choices=("bash", "zsh", "fish"))
