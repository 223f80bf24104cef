"""The run directory: its schema, how it is written, read, resumed and migrated. Imports no model code."""
