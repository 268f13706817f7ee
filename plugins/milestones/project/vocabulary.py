"""What a repository's own settings say of its convention: its status words, and what the whole is called.

The settings are those of the convention's tool; nothing but the keys that the profile names is looked at, and a file
that can't be read says nothing.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from milestones.documents import reader

if TYPE_CHECKING:
    from milestones.profiles.profile import Profile


def learn(profile: Profile, directory: str) -> None:
    """Give a profile the words of the first settings file that is there."""
    from milestones.project.records import dig

    assert profile.configuration is not None
    files = (os.path.join(directory, path) for path in profile.configuration.files)
    fields = next((found for file in files if (found := reader.settings(file))), None)
    if fields is None:
        return
    words = {}
    for kind in profile.kinds.values():
        if kind.more_statuses:
            listed = [str(text).strip() for text in dig(fields, kind.more_statuses) if text.strip()]
            if listed:
                words[kind.name] = listed
    titles = dig(fields, profile.configuration.plan_title) if profile.configuration.plan_title else []
    profile.configure(words, str(titles[0]).strip() if titles else "")


__all__ = ["learn"]
