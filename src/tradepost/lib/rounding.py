"""Integer arithmetic that loses nothing: half-even division and largest-remainder splits."""

from collections.abc import Sequence


def divide_half_even(numerator: int, denominator: int) -> int:
    """`numerator / denominator`, a tie going to the even neighbour (IEEE 754 roundTiesToEven)."""
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    whole, rest = divmod(numerator, denominator)
    if rest * 2 > denominator or (rest * 2 == denominator and whole % 2):
        return whole + 1
    return whole


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Share `total` by `weights`; the parts sum to it exactly (largest remainder, a tie goes to the earlier part)."""
    sum_of_weights = sum(weights)
    if sum_of_weights <= 0 or min(weights) < 0:
        raise ValueError("a split needs weights of which at least one is above zero and none below")
    parts = [total * weight // sum_of_weights for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % sum_of_weights), i))
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts
