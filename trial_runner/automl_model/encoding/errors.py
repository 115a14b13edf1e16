"""What can be wrong with rows that a model is to read."""


class SchemaError(ValueError):
    """A column is missing or is not what it was in training; the message names the column and what to do."""


def wrong_kind(name: str, expected: str, example: object = None) -> SchemaError:
    """The error for a column that is not what it was in training, with one of its values where it holds texts."""
    but = "" if example is None else f', but for example "{str(example)[:80]}"'
    return SchemaError(
        f'column "{name}" holds no {expected}, which the model was trained on{but}; is it the right column?'
    )
