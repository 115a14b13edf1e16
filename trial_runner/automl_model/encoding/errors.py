"""Errors in rows that a model reads."""

_MOST_CHARACTERS = 80


class SchemaError(ValueError):
    """A column is missing or is not what it was in training; the message names the column and what to do."""


def wrong_kind(name: str, expected: str, example: object = None) -> SchemaError:
    """The error for a column of another kind than in training, with one of its values if it holds texts."""
    values = f"no {expected}" if example is None else f"values like {cell(example)}"
    return SchemaError(
        f'column "{name}" holds {values}, but the model was trained on {expected}; is it the right column?'
    )


def cell(text: object) -> str:
    """A cell in quotes, cut if it is long."""
    whole = str(text)
    return f'"{whole}"' if len(whole) <= _MOST_CHARACTERS else f'"{whole[: _MOST_CHARACTERS - 3]}..."'
