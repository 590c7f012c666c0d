"""The only part of skcnn that knows TensorFlow.

``runtime`` opens TensorFlow quietly, ``fitting`` trains a compiled model, ``predicting`` runs its
forward pass.  Nothing is imported here, so that ``runtime`` can be used without the rest.
"""
