"""One template both ways: what is built is read back, and what is read is built again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from milestones.documents.days import calendar_date
from milestones.profiles import catalogue
from milestones.profiles.paths import Template, slugify
from milestones.profiles.profile import Profile, ProfileError

if TYPE_CHECKING:
    from milestones.profiles.kinds import Place

ALL = [catalogue.load(name) for name in catalogue.NAMES]
#: Those that say what every field of a path looks like; what lies in the others' folders has more liberties.
PROFILES = [profile for profile in ALL if profile.plain]
PLACES = [
    pytest.param(profile, kind.name, place, id=f"{profile.name} {place.parent} {kind.name} {place.name}")
    for profile in PROFILES
    for kind in profile.kinds.values()
    for place in kind.places
]

words = st.lists(st.text("abyz019", min_size=1, max_size=5), min_size=1, max_size=3)
slugs = words.map("-".join)
folders = st.one_of(slugs, words.map("_".join))
days = st.sampled_from([("2026", "01", "17"), ("2025", "12", "31"), ("2028", "02", "29"), ("0001", "10", "01")])
#: The same property for each of a dozen places.
few = settings(max_examples=max(20, settings.default.max_examples // 4))
numbers = st.integers(1, 999).map("{:03}".format)


@st.composite
def canonical(draw: st.DrawFn, template: Template) -> dict[str, str]:
    """Fields as the convention wants them, for each field of a template."""
    fields = {}
    year, month, day = draw(days)
    for name in template.fields:
        last = name.rpartition(".")[2]
        fields[name] = {
            "date": "".join(draw(days)),
            "number": draw(numbers),
            "slug": draw(slugs),
            "folder": draw(folders),
            "plan": f"EP-{''.join(draw(days))}-{draw(numbers)}",
            "year": year,
            "month": month,
            "day": day,
        }[last]
    return fields


@pytest.mark.parametrize(("profile", "kind", "place"), PLACES)
@few
@given(data=st.data())
def test_there_and_back(profile: Profile, kind: str, place: Place, data: st.DataObject) -> None:
    fields = data.draw(canonical(place.template))
    path = place.template.build(fields)
    assert place.template.read(path) == fields
    assert place.template.build(place.template.read(path) or {}) == path
    located = profile.locate(path)
    assert located is not None
    assert (located.kind.name, located.place, located.fields) == (kind, place, fields)
    assert located.exact
    assert located.dated
    assert path.startswith(f"{located.plan_directory}/")
    assert profile.resembles(path) is located.kind
    assert not profile.ignored(path)


@pytest.mark.parametrize(("profile", "kind", "place"), PLACES)
@few
@given(data=st.data())
def test_letter_case_and_padding_are_read(profile: Profile, kind: str, place: Place, data: st.DataObject) -> None:
    """Almost right is understood, so that a rule can say what is wrong; but it is not exact."""
    fields = data.draw(canonical(place.template))
    path = place.template.build({**fields, "number": fields["number"].lstrip("0")})
    located = profile.locate(path.replace("EP-", "ep-").replace("MS", "Ms"))
    assert located is not None
    assert (located.kind.name, located.place.name) == (kind, place.name)
    assert not located.exact
    assert located.fields["number"] == fields["number"].lstrip("0")
    assert located.fields["slug"] == fields["slug"]


@pytest.mark.parametrize("profile", ALL, ids=lambda profile: profile.name)
@given(path=st.text(st.sampled_from(list("EPMSep-_0129a/.md \n")), max_size=60))
def test_any_path_is_read_or_not(profile: Profile, path: str) -> None:
    path = f"{profile.root}/{path}".lstrip("/")
    located = profile.locate(path)
    if located is not None and located.exact:
        assert located.place.template.build(located.fields) == path
    profile.resembles(path)


@pytest.mark.parametrize(("profile", "kind", "place"), PLACES)
@few
@given(data=st.data(), bad=st.sampled_from(["../x", "a/b", "..", ".", "a\\b", "a\x00b", "/etc/passwd"]))
def test_no_field_leaves_its_place(profile: Profile, kind: str, place: Place, data: st.DataObject, bad: str) -> None:
    fields = data.draw(canonical(place.template))
    name = data.draw(st.sampled_from([name for name in fields if name != "plan"]))
    with pytest.raises(ValueError, match="in a path"):
        place.template.build({**fields, name: bad})


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
@given(data=st.data())
def test_ids_there_and_back(profile: Profile, data: st.DataObject) -> None:
    for kind in profile.kinds.values():
        fields = data.draw(canonical(kind.id))
        assert kind.id.read(kind.id.build(fields)) == fields


def test_a_field_used_twice_is_one_field() -> None:
    template = Template("{a}/x-{a}.md", {"a": "[0-9]+"})
    assert template.build({"a": "1"}) == "1/x-1.md"
    assert template.read_exact("1/x-1.md") == {"a": "1"}
    assert template.read_exact("1/x-2.md") is None
    assert template.read("1/X-2.md") == {"a": "1"}


def test_literals_are_literal() -> None:
    template = Template("a.b+{n}", {"n": "[0-9]+"})
    assert template.read("a.b+7") == {"n": "7"}
    assert template.read("aXb+7") is None
    assert template.read("a.b+7\n") is None


def test_a_missing_field() -> None:
    with pytest.raises(KeyError):
        Template("{a}", {"a": "x"}).build({})
    with pytest.raises(KeyError):
        Template("{b}", {"a": "x"})


# Slugs.


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Über-cool: API v2!", "uber-cool-api-v2"),
        ("  Retry   failed\tdeliveries ", "retry-failed-deliveries"),
        ("../../etc/passwd", "etc-passwd"),
        ("送信", ""),
        ("ﬁx ②", "fix-2"),
        ("", ""),
    ],
)
def test_slugs(title: str, slug: str) -> None:
    assert slugify(title) == slug


@given(st.text(), st.integers(1, 80))
def test_every_slug_is_valid(title: str, longest: int) -> None:
    slug = slugify(title, longest=longest)
    assert len(slug) <= longest
    assert re.fullmatch(r"(?:[a-z0-9]+(?:-[a-z0-9]+)*)?", slug)


@given(slugs)
def test_a_slug_is_its_own_slug(slug: str) -> None:
    assume(len(slug) <= 60)
    assert slugify(slug) == slug


def test_long_words_are_cut_and_others_left_out() -> None:
    assert slugify("a" * 100, longest=10) == "a" * 10
    assert slugify("retry failed deliveries", longest=14) == "retry-failed"


# Dates, and loading.


@given(st.dates())
def test_days_of_the_calendar(day: object) -> None:
    assert calendar_date(str(day))


@given(st.integers(0, 9999), st.integers(0, 99), st.integers(0, 99))
def test_other_days(year: int, month: int, day: int) -> None:
    import datetime

    try:
        datetime.date(year, month, day)
    except ValueError:
        valid = False
    else:
        valid = True
    assert calendar_date(f"{year:04}-{month:02}-{day:02}") is valid


@pytest.mark.parametrize(
    "text", ["2026-1-7", "2026-01-17\n", " 2026-01-17", "20260117", "２０２６-01-17", "", None, 20260117]
)
def test_what_is_no_day(text: object) -> None:
    assert not calendar_date(text)


def test_unknown_profiles_name_the_nearest() -> None:
    with pytest.raises(ProfileError, match=r"did you mean 'execplan-v2'\?"):
        catalogue.load("execplan_v2")
    with pytest.raises(ProfileError, match="there are execplan, execplan-v2"):
        catalogue.load("jira")


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_bundled_profiles_are_consistent(profile: Profile) -> None:
    for kind in profile.kinds.values():
        assert kind.statuses[kind.finished].closed
        assert all(kind.statuses[word].closed for word in kind.archived)
        assert set(kind.preferred) <= set(kind.statuses)
        assert not kind.places[0].finished
        template = profile.template_text(kind)
        for section in kind.sections:
            assert f"\n## {section}\n" in template
        for text in kind.template_text:
            if text != "YYYY-MM-DD — Short note on what changed and why.":
                assert text in template or text.startswith("<Milestone")
    for field in profile.fields.values():
        assert re.compile(field.pattern)
        assert re.compile(field.match)


@pytest.mark.parametrize(
    "name", ["README.md", "a/INDEX.md", "a/milestones/CHANGELOG.md", "registry.json", "_template/x.md"]
)
def test_ignored_files(name: str) -> None:
    for profile in PROFILES:
        assert profile.ignored(name)
        assert profile.resembles(name) is None
