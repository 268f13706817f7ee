"""Blocks on a reader's pages: an author asks for a table, a timeline, a card, and the site puts it there.

The way of a block: ``fences`` finds it in a page's Markdown, ``options`` reads what it asks for and says what is wrong
with it, ``choice`` picks the milestones, ``views`` draws them, and ``page`` puts the result where the block stood.
"""

from milestones.site.embeds.page import Embeds

__all__ = ["Embeds"]
