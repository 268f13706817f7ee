"""The published site: pages as data, what fills them, and the two ways out (MkDocs, and files on disk)."""
