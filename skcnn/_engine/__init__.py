"""The only part of skcnn that knows TensorFlow.

``runtime`` opens TensorFlow quietly, and ``keras_internals`` is the one room for what Keras and
TensorFlow do not promise.  ``fitting`` trains a compiled model and ``predicting`` runs its forward
pass; they do not know each other.  Both stand on ``programs``, which compiles once for all models
of a kind, and on ``models``, which answers questions about one.  ``feeding``, ``augmenting``,
``callbacks``, ``compiling``, ``kernels``, ``pacing`` and ``seeding`` are what a training is made
of; ``viewing`` makes one prediction of several; ``archives``, ``inspecting`` and ``untouched``
serve the estimators and displays.

Nothing is imported here, so that ``runtime`` can be used without the rest.
"""
