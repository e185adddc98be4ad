"""The packaged data sets: the published numbers, and the licence beside them."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

import microae as ma

# Of the bytes of the 1,797 × 64 pixels and of the labels, in the copy that scikit-learn distributes.
PIXELS = "8f26b2bd9d135c256808f68f14fdabddde6d9c7f869ae419704b051f0f14b3b3"
LABELS = "8ba4f891220f5e4c9c819638d1602d74b83618f167043c6da52a2a247841ddf0"


def test_digits_are_the_published_ones():
    images, labels = ma.data.digits()
    assert images.shape == (1797, 64)
    assert images.dtype == np.float64
    assert labels.dtype == np.uint8
    pixels = (images * 16).astype(np.uint8)
    assert (pixels / 16 == images).all()
    assert hashlib.sha256(pixels.tobytes()).hexdigest() == PIXELS
    assert hashlib.sha256(labels.tobytes()).hexdigest() == LABELS
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert pixels[0, :8].tolist() == [0, 0, 5, 13, 9, 1, 0, 0]  # the upper edge of the first zero
    assert (pixels.min(), pixels.max()) == (0, 16)


def test_digits_cannot_be_changed():
    images, labels = ma.data.digits()
    for array in (images, labels):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_digits_have_their_licence_beside_them():
    text = (Path(ma.__file__).parent / "data" / "datasets" / "digits.txt").read_text(encoding="utf-8")
    for words in ("Alpaydin", "Kaynak", "1998", "CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"):
        assert words in text
