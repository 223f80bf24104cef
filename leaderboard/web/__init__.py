"""What a browser sees: pages, charts and the JSON API."""
