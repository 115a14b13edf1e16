"""Loads a verified bundle's encoder and models, and checks them before any row is read.

The files that a valid manifest lists may still come from somebody else. After these checks every row gets a prediction.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from automl_api.cores import allowed_cores
from automl_api.resources.model import Member
from automl_model.bundle import MEMBERS, BundleFacts, ModelError
from automl_model.encoding import Encoder
from automl_model.features import Layout
from automl_model.fold_model import FoldModel, read_fold_model
from automl_model.text_column import TextColumn


@dataclass(frozen=True)
class Members:
    """Each member's weight and models; `width`: the most columns that any view produces."""

    weighted: tuple[tuple[float, tuple[FoldModel, ...]], ...]
    width: int


def read_encoder(directory: Path, facts: BundleFacts) -> Encoder:
    """The encoder. Raises ModelError unless it is one that `prepare` could make, with the signature's columns."""
    try:
        encoder = Encoder.from_state(facts.encoder)
        described = [(column.name, column.kind) for column in encoder.columns]
    except Exception as broken:  # the state may have any form, and may fail in any way
        raise ModelError(f"{directory / 'encoder.json'} is not a usable encoder: {broken!r}") from broken
    if not described or described != [(column.name, column.kind) for column in facts.columns]:
        raise ModelError(f"{directory / 'signature.json'} names other columns than encoder.json does")
    return encoder


def layout_of_rows(encoder: Encoder) -> Layout:
    """The layout of the features that the encoder produces."""
    numbers = len(encoder.numeric_names)
    codes = np.empty((0, len(encoder.encoders)), np.int32)
    texts = tuple(TextColumn.of([]) for _ in encoder.text_names)
    return encoder.features(np.empty((0, numbers), np.float32), codes, texts).layout


def read_members(directory: Path, facts: BundleFacts, layout: Layout) -> Members:
    """The models that the bundle names. Raises ModelError for a model that cannot predict for this layout."""
    classes = max(1, len(facts.classes))
    places = [_parts_of(directory, member) for member in facts.members]
    with ThreadPoolExecutor(allowed_cores()) as pool:
        read = list(pool.map(lambda place: _read(place, layout, classes), [place for own in places for place in own]))
    models = iter(model for model, _ in read)
    weighted = tuple(
        (member.weight, tuple(next(models) for _ in own)) for member, own in zip(facts.members, places, strict=True)
    )
    return Members(weighted, max(width for _, width in read))


def _parts_of(directory: Path, member: Member) -> Sequence[Path]:
    return [directory / MEMBERS / member.trial / part for part in member.parts]


def _read(place: Path, layout: Layout, classes: int) -> tuple[FoldModel, int]:
    try:
        model = read_fold_model(place)
        return model, model.check(layout, classes)
    except (ValueError, OSError) as unreadable:
        raise ModelError(f"{place} holds no usable model: {unreadable}") from unreadable
