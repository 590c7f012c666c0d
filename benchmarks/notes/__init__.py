"""How well handwritten notes are read: notes composed of MNIST's digits, under many conditions."""
