"""How large a submission may be, in every direction in which one could grow."""

from dataclasses import dataclass, field

MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Upper limits. A run of all of BOSS under ten attacks stays below a tenth of each.

    Attributes:
        directory_bytes: of an archive's table of contents, which is read before anything else.
        ratio: unpacked to packed size of a file; ``free_bytes`` are allowed at any ratio.
        text_bytes: of each JSON file.
        json_chars: of a string in JSON; ``columns`` says the same for columns of the predictions, and
            ``column_chars`` for the others.
        table_bytes: of all predictions, as they lie in memory.
    """

    archive_bytes: int = 256 * MEGABYTE
    directory_bytes: int = 2 * MEGABYTE
    unpacked_bytes: int = 1024 * MEGABYTE
    files: int = 10_000
    ratio: int = 100
    free_bytes: int = MEGABYTE
    text_bytes: int = 64 * MEGABYTE
    lines: int = 200_000
    nesting: int = 12
    json_chars: int = 20_000
    rows: int = 20_000_000
    values_per_row: int = 256
    table_bytes: int = 4096 * MEGABYTE
    name_chars: int = 200
    column_chars: int = 200_000
    columns: dict[str, int] = field(
        default_factory=lambda: {
            "example_id": 500,
            "source": 500,
            "input_sha256": 64,
            "text": 1_000_000,
            "error": 20_000,
        }
    )


LIMITS = Limits()
