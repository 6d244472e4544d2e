"""Following marked money over transactions of chains without accounts, output by output, in whole units.

A transaction spends outputs of earlier ones and makes new ones; what it does not pay out is its fee. *fifo*: the inputs
queue up as listed, the outputs are filled as listed, the fee takes what remains. *lifo*: the same from the back.
*haircut*: each output, then the fee, takes every origin in proportion. *tiho*: marked money fills the largest outputs
first, of equal ones the first listed. The reward of a block queues before the fees of the block's transactions, as far
as they are held. Money that carries an origin keeps it: a later mark on it is counted as *already linked*.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from finflow.errors import FinflowError
from finflow.money import in_proportion

Piece = tuple[str | None, int]
"""Origin (None = other money) and units."""
Output = tuple[str, int]
"""Transaction and number of the output, from 0."""


@dataclass(frozen=True)
class Transaction:
    """spends: the output behind each input (None = not known) and its units. block: what ties a reward to its fees."""

    txid: str
    moment: int
    spends: tuple[tuple[Output | None, int], ...]
    makes: tuple[int, ...]
    coinbase: bool = False
    block: str | None = None


@dataclass
class Followed:
    """What became of marked money, in units. holds: per output made here its pieces; spent: output to transaction."""

    holds: dict[Output, list[Piece]] = field(default_factory=dict)
    spent: dict[Output, str] = field(default_factory=dict)
    fees: dict[str, list[Piece]] = field(default_factory=dict)  # by transaction, as far as no reward held took them
    marked: dict[str, int] = field(default_factory=dict)
    cut: dict[str, int] = field(default_factory=dict)  # parts below the dust limit, which are not followed
    already: list[tuple[Output, str, int]] = field(default_factory=list)


def _split(pieces: list[Piece], amount: int) -> tuple[list[Piece], list[Piece]]:
    """The first units of a queue, and the rest."""
    for i, (label, units) in enumerate(pieces):
        if units >= amount:
            taken, rest = pieces[:i], pieces[i + 1 :]
            return [*taken, (label, amount)], [(label, units - amount), *rest] if units > amount else rest
        amount -= units
    return pieces, []


def _fifo(pieces: list[Piece], values: Sequence[int], origins: Sequence[str]) -> Iterator[tuple[int, list[Piece]]]:
    for i, value in enumerate(values):
        taken, pieces = _split(pieces, value)
        yield i, taken


def _lifo(pieces: list[Piece], values: Sequence[int], origins: Sequence[str]) -> Iterator[tuple[int, list[Piece]]]:
    for i, taken in _fifo(pieces[::-1], values, origins):
        yield i, taken[::-1]


def _haircut(pieces: list[Piece], values: Sequence[int], origins: Sequence[str]) -> Iterator[tuple[int, list[Piece]]]:
    left = _by_label(pieces, origins)
    for i, value in enumerate(values):
        parts = dict(zip(left, in_proportion(value, list(left.values())), strict=True))
        left = {label: units - parts[label] for label, units in left.items()}
        yield i, list(parts.items())


def _tiho(pieces: list[Piece], values: Sequence[int], origins: Sequence[str]) -> Iterator[tuple[int, list[Piece]]]:
    queue: list[Piece] = list(_by_label(pieces, origins).items())
    for i in sorted(range(len(values)), key=lambda i: (-values[i], i)):
        taken, queue = _split(queue, values[i])
        yield i, taken


Policy = Callable[[list[Piece], Sequence[int], Sequence[str]], Iterator[tuple[int, list[Piece]]]]
POLICIES: dict[str, Policy] = {"fifo": _fifo, "lifo": _lifo, "haircut": _haircut, "tiho": _tiho}
SAID = {"fifo": "first in first out", "lifo": "last in first out", "haircut": "in proportion",
        "tiho": "linked money into the largest outputs first"}  # fmt: skip


def _by_label(pieces: Iterable[Piece], origins: Sequence[str]) -> dict[str | None, int]:
    """Units by origin in their order, other money last."""
    sums: dict[str | None, int] = dict.fromkeys([*origins, None], 0)
    for label, units in pieces:
        sums[label] += units
    return sums


def follow(
    transactions: Sequence[Transaction], marks: Sequence[tuple[Output, str, int]], method: str, dust: int = 0
) -> Followed:
    """Follow marks (output, origin, units) under one method. dust: parts of an origin below it are cut (haircut alone).

    Raises FinflowError for transactions that contradict each other.
    """
    found, policy = Followed(), POLICIES[method]
    origins = list(dict.fromkeys(origin for _, origin, _ in marks))
    on_output: dict[Output, list[tuple[str, int]]] = {}
    for output, origin, units in marks:
        on_output.setdefault(output, []).append((origin, units))
    found.marked, found.cut = dict.fromkeys(origins, 0), dict.fromkeys(origins, 0)
    for tx in in_order(transactions):
        pieces = _queued(found, tx, transactions)
        _pay(found, tx, pieces, policy, origins)
        for number in range(len(tx.makes)):
            output = (tx.txid, number)
            if method == "haircut":
                _cut(found, output, dust)
            for origin, units in on_output.get(output, ()):
                _mark(found, output, origin, units)
    return found


def _queued(found: Followed, tx: Transaction, transactions: Sequence[Transaction]) -> list[Piece]:
    """What a transaction spends, in the order of its inputs; a reward: the new money, then the fees of its block."""
    pieces: list[Piece] = []
    if tx.coinbase:
        block = [other.txid for other in transactions if tx.block and other.block == tx.block and not other.coinbase]
        fees = [piece for txid in block for piece in found.fees.pop(txid, [])]
        new = sum(tx.makes) - sum(units for _, units in fees)
        if new < 0:
            raise _contradicts(tx)
        return [(None, new), *fees]
    for output, units in tx.spends:
        if output is None or output not in found.holds:
            pieces.append((None, units))
            continue
        held = found.holds[output]
        if output in found.spent or sum(part for _, part in held) != units:
            raise _contradicts(tx)
        found.spent[output] = tx.txid
        pieces += held
    return pieces


def _contradicts(tx: Transaction) -> FinflowError:
    return FinflowError(
        f"Transaction {tx.txid[:16]} spends what another one spent, or another amount than was made. Load lists of one "
        "chain that are whole: ask the explorer again."
    )


def _pay(found: Followed, tx: Transaction, pieces: list[Piece], policy: Policy, origins: Sequence[str]) -> None:
    if sum(units for _, units in pieces) < sum(tx.makes):
        raise _contradicts(tx)
    left = _by_label(pieces, origins)
    for number, taken in policy(pieces, tx.makes, origins):
        found.holds[tx.txid, number] = _merged(taken)
        for label, units in taken:
            left[label] -= units
    found.fees[tx.txid] = [(label, units) for label, units in left.items() if units]


def _merged(pieces: Iterable[Piece]) -> list[Piece]:
    out: list[Piece] = []
    for label, units in pieces:
        if out and out[-1][0] == label:
            out[-1] = (label, out[-1][1] + units)
        elif units:
            out.append((label, units))
    return out


def _cut(found: Followed, output: Output, dust: int) -> None:
    kept: list[Piece] = []
    for label, units in found.holds[output]:
        if label is not None and units < dust:
            found.cut[label] += units
            label = None
        kept.append((label, units))
    found.holds[output] = _merged(kept)


def _mark(found: Followed, output: Output, origin: str, amount: int) -> None:
    """Give other money of an output an origin, front first."""
    pieces: list[Piece] = []
    for label, units in found.holds[output]:
        part = min(units, amount) if label is None else 0
        amount -= part
        found.marked[origin] += part
        pieces += [(origin, part), (label, units - part)]
    found.holds[output] = _merged(pieces)
    if amount:
        found.already.append((output, origin, amount))


def in_order(transactions: Sequence[Transaction]) -> list[Transaction]:
    """By time, but what is spent is made before, and a reward comes after the other transactions of its block.

    Raises FinflowError for transactions that spend each other.
    """
    by_id = {tx.txid: tx for tx in transactions}
    blocks: dict[str, list[str]] = {}
    for tx in transactions:
        if tx.block and not tx.coinbase:
            blocks.setdefault(tx.block, []).append(tx.txid)
    waits = {
        tx.txid: {output[0] for output, _ in tx.spends if output and output[0] in by_id}
        | (set(blocks.get(tx.block, ())) if tx.coinbase and tx.block else set())
        for tx in transactions
    }
    done: dict[str, Transaction] = {}
    under_way: set[str] = set()
    for first in sorted(transactions, key=lambda tx: (tx.moment, tx.coinbase)):
        stack = [first.txid]
        while stack:
            txid = stack[-1]
            missing = [other for other in sorted(waits[txid]) if other not in done]
            if txid in done or not missing:
                done.setdefault(txid, by_id[txid])
                stack.pop()
            elif txid in under_way:
                raise _contradicts(by_id[txid])
            else:
                under_way.add(txid)
                stack += missing
    return list(done.values())


def reached(transactions: Sequence[Transaction], outputs: Iterable[Output]) -> dict[Output, int]:
    """Every output that marked outputs can have reached, with how many transactions lie between: leads, no amounts."""
    steps, in_block = dict.fromkeys(outputs, 0), dict[str | None, list[int]]()
    for tx in in_order(transactions):
        came = [steps[output] for output, _ in tx.spends if output in steps]
        came += in_block.get(tx.block, []) if tx.coinbase and tx.block else []
        for number in range(len(tx.makes)) if came else ():
            steps.setdefault((tx.txid, number), min(came) + 1)
        if came and sum(units for _, units in tx.spends) > sum(tx.makes):
            in_block.setdefault(tx.block, []).append(min(came) + 1)
    return steps
