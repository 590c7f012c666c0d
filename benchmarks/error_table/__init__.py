"""Classifiers trained on all of MNIST, Fashion-MNIST and CIFAR-10, on one page."""
