"""The rules for outputs of a chain, unit by unit, slow and readable; imports nothing from finflow.

A transaction is (name, inputs, outputs): inputs are outputs of earlier ones as (name, number) or a number of units of
unknown origin. Each output is a list with one label a unit; None = other money.
"""


def proportion(amount, weights):
    """Whole parts; what is left goes to the largest remainders, the first of equal ones."""
    total = sum(weights)
    if not total:
        return [0] * len(weights)
    parts = [amount * weight // total for weight in weights]
    order = sorted(range(len(weights)), key=lambda i: -(amount * weights[i] % total))
    for i in order[: amount - sum(parts)]:
        parts[i] += 1
    return parts


def queue_of(inputs, made):
    units = []
    for one in inputs:
        units += [None] * one if isinstance(one, int) else made[one]
    return units


def fill(method, units, outputs, origins):
    """The units of each output, and the fee's."""
    units, filled = list(units), [None] * len(outputs)
    order = range(len(outputs))
    if method == "tiho":
        units.sort(key=lambda label: (label is None, origins.index(label) if label is not None else 0))
        order = sorted(order, key=lambda i: (-outputs[i], i))
    for i in order:
        if method == "lifo":
            cut = len(units) - outputs[i]
            filled[i], units = units[cut:], units[:cut]
        elif method == "haircut":
            labels = [*origins, None]
            parts = proportion(outputs[i], [units.count(label) for label in labels])
            filled[i] = [label for label, part in zip(labels, parts, strict=True) for _ in range(part)]
            for label in filled[i]:
                units.remove(label)
        else:
            filled[i], units = units[: outputs[i]], units[outputs[i] :]
    return filled, units


def follow(transactions, marks, method, origins):
    """Units of every output, and of every fee, by name; marks: {(name, number): [(origin, units)]}."""
    made, fees = {}, {}
    for name, inputs, outputs in transactions:
        filled, fees[name] = fill(method, queue_of(inputs, made), outputs, origins)
        for number, units in enumerate(filled):
            for origin, amount in marks.get((name, number), ()):
                free = [i for i, label in enumerate(units) if label is None][:amount]
                units = [origin if i in free else label for i, label in enumerate(units)]
            made[name, number] = units
    return made, fees
