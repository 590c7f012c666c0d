"""The rows, one a file, in the order of the table."""

from benchmarks.rows import (
    decoding,
    grid,
    importing,
    memory,
    mixed_precision,
    mnist_grid,
    parallel_grid,
    paths_grid,
    predict_many,
    predict_one,
    repeated_fits,
    serving,
    stream,
    textbook_cnn,
    textbook_mlp,
)

ROWS = (
    grid.ROW,
    mnist_grid.ROW,
    textbook_cnn.ROW,
    textbook_mlp.ROW,
    mixed_precision.ROW,
    stream.ROW,
    predict_one.ROW,
    predict_many.ROW,
    memory.ROW,
    repeated_fits.ROW,
    importing.ROW,
    parallel_grid.ROW,
    decoding.ROW,
    paths_grid.ROW,
    serving.ROW,
)
