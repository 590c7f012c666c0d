"""What pictures share: images and numbers as greys, and the axes that they are drawn in.

``drawable`` and ``scales`` turn pixels and signed numbers into greys, ``captions`` writes numbers,
``files`` reads pictures, ``axes_grid`` gives each image its axes, and ``tiles`` draws many in one.
"""
