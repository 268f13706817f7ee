"""Markdown documents with front matter: read strictly and with positions, edited minimally."""
