"""An order by what a reader wants, and how sure it is."""
