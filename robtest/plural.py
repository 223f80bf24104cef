"""A number and the noun it counts, as English writes them."""


def counted(n: int, noun: str, plural: str | None = None) -> str:
    """Return ``n`` with its noun, in the singular where ``n`` is 1.

    Args:
        plural: where it is not the noun with an s.

    >>> counted(1, "variant"), counted(1200, "variant"), counted(2, "query", "queries")
    ('1 variant', '1,200 variants', '2 queries')
    """
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"
