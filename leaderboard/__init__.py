"""The site: reads run directories and shows them; it never measures and imports no model library."""
