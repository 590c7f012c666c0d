"""The table of tables: classifiers trained on all of MNIST and Fashion-MNIST, on one page."""
