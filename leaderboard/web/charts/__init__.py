"""Charts of the pages. Pure altair; every name is plain data."""
