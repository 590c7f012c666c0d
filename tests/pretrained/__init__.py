"""Trained networks that come with skcnn."""
