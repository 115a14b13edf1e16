"""Loads a verified bundle's encoder and models, and checks them before any row is read.

The files that a valid manifest lists may still come from somebody else. After these checks every row gets a prediction.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from automl_api.cores import allowed_cores
from automl_model.bundle import MEMBERS, BundleFacts, ModelError
from automl_model.calibration import sharpen
from automl_model.encoding import Encoder
from automl_model.features import Features, Layout
from automl_model.fold_model import FoldModel, read_fold_model
from automl_model.text_column import TextColumn


@dataclass(frozen=True)
class LoadedModel:
    """A model of a member: the member's place, its share of the member's mean, and its probabilities' temperature."""

    member: int
    share: float
    temperature: float
    model: FoldModel

    def predict(self, features: Features) -> NDArray[np.float64]:
        """Its part of the member's prediction, without overflow warnings: the caller checks that the sum is finite."""
        with np.errstate(all="ignore"):
            return self.share * sharpen(self.model.predict(features), self.temperature)


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


def read_members(directory: Path, facts: BundleFacts, layout: Layout) -> tuple[tuple[LoadedModel, ...], int]:
    """The models that the bundle names, and the most columns that any view produces.

    Raises ModelError for a model that cannot predict for this layout.
    """
    classes = max(1, len(facts.classes))
    parts = [(place, member, part) for place, member in enumerate(facts.members) for part in member.parts]
    places = [directory / MEMBERS / member.trial / part for _, member, part in parts]
    with ThreadPoolExecutor(allowed_cores()) as pool:
        read = list(pool.map(lambda place: _read(place, layout, classes), places))
    loaded = tuple(
        LoadedModel(place, 1.0 / len(member.parts), member.temperature, model)
        for (place, member, _), (model, _) in zip(parts, read, strict=True)
    )
    return loaded, max(width for _, width in read)


def _read(place: Path, layout: Layout, classes: int) -> tuple[FoldModel, int]:
    try:
        model = read_fold_model(place)
        return model, model.check(layout, classes)
    except (ValueError, OSError) as unreadable:
        raise ModelError(f"{place} holds no usable model: {unreadable}") from unreadable
