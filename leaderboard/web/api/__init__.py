"""The read-only JSON API of the site: the same rows as the pages, in the same process."""
