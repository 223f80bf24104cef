"""The board: columns, rows, filters and ranks out of the store, and the files a reader takes away."""
