"""
Read a note
===========

A note is dashed off on squared paper: slanted, up and down, and the light comes from one side. A
person reads 504192 without a thought. Here a program does: it finds the ink, the line, the single
digits, and asks a small network about each. No TensorFlow is loaded for it. Run it with
``--dataset mnist`` for the handwriting of MNIST, and with ``--save note.png`` to try ``skcnn read
note.png`` afterwards.
"""

import argparse

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image, ImageChops
from sklearn.model_selection import train_test_split

from skcnn import NoteReader, fetch_mnist, load_digit_images
from skcnn.display import NoteDisplay

parser = argparse.ArgumentParser()
parser.add_argument("--dataset", choices=("digits", "mnist"), default="digits")
parser.add_argument("--save", metavar="FILE")
options = parser.parse_known_args()[0]

if options.dataset == "mnist":
    mnist = fetch_mnist()
    images, labels = mnist.X_test, mnist.y_test
else:
    images, labels = load_digit_images(return_X_y=True)
    _, images, _, labels = train_test_split(images, labels, random_state=0)

# %%
# A hasty hand
# ------------
#
# Six images become pen strokes: enlarged until they are about 90 pixels high, with an edge made
# sharp again, slanted, turned, and set beside each other without much care.

rng = np.random.default_rng(4)
ink = Image.new("L", (900, 220))
left = 50
for label in (5, 0, 4, 1, 9, 2):
    stroke = Image.fromarray(np.pad(rng.choice(images[labels == label]), 2))
    x0, y0, x1, y1 = stroke.getbbox()
    scale = rng.uniform(80, 105) / max(x1 - x0, y1 - y0)
    width, height = (round(side * scale) for side in stroke.size)
    stroke = stroke.resize((width, height), Image.Resampling.BICUBIC)
    stroke = stroke.point([min(max(8 * (grey - 120), 0), 255) for grey in range(256)])
    slant = (1, 0.25, -height / 4, 0, 1, 0)
    size = width + height // 4, height
    stroke = stroke.transform(size, Image.Transform.AFFINE, slant, Image.Resampling.BICUBIC)
    stroke = stroke.rotate(rng.uniform(-8, 8), Image.Resampling.BICUBIC, expand=True)
    stroke = stroke.crop(stroke.getbbox())
    place = Image.new("L", ink.size)
    place.paste(stroke, (left, 150 - stroke.height + int(rng.integers(-12, 13))))
    ink = ImageChops.lighter(ink, place)
    left += stroke.width + int(rng.integers(8, 24))
ink = ink.crop((0, 0, left + 40, 220))

# %%
# Squared paper, and light from the left
# --------------------------------------

cover = np.asarray(ink)[..., np.newaxis] / 255
page = np.full((*ink.size[::-1], 3), 245.0)
page[::40] = page[:, ::40] = (150, 175, 215)
page += cover * ((30, 40, 95) - page)
page *= np.linspace(1, 0.7, ink.width)[:, np.newaxis]
page += rng.normal(0, 5, page.shape)
note = page.clip(0, 255).astype(np.uint8)
if options.save:
    Image.fromarray(note).save(options.save)

# %%
# What it says
# ------------

reader = NoteReader()
read = reader.read(note)
print(f"text: {read.text}")

# %%
# How sure it is
# --------------
#
# Each digit knows where it stands, how probable it is, and what else it might be. Below
# ``min_probability``, by default one half, it prints as a question mark.

for digit in read.lines[0].digits:
    x, y, width, height = digit.box
    (other, probability), *_ = digit.alternatives
    print(
        f"{digit.text}  p = {digit.probability:.4f}  {width:3} x {height:3} pixels at ({x}, {y}), "
        f"or else {other} with p = {probability:.4f}"
    )

# %%
# The note with its boxes
# -----------------------

NoteDisplay.from_note(read, note)
plt.show()
