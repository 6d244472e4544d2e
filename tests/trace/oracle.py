"""The rule book of tracing, slow and readable. Python integers only; imports nothing from finflow.

A leg is a dict: pocket, side ("CRDT"/"DBIT"), amount, and where they apply: pair (number of the other leg), reverses
(number of the leg it reverses, on the same pocket), brings (label of other money on a credit without a held debit),
cash_link (the part of the credit that a person joined to the withdrawal), marks (list of (origin, amount or None = whole)),
interest (the bank credited it). Legs are given in the order of replay. A pocket is one account in one currency.
Rules are the policies by their names; dust is given as least amounts in minor units by currency.
"""

from dataclasses import dataclass, field

OPENING, CASH, OTHER, BANK = "opening balance", "cash", "other credit", "bank credit"
CUT, OWN = "no longer followed", "own money"
OTHER_MONEY = (OPENING, CASH, OTHER, BANK, CUT, OWN)
LOT_METHODS = ("fifo", "lifo")


@dataclass
class Piece:
    label: str
    amount: int
    place: int | None = None  # where it lies (or lay) on the account; None = not yet there


@dataclass
class Account:
    lots: list[Piece] = field(default_factory=list)
    owed: int = 0
    next_place: int = 0


@dataclass
class Result:
    accounts: dict
    out: list  # per debit leg: composition of the parcel, as (label, amount)
    arrived: list  # per credit leg: composition that arrived, before the overdraft is repaid
    extinguished: list  # (leg, label, amount)
    fee: list  # (credit leg, label, amount): stayed behind between the legs
    exchanged_out: list
    exchanged_in: list
    entered: list  # (leg, label, amount): newly marked
    already_linked: list
    shortfall: list  # (leg, label, amount): a reversed credit took other money than its own
    back: list  # (leg, label, amount): came back from outside the case
    interest: list  # (leg, label, amount): interest that counts as the money it was paid on
    cut_off: list  # (credit leg, label, amount): too little to be followed further


def largest_remainder(amount, weights):
    """Parts of amount in proportion to weights; units left over go to the largest remainders, first comes first."""
    total = sum(weights)
    if total == 0:
        return [0 for _ in weights]
    parts = [amount * w // total for w in weights]
    rests = [amount * w % total for w in weights]
    by_rest = sorted(range(len(weights)), key=lambda i: -rests[i])
    for i in by_rest[: amount - sum(parts)]:
        parts[i] += 1
    return parts


def without_links(legs):
    """Cash ends a trail, whatever a person joined to it."""
    linked = {i for i, leg in enumerate(legs) if leg.get("cash_link") is not None}
    linked |= {legs[i]["pair"] for i in linked}
    cut = [dict(leg, pair=None, cash_link=None) if i in linked else leg for i, leg in enumerate(legs)]
    return [dict(leg, brings=CASH) if i in linked and leg["side"] == "CRDT" else leg for i, leg in enumerate(cut)]


class RuleBook:
    def __init__(self, legs, origins, method, opening, rules=None, sources=()):
        self.rules = rules or {}
        self.legs = without_links(legs) if self.rules.get("cash") == "stops" else legs
        self.origins, self.method = list(origins), method
        self.elected = False  # whether a person elected that the debit in hand takes linked money first
        self.other_money = OTHER_MONEY + tuple(sources)  # labels beyond these: credits told apart
        one_by_one = method in ("libr", "tainted_first") and self.rules.get("sub_rule") == "fifo"
        self.by_lots = method in LOT_METHODS or one_by_one
        self.currency = {}
        self.accounts = {}
        for leg in legs:
            self.accounts.setdefault(leg["pocket"], Account())
        for pocket, balance in opening.items():
            account = self.accounts.setdefault(pocket, Account())
            if balance < 0:
                account.owed = -balance
            elif balance > 0:
                own = self.rules.get("opening") == "own_money"
                label = (OPENING, pocket)  # told apart when it is among the sources
                opened = OWN if own else OPENING
                self.put(account, [Piece(label if label in self.other_money else opened, balance)])
        self.parcels = {}  # number of the debit leg -> pieces under way
        self.consumed = {}  # number of a debit leg -> pieces it took, until they are given back
        self.brought = {}  # number of a credit leg -> pieces it laid down, until they are taken back
        empty = [[] for _ in legs]
        self.result = Result(self.accounts, empty, [[] for _ in legs], *[[] for _ in range(10)])

    def rank(self, label):
        order = self.origins + list(self.other_money)
        return order.index(label)

    def is_marked(self, label):
        return label not in self.other_money

    # -- proportions: each origin counts by itself, other money counts as one and is divided among its labels afterwards
    def in_proportion(self, amount, totals):
        marked = [label for label in self.origins if totals.get(label)]
        other = [label for label in self.other_money if totals.get(label)]
        other_total = sum(totals[label] for label in other)
        parts = largest_remainder(amount, [totals[label] for label in marked] + [other_total])
        of_other = largest_remainder(parts[-1], [totals[label] for label in other])
        return dict(zip(marked + other, parts[:-1] + of_other, strict=True))

    def group(self, piece):
        return piece.label if self.is_marked(piece.label) else OTHER

    def totals(self, pieces):
        totals = {}
        for piece in pieces:
            totals[self.group(piece)] = totals.get(self.group(piece), 0) + piece.amount
        return totals

    def after_fee(self, pieces, amount):
        """What a fee between two banks leaves of each origin, other money as one."""
        totals = self.totals(pieces)
        fee, rule = sum(totals.values()) - amount, self.rules.get("fee", "in_proportion")
        if rule == "in_proportion":
            return self.in_proportion(amount, totals)
        other = totals.pop(OTHER, 0)
        left = other - min(fee, other) if rule == "other_money_first" else min(other, amount)
        return self.in_proportion(amount - left, totals) | {OTHER: left}

    def rescale(self, pieces, amount, parts=None):
        """The same shares of another amount: by origin (other money as one), then by where it lies, then by piece."""
        parts = parts or self.in_proportion(amount, self.totals(pieces))
        runs = []  # neighbours of one origin
        for i, piece in enumerate(pieces):
            if runs and self.group(pieces[runs[-1][0]]) == self.group(piece):
                runs[-1].append(i)
            else:
                runs.append([i])
        scaled = [None] * len(pieces)
        for group, part in parts.items():
            mine = [run for run in runs if self.group(pieces[run[0]]) == group]
            by_run = largest_remainder(part, [sum(pieces[i].amount for i in run) for run in mine])
            for run, x in zip(mine, by_run, strict=True):
                for i, y in zip(run, largest_remainder(x, [pieces[i].amount for i in run]), strict=True):
                    scaled[i] = Piece(pieces[i].label, y, pieces[i].place)
        return scaled

    # -- what a withdrawal takes
    def take(self, account, amount):
        if self.method == "fifo":
            return self.take_from_end(account, amount, 0)
        if self.method == "lifo":
            return self.take_from_end(account, amount, -1)
        if self.by_lots:
            return self.take_by_kind(account, amount)
        totals = {lot.label: lot.amount for lot in account.lots}
        other = {k: v for k, v in totals.items() if not self.is_marked(k)}
        marked = {k: v for k, v in totals.items() if self.is_marked(k)}
        if self.method == "pro_rata":
            parts = self.in_proportion(amount, totals)
        else:
            other_first = self.method == "libr" and not self.elected
            first, then = (other, marked) if other_first else (marked, other)
            from_first = min(amount, sum(first.values()))
            parts = self.in_proportion(from_first, first) | self.in_proportion(amount - from_first, then)
        taken = []
        for lot in account.lots:
            if parts.get(lot.label):
                taken.append(Piece(lot.label, parts[lot.label], lot.place))
                lot.amount -= parts[lot.label]
        account.lots = [lot for lot in account.lots if lot.amount]
        return taken

    def take_by_kind(self, account, amount):
        """All of one kind (other or marked money) before the other, of each what lies in front first."""
        taken = []
        for marked in (False, True) if self.method == "libr" and not self.elected else (True, False):
            for lot in account.lots:
                if self.is_marked(lot.label) == marked and amount:
                    x = min(lot.amount, amount)
                    taken.append(Piece(lot.label, x, lot.place))
                    lot.amount -= x
                    amount -= x
        account.lots = [lot for lot in account.lots if lot.amount]
        return sorted((p for p in taken if p.amount), key=lambda p: p.place)

    def take_from_end(self, account, amount, end):
        taken = []
        while amount:
            lot = account.lots[end]
            x = min(lot.amount, amount)
            taken.insert(0 if end == -1 else len(taken), Piece(lot.label, x, lot.place))
            lot.amount -= x
            amount -= x
            if not lot.amount:
                account.lots.pop(end)
        return taken

    def take_back(self, leg_number, account, amount):
        """A credit is reversed: what remains of it goes first, in its order; the rest by the method, and is flagged."""
        taken = []
        for piece in self.brought.get(self.legs[leg_number]["reverses"], []):
            mine = [lot for lot in account.lots if self.is_of(lot, piece)]
            x = min(piece.amount, sum(lot.amount for lot in mine), amount)
            for lot, y in zip(mine, self.divide(x, mine), strict=True):
                self.collect(taken, Piece(lot.label, y, lot.place))
                lot.amount -= y
            piece.amount -= x
            amount -= x
            account.lots = [lot for lot in account.lots if lot.amount]
        available = min(amount, sum(lot.amount for lot in account.lots))
        rest = self.take(account, available) if available else []
        self.result.shortfall += [(leg_number, p.label, p.amount) for p in rest if self.is_marked(p.label)]
        for piece in rest:
            self.collect(taken, piece)
        return sorted(taken, key=lambda p: p.place)

    def is_of(self, lot, piece):
        """By lots, the very lot is known; else only its origin, or that it is other money."""
        if self.by_lots:
            return (lot.label, lot.place) == (piece.label, piece.place)
        return self.group(lot) == self.group(piece)

    def divide(self, amount, lots):
        totals = {lot.label: lot.amount for lot in lots}
        parts = self.in_proportion(amount, totals)
        return [parts[lot.label] for lot in lots]

    def collect(self, taken, piece):
        same = [p for p in taken if (p.place, p.label) == (piece.place, piece.label)]
        if same:
            same[0].amount += piece.amount
        elif piece.amount:
            taken.append(piece)

    # -- marks act on unmarked money only, front first; the marked part lies before the unmarked part, as new money
    def mark(self, number, pieces):
        for origin, part in self.legs[number].get("marks", []):
            wanted = self.legs[number]["amount"] if part is None else part
            left = wanted
            marked = []
            for piece in pieces:
                x = 0 if self.is_marked(piece.label) else min(left, piece.amount)
                if x:
                    marked.append(Piece(origin, x))
                if piece.amount > x:
                    marked.append(Piece(piece.label, piece.amount - x, piece.place))
                left -= x
            pieces = marked
            self.result.entered.append((number, origin, wanted - left))
            self.result.already_linked.append((number, origin, left))
        return pieces

    # -- legs
    def debit(self, number):
        leg = self.legs[number]
        account, amount = self.accounts[leg["pocket"]], leg["amount"]
        held = sum(lot.amount for lot in account.lots)
        self.elected = bool(leg.get("elected"))
        if "reverses" in leg:
            pieces = self.take_back(number, account, min(amount, held))
        else:
            pieces = self.take(account, min(amount, held))
        if amount > held:
            pieces.append(Piece(BANK, amount - held))
            account.owed += amount - held
        pieces = self.mark(number, pieces)
        self.consumed[number] = [Piece(p.label, p.amount, p.place) for p in pieces]
        self.result.out[number] = [(p.label, p.amount) for p in pieces]
        self.parcels[number] = self.merged(pieces)

    def merged(self, pieces):
        """Neighbours of one label of other money count as one piece under way."""
        out = []
        for piece in pieces:
            if out and out[-1].label == piece.label and not self.is_marked(piece.label):
                out[-1].amount += piece.amount
            else:
                out.append(Piece(piece.label, piece.amount))
        return out

    def credit(self, number):
        leg = self.legs[number]
        account, amount = self.accounts[leg["pocket"]], leg["amount"]
        original = leg.get("reverses")
        came_back = False
        if leg.get("pair") is not None:
            pieces = self.unpack(number)
        elif original is not None and self.legs[original].get("pair") is None:
            pieces, came_back = self.bring_back(number), self.restores()
        elif leg.get("interest") and self.rules.get("interest") == "in_proportion":
            pieces = self.earned(number, account)
        else:
            pieces = [Piece(leg.get("brings", OTHER), amount)] if amount else []
        pieces = self.mark(number, pieces)
        self.result.arrived[number] = [(p.label, p.amount) for p in pieces]
        if leg.get("pair") is not None and original is not None and self.restores():
            pieces, came_back = self.at_original_places(pieces, self.consumed.get(original, [])), True
        pieces = self.repay(number, account, pieces, came_back)
        self.brought[number] = self.put(account, pieces)

    def restores(self):
        return self.rules.get("reversal", "restores_lots") == "restores_lots"

    def earned(self, number, account):
        """Interest counts as the money that lies on the account, in proportion: origins in their order, then other."""
        leg = self.legs[number]
        parts = self.in_proportion(leg["amount"], self.totals(account.lots))
        pieces = [Piece(label, x) for label, x in parts.items() if self.is_marked(label) and x]
        self.result.interest += [(number, p.label, p.amount) for p in pieces]
        missing = leg["amount"] - sum(p.amount for p in pieces)
        return pieces + ([Piece(leg.get("brings", OTHER), missing)] if missing else [])

    def cut(self, number, pieces):
        """Origins of which less than the least amount arrives are no longer followed."""
        least, totals = self.rules.get("dust", {}).get(self.legs[number]["pocket"][1], 0), self.totals(pieces)
        small = [p for p in pieces if self.is_marked(p.label) and totals[p.label] < least]
        self.result.cut_off += [(number, p.label, p.amount) for p in small]
        return [Piece(CUT, p.amount) if p in small else p for p in pieces]

    def unpack(self, number):
        leg = self.legs[number]
        debit = self.legs[leg["pair"]]
        pieces = self.parcels.pop(leg["pair"])
        arriving, label = leg["amount"], OTHER
        if leg.get("cash_link") is not None:  # the part of the deposit that the person joined to the withdrawal
            arriving, label = leg["cash_link"], CASH
        if leg["pocket"][1] != debit["pocket"][1]:
            scaled = self.rescale(pieces, arriving)
            self.result.exchanged_out += [(number, p.label, p.amount) for p in pieces if self.is_marked(p.label)]
            self.result.exchanged_in += [(number, p.label, p.amount) for p in scaled if self.is_marked(p.label)]
            pieces = scaled
        elif arriving < debit["amount"]:
            linked = leg.get("cash_link") is not None
            parts = self.in_proportion(arriving, self.totals(pieces)) if linked else self.after_fee(pieces, arriving)
            scaled = self.rescale(pieces, arriving, parts)
            for before, after in zip(pieces, scaled, strict=True):
                if self.is_marked(before.label):
                    self.result.fee.append((number, before.label, before.amount - after.amount))
            pieces = scaled
        missing = leg["amount"] - sum(p.amount for p in pieces)
        return self.cut(number, [p for p in pieces if p.amount]) + ([Piece(label, missing)] if missing else [])

    def bring_back(self, number):
        """The money of a debit that left the case returns: exactly the lots it took, at their places.

        A part of it returns in proportion of the labels, and of each label what lay in front.
        """
        leg = self.legs[number]
        waiting = self.consumed[leg["reverses"]]
        total = sum(p.amount for p in waiting)
        parts = self.in_proportion(min(total, leg["amount"]), self.totals(waiting))
        back = []
        for piece in waiting:
            group = self.group(piece)
            x = min(piece.amount, parts.get(group, 0))
            if x:
                back.append(Piece(piece.label, x, piece.place if self.restores() else None))
                piece.amount -= x
                parts[group] -= x
        self.result.back += [(number, p.label, p.amount) for p in back if self.is_marked(p.label)]
        missing = leg["amount"] - sum(p.amount for p in back)
        return back + ([Piece(leg.get("brings", OTHER), missing)] if missing else [])

    def at_original_places(self, pieces, waiting):
        """Money that returns in a parcel lies where money of its origin (or other money) lay; the rest is new."""
        placed = []
        for piece in pieces:
            for gap in waiting:
                fits = gap.place is not None and self.group(gap) == self.group(piece)
                x = min(piece.amount, gap.amount) if fits else 0
                if x:
                    placed.append(Piece(piece.label, x, gap.place))
                    piece.amount -= x
                    gap.amount -= x
            if piece.amount:
                placed.append(Piece(piece.label, piece.amount, None))
        return placed

    def repay(self, number, account, pieces, came_back):
        """An overdraft is repaid first, in the order of the composition.

        When money comes back, what never lay on the account (the bank's own credit) repays before the rest.
        """
        turns = sorted(pieces, key=lambda p: p.place is not None) if came_back else pieces
        for piece in turns:
            x = min(piece.amount, account.owed)
            piece.amount -= x
            account.owed -= x
            if x and self.is_marked(piece.label):
                self.result.extinguished.append((number, piece.label, x))
        return [p for p in pieces if p.amount]

    def put(self, account, pieces):
        """Lay money on the account; returns what was laid down, with its places."""
        brought = []
        for piece in pieces:
            lay_down = self.put_lot if self.by_lots else self.put_share
            place = lay_down(account, piece)
            brought.append(Piece(piece.label, piece.amount, place))
            account.lots.sort(key=lambda p: p.place)
        return brought

    def new_place(self, account, piece):
        if piece.place is not None:
            return piece.place
        account.next_place += 1
        return account.next_place - 1

    def add(self, account, piece, place):
        same = [lot for lot in account.lots if (lot.label, lot.place) == (piece.label, place)]
        if same:
            same[0].amount += piece.amount
        else:
            account.lots.append(Piece(piece.label, piece.amount, place))
        return place

    def put_lot(self, account, piece):
        """A lot lies behind all others, or where it lay before."""
        return self.add(account, piece, self.new_place(account, piece))

    def put_share(self, account, piece):
        """The methods over totals keep an origin (and other money) together, where it first came."""
        group = [lot for lot in account.lots if self.group(lot) == self.group(piece)]
        if not group:
            return self.add(account, piece, self.new_place(account, piece))
        place = group[0].place
        if piece.place is not None and piece.place < place:
            place = piece.place
            for lot in group:
                lot.place = place
            account.lots = [lot for lot in account.lots if lot not in group] + group
        return self.add(account, piece, place)

    def replay(self):
        for number, leg in enumerate(self.legs):
            (self.debit if leg["side"] == "DBIT" else self.credit)(number)
        return self.result


def replay(legs, origins, method, opening=None, rules=None, sources=()):
    return RuleBook(legs, origins, method, opening or {}, rules, sources).replay()
