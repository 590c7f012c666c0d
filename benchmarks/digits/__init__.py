"""The digit recognizer that comes with skcnn: made from MNIST's training images, and measured."""
