"""One file per upstream format; each reader yields examples and counts the rows it leaves out."""
