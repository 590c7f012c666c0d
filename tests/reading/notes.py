"""Notes that are written with scikit-learn's digits, of 8 x 8 pixels, smoothed to strokes."""

import functools

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits


@functools.cache
def eight_by_eight():
    return load_digits()


@functools.cache
def written_digit(label):
    """Return the digit of a class that is most like all the others."""
    digits = eight_by_eight()
    images = digits.images[digits.target == label]
    return images[np.abs(images - images.mean(axis=0)).sum(axis=(1, 2)).argmin()]


def ink_of(pixels, height, thickness=0.5):
    """Return a digit as ink in 0..1, cut out."""
    side = 2 * height
    image = Image.fromarray(np.pad(pixels / np.float32(16), 2).astype(np.float32))
    smooth = np.asarray(image.resize((side, side), Image.Resampling.BICUBIC))
    ink = np.clip((smooth - thickness) * 6 + 0.5, 0, 1)
    rows, columns = np.flatnonzero(ink.max(1) > 0.02), np.flatnonzero(ink.max(0) > 0.02)
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    width = max(1, round(ink.shape[1] * height / ink.shape[0]))
    return np.asarray(Image.fromarray(ink).resize((width, height))).clip(0, 1)


def written(text, height=48, gap=0.35, margin=0.8, sinking=0.0, **how):
    """Return a page of ink in 0..1, and the boxes (x, y, width, height) of its digits.

    Every other digit sinks by a part of its height.
    """
    boxes, left, top = [], margin * height, margin * height
    placed = []
    for character in text:
        if character == "\n":
            left, top = margin * height, top + 1.7 * height
        elif character == " ":
            left += 1.1 * height
        else:
            ink = ink_of(written_digit(int(character)), height, **how)
            sunk = sinking * height * (len(boxes) % 2)
            boxes.append((round(left), round(top + sunk), ink.shape[1], height))
            placed.append(ink)
            left += ink.shape[1] + gap * height
    shape = [max(b[i] + b[i + 2] for b in boxes) + round(margin * height) for i in (1, 0)]
    page = np.zeros(shape, np.float32)
    for (x, y, width, tall), ink in zip(boxes, placed, strict=True):
        where = page[y : y + tall, x : x + width]
        np.maximum(where, ink, out=where)
    return page, boxes


def picture_of(ink, paper=0.9, dark=0.15):
    """Return ink on paper as pixels of 8 bits."""
    return np.rint(255 * (paper + (dark - paper) * ink)).astype(np.uint8)


def note(text, **how):
    return picture_of(written(text, **how)[0])
