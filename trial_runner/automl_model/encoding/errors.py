"""What can be wrong with rows that a model is to read."""


class SchemaError(ValueError):
    """A column is missing or is not what it was in training; the message names the column and what to do."""


def unreadable(name: str, expected: str, example: object) -> SchemaError:
    """The error for a column in which no value can be read."""
    return SchemaError(
        f'column "{name}" holds no {expected}, which the model was trained on, but for example "{str(example)[:80]}";'
        " is it the right column?"
    )
