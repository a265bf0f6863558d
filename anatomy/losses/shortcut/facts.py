"""What a model learned instead of the task: whom it finds at all, and where it looks."""

import numpy as np

from anatomy.data.gate import check_rows, check_shape

#: Above it Keras's metrics take a prediction for class 1.
THRESHOLD = 0.5


class Detection:
    """Predictions for samples of two classes, of which class 1 is looked for.

    recall = found / (found + missed), precision = found / (found + false alarms)

    Args:
        y: labels, (n,) or (n, 1), 0 or 1.
        predictions: probabilities of class 1, (n,) or (n, 1), as ``model.predict`` returns them.
        threshold: above it a prediction is taken for class 1.

    Attributes:
        y, predictions: ``(n,)``.
        counts: dict of "found", "missed", "false alarms" and "left alone".

    Raises:
        ValueError: for labels other than 0 and 1, or not as many of both.

    Source: https://keras.io/api/metrics/classification_metrics/
    """

    def __init__(self, y, predictions, threshold=THRESHOLD):
        self.y, self.predictions = y, predictions = np.ravel(y), np.ravel(predictions)
        if y.shape != predictions.shape or not np.isin(y, (0, 1)).all():
            text = f"y has {y.size} labels from {y.min()} to {y.max()}"
            raise ValueError(f"{text}; give {len(predictions)} of 0 and 1.")
        kinds = "left alone", "false alarms", "missed", "found"
        counts = np.bincount(2 * (y == 1) + (predictions > threshold), minlength=len(kinds))
        self.counts = dict(zip(kinds, counts.tolist(), strict=True))


class Kernels:
    """The kernel of each unit of a softmax layer as an image, beside a sample of its class.

    Args:
        kernel: of a Dense layer on flattened images, (rows * columns, units).
        x: images that it was trained on, (n, rows, columns), (n, rows, columns, 1), or
            (n, side * side) of squares.
        y: their labels, whole numbers below ``units``, (n,) or (n, 1).

    Attributes:
        kernels: ``(units, rows, columns)``.
        samples: ``(units, rows, columns)``, the first of each class; zeros where there is none.
        largest: list of the (row, column) of the largest weight of each unit.

    Raises:
        ValueError: for a kernel that does not fit the images.

    Source: Chollet, Deep Learning with Python, ch. 3; https://keras.io/api/layers/core_layers/dense
    """

    def __init__(self, kernel, x, y):
        kernel, images, y = np.asarray(kernel, dtype=float), np.asarray(x), np.ravel(y)
        check_rows(x=images, y=y)
        side = round(images[0].size ** 0.5)
        if images.ndim == 4 and images.shape[-1] == 1:
            images = images[..., 0]
        elif images.ndim == 2 and side * side == images.shape[1]:
            images = images.reshape(-1, side, side)
        if images.ndim != 3:
            raise ValueError(f"x has shape {images.shape}; give grey images, (n, rows, columns).")
        shape, units = images.shape[1:], kernel.shape[-1]
        check_shape("kernel", kernel, shape[0] * shape[1], "units")
        if not np.isin(y, np.arange(units)).all():
            raise ValueError(f"y goes from {y.min()} to {y.max()}; give classes below {units}.")
        self.kernels, self.samples = kernel.T.reshape(units, *shape), np.zeros((units, *shape))
        for unit in set(range(units)) & set(y.tolist()):
            self.samples[unit] = images[y == unit][0]
        flat = kernel.argmax(axis=0)
        self.largest = [divmod(place, shape[1]) for place in flat.tolist()]
