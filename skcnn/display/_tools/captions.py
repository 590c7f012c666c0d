"""Numbers as captions write them."""


def write_probability(p: float) -> str:
    """Write a probability to three digits; only a certain answer has p = 1."""
    return "p > 0.999" if 0.9995 <= p < 1 else f"p = {p:.3f}"
