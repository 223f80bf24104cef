"""What may be compared, and whether a difference is real. No page and no file format here."""
