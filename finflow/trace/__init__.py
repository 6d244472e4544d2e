"""Following marked money through accounts: the rules, in the order in which they act.

**Accounts.** An account in one currency holds lots of money, each with one label, and an overdraft; never both. A
label is an origin that a person marked, or a kind of *other money*: opening balance, cash, other credit, bank credit,
and by policy own money or no longer followed. Other money is used as own money under every method and reported apart.

**Legs.** A debit leg takes money by the method and puts it under way as a parcel, its pieces in the order in which
they lay on the account. The credit leg unpacks the parcel. A credit without a held debit brings other money. A credit
never replays before its debit.

**Marks.** A mark names a leg, an origin and an amount (or the whole). It acts on unmarked money only, front first, in
the order in which several were given; the marked part lies before the unmarked part. What already carries an origin
is not counted again: it is reported as *already linked*. On a debit leg a mark labels the parcel.

**Overdraft.** What a debit takes beyond the lots is bank credit, and owed. Money that comes in first repays what is
owed, in its order; that part is *extinguished*. When a payment comes back, what never lay on the account repays
first.

**Methods.** fifo takes from the front, lifo from the back. pro_rata takes every origin in proportion; libr takes
other money first, then origins in proportion; tainted_first the reverse. These three keep one total a label. Splits
are whole minor units by largest remainder, equal remainders to the origin named first, other money last; other money
counts as one and is divided among its labels afterwards, so that no label of it moves a unit of an origin. Under
sub_rule fifo, libr and tainted_first keep lots: of other money and of marked money, each what lies in front goes first.

**Opening balances.** What lay on an account before its first line is other money of unknown origin; opening own_money
calls it the holder's own, and no amount depends on that. No policy links it: who says that it came from an offence has
the earlier statements loaded and marks the line on which it came. What came in unseen at a break stays unknown.

**Transit.** A credit smaller than its debit in the same currency: the rest stayed behind as a fee (for a cash link:
as cash), taken from the parcel in proportion. Larger: the rest is other money. Another currency: the pieces are
rescaled to what the bank credited. Proportions act by origin, then by neighbouring pieces of one origin, then by
piece. The policy fee may take a fee of other money, or of marked money, before the rest; never the cash of a cash link.

**Interest** that a bank credits is other money. Under interest in_proportion it counts as the money that lies on the
account: each origin grows by its share, which the proof shows as interest and the trail as entering on that line.

**Small amounts.** Under dust, what an origin brings in a parcel is *cut off* where it is less than the least amount of
the currency: counted in the proof, and from there on other money, no longer followed. By default everything is
followed, and in a comparison always, since its bounds hold for every amount.

**Reversals.** A debit that comes back restores what it took, at its places: from outside the case exactly its lots,
in a parcel as far as the parcel holds money of the same origin (or other money). If the original is unknown, or went
to an account of the case that did not send it back, it is other money. A credit that is reversed takes what remains
of it first, in its order, and the rest by the method, reported as *reversal shortfall*. Where lots are kept the very
lot is known, else its origin. A reversal of a reversal is an ordinary leg, and so is one replayed before its original.
Under reversal new_deposit what comes back keeps its origins, but lies behind all other money.

**Order.** Legs replay in the order of each account, which printed balances prove. Where a day has no balances that
prove it, the policy same_day decides: printed (by printed times, else as the ledger lists), ledger (as it lists,
whatever times are printed), credits_first or debits_first (within one time); single accounts may be excepted. Debits
replay before their credits; a ring of accounts that wait for each other within that is opened at its first debit in the
order of the ledger, and named.

**What is replayed.** Only accounts that marked money can have reached in time. Only marked money keeps its lineage.

**Cash** ends a trail, unless a person joined a deposit to a withdrawal or marked a deposit. Under cash stops the joins
count for nothing, so that what rests on them can be shown.

**Elections.** A person may elect for one asset that, under libr, its payments take linked money first. A comparison has
a run without elections, and states what each of them changes.

**Claims.** What is left on one account at the end of a day is shared among those whose marked money was paid straight
into it: pari passu, or capped first at the lowest balance after each one's payments. Other money ranks last, and no
more is shared than the lowest balance leaves all claimants as one. What was paid back took the claimant's money first.
Several accounts named together are one fund under pari passu; a cap is one of a single account.

**Composition.** A payment followed back: every credit it can have come from, marked or not, under one method.

**Earlier debits.** Candidates for a person to decide, never part of a trail. What is traced back is stated apart, and
is never more than what linked money repaid, nor than what the debit owed.

**Reach.** What marked money can have touched at all, in time (poison): leads, without any amount.

**Outputs.** On chains without accounts money is followed from output to output: see `finflow.trace.outputs`.
"""

from finflow.trace.chain import OutputReach, OutputTrail, reach_outputs, trace_outputs
from finflow.trace.claims import Claims, claims
from finflow.trace.comparison import Comparison
from finflow.trace.composition import Composition, composition
from finflow.trace.earlier import EarlierDebits, earlier_debits
from finflow.trace.proceeds import Proceeds, proceeds
from finflow.trace.reach import Reach, reach
from finflow.trace.trail import Paths, Trail
from finflow.trace.verbs import compare, trace

__all__ = [
    "Claims",
    "Comparison",
    "Composition",
    "EarlierDebits",
    "OutputReach",
    "OutputTrail",
    "Paths",
    "Proceeds",
    "Reach",
    "Trail",
    "claims",
    "compare",
    "composition",
    "earlier_debits",
    "proceeds",
    "reach",
    "reach_outputs",
    "trace",
    "trace_outputs",
]
