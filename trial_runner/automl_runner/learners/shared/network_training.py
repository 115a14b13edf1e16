"""The training of a network: epochs, and the epoch that counts."""

import math

import numpy as np

from automl_runner.learners.learner import FitContext, TrainingSet
from automl_runner.learners.shared.network import (
    Adam,
    Hyperparameters,
    Network,
    NetworkRows,
    cycle_of,
    flat_then_falling,
)
from automl_runner.learners.shared.network_target import NetworkTarget


class Training:
    """One training of a network on some rows. The same seed gives the same network."""

    def __init__(self, given: Hyperparameters, rows: NetworkRows, target: NetworkTarget, context: FitContext) -> None:
        self._given, self._rows, self._target = given, rows, target
        self._generator, self._seconds_left = np.random.default_rng(context.seed), context.seconds_left
        self.network = Network(given, rows, target.outputs, self._generator)
        self.network.parameters[f"biases_{given.depth}"][...] = target.prior
        self._optimiser = Adam(self.network, given)

    def run(self, epochs: int) -> int:
        """Train for a number of epochs, at most the given one; returns it."""
        rounds = min(epochs, self._given.epochs)
        for epoch in range(rounds):
            self._train(epoch)
            if self._seconds_left() <= 0:
                return epoch + 1
        return rounds

    def run_to_best(self, rows: NetworkRows, valid: TrainingSet) -> int:
        """Train to the epoch with the least loss on validation rows; returns the number of epochs up to it.

        A cycle of the learning rate that brings nothing is the last one: the next cycle would take twice as long.
        """
        network, epochs = self.network, self._given.epochs
        best, best_loss, best_epoch = network.flat.copy(), math.inf, 0
        for epoch in range(epochs):
            if cycle_of(epoch / epochs) > cycle_of(best_epoch / epochs) + 1:
                break
            self._train(epoch)
            loss = self._target.loss(network.outputs(rows), valid)
            if loss < best_loss:
                best[...], best_loss, best_epoch = network.flat, loss, epoch
            if self._seconds_left() <= 0:
                break
        network.flat[...] = best
        return best_epoch + 1

    def _train(self, epoch: int) -> None:
        """Take a step for each batch of the rows, in a random order; a last batch that is not full is left out."""
        given, order = self._given, self._generator.permutation(len(self._rows))
        batches = max(1, len(order) // given.batch)
        for batch in range(batches):
            if self._seconds_left() <= 0:
                return
            progress = (epoch * batches + batch) / (given.epochs * batches)
            places = order[batch * given.batch : (batch + 1) * given.batch]
            dropout = given.dropout * flat_then_falling(progress)
            self.network.learn(self._rows, places, self._target.gradient, dropout, self._generator)
            self._optimiser.step(progress)
