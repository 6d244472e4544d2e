"""What the evidence and the decisions that stand let a person decide: a contradiction is refused when it is typed."""

from typing import Any

import duckdb

from finflow.decision_ids import FAULTS
from finflow.errors import FinflowError

PAIRS = ("mirror", "not_mirror")
LEGS = ("proceeds", "cash_link", "privileged", "repaid", "earlier_debit")
_BACK = 12
"""Days by which a bank may book a credit before the debit: as many as a transfer may take (mirror.sql)."""
_LATE = 5
"""Days by which a bank may book a withdrawal after it was made: over a long weekend."""


def refuse_contradicted(con: duckdb.DuckDBPyConnection, rows: list[dict[str, Any]]) -> None:
    """Raise FinflowError for decisions on lines that are not held, or that these lines or other decisions contradict.

    Those that are new stand in table `fresh`, numbered by `given`; what stands already was checked when it was typed. A
    decision may be taken back whatever became of its lines.
    """
    kinds = {row["kind"] for row in rows}
    for decided, query, faults in (
        ({*LEGS}, _LEGS, _MARKED), ({*PAIRS}, _PAIRS, _JOINED), ({"asset_payment"}, _PAYMENTS, _PAID),
        ({"cash_link"}, _LINKS, _LINKED),
    ):  # fmt: skip
        found = con.execute(query).fetchone() if kinds & decided else None
        if found is not None:
            given, fault = found
            raise FinflowError(f"{rows[given].get('_where', 'The decision')}: {faults[fault]}")


# What all marks of one leg come to when the new ones stand: only the last on each question counts, and the mark on a
# whole batch is one on each payment in it.
_LEGS = f"""
    WITH every AS (
        SELECT kind, subject, label, object, amount, 0 AS n, decision_no AS told FROM decision_last
        UNION ALL
        SELECT kind, subject, label, object, amount, given + 1, given + 1 + (SELECT count(*) FROM decision)
        FROM fresh
    ),
    cited AS (
        SELECT *, regexp_replace(subject, '/[0-9]+$', '') AS entry_id,
            coalesce(TRY_CAST(nullif(regexp_extract(subject, '/([0-9]+)$', 1), '') AS BIGINT), 0) AS detail_no
        FROM every WHERE kind IN {LEGS}
        QUALIFY row_number() OVER (PARTITION BY kind, subject, label ORDER BY told DESC) = 1
    ),
    held AS (
        SELECT cited.n, cited.told, cited.amount,
            coalesce(again.kept_entry_id, cited.entry_id)
                || '/' || CAST(coalesce(detail.detail_no, cited.detail_no) AS VARCHAR) AS kept,
            coalesce(detail.amount, CASE WHEN cited.detail_no = 0 THEN entry.amount END) AS whole,
            cited.kind = 'proceeds' OR (cited.kind = 'cash_link' AND cited.object IS NULL) AS marks
        FROM cited
        LEFT JOIN duplicate_entry AS again ON cited.entry_id = again.entry_id
        LEFT JOIN entry ON cited.entry_id = entry.entry_id
        LEFT JOIN detail ON cited.entry_id = detail.entry_id
            AND (cited.detail_no = detail.detail_no OR (cited.detail_no = 0 AND cited.amount IS NULL))
    ),
    added AS (
        SELECT *, sum(coalesce(amount, whole)) FILTER (WHERE marks) OVER
            (PARTITION BY kept ORDER BY told) AS together
        FROM held
    )
    SELECT n - 1 AS given,
        CASE WHEN whole IS NULL THEN 'unknown' WHEN amount > whole THEN 'larger' ELSE 'together' END AS fault
    FROM added
    WHERE n > 0 AND amount IS DISTINCT FROM 0 AND (whole IS NULL OR amount > whole OR (marks AND together > whole))
    ORDER BY n LIMIT 1
"""
_MARKED = {
    "unknown": FAULTS["leg"],
    "larger": "amount is larger than the payment. Give a part of it, or leave it empty.",
    "together": "the parts marked on this payment, under every origin, come to more than the payment. Give each origin "
    "its part (--amount), or take one back: the same decision with --amount 0.",
}

_PAIRS = f"""
    WITH leg AS (
        SELECT CASE WHEN detail.detail_no IS NULL THEN entry.entry_id
            ELSE entry.entry_id || '/' || CAST(detail.detail_no AS VARCHAR) END AS leg_id,
            entry.side, entry.booking_date
        FROM entry LEFT JOIN detail USING (entry_id) WHERE NOT entry.both_sides
    ), pair AS (
        SELECT given, kind, subject, object, least(subject, object) AS one_leg, greatest(subject, object) AS other_leg
        FROM fresh WHERE kind IN ('mirror', 'not_mirror') AND amount IS DISTINCT FROM 0
    ), found AS (
        SELECT pair.given, one.side AS one_side, other.side AS other_side, any_value(pair.kind = 'mirror') AS joins,
            any_value(date_diff('day', one.booking_date, other.booking_date)
                * CASE WHEN one.side = 'DBIT' THEN 1 ELSE -1 END) AS days,
            bool_or(coalesce(
                CASE WHEN held.one_leg = pair.one_leg AND held.other_leg = pair.other_leg THEN held.kind <> pair.kind
                    ELSE held.kind = 'mirror' AND pair.kind = 'mirror' END, FALSE)) AS against
        FROM pair
        LEFT JOIN leg AS one ON pair.subject = one.leg_id
        LEFT JOIN leg AS other ON pair.object = other.leg_id
        LEFT JOIN mirror_decision AS held ON held.one_leg IN (pair.one_leg, pair.other_leg)
            OR held.other_leg IN (pair.one_leg, pair.other_leg)
        GROUP BY ALL
    )
    SELECT given, CASE
        WHEN one_side IS NULL OR other_side IS NULL THEN 'unknown'
        WHEN one_side = other_side THEN 'sides'
        WHEN against THEN 'against'
        WHEN joins AND days < -{_BACK} THEN 'before' END AS fault
    FROM found WHERE fault IS NOT NULL ORDER BY given LIMIT 1
"""
_JOINED = {
    "unknown": "no bank line with this id is loaded, or it stands for both sides itself.",
    "sides": "name one line on which money left and one on which it came.",
    "against": "another decision about one of these legs stands: take it back first, amount=0.",
    "before": f"the credit is booked more than {_BACK} days before the debit: money does not arrive before it left.",
}

_PAYMENTS = """
    WITH paid AS (
        SELECT given, amount, regexp_replace(object, '/[0-9]+$', '') AS entry_id,
            coalesce(TRY_CAST(nullif(regexp_extract(object, '/([0-9]+)$', 1), '') AS BIGINT), 0) AS detail_no
        FROM fresh WHERE kind = 'asset_payment' AND coalesce(amount, 1) > 0
    )
    SELECT given, CASE WHEN entry.side = 'CRDT' AND NOT entry.both_sides THEN 'came'
        WHEN paid.detail_no = 0 AND entry.entry_id IN (SELECT entry_id FROM detail) THEN 'several'
        WHEN paid.amount > coalesce(detail.amount, entry.amount) THEN 'larger' END AS fault
    FROM paid INNER JOIN entry ON paid.entry_id = entry.entry_id
    LEFT JOIN detail ON paid.entry_id = detail.entry_id AND paid.detail_no = detail.detail_no
    WHERE fault IS NOT NULL ORDER BY given LIMIT 1
"""
_PAID = {
    "came": "money came on this line. Cite the line on which the payment left.",
    "several": "this line stands for several payments. Cite the one that paid for the asset: the id of the line, / and "
    "its number.",
    "larger": _MARKED["larger"],
}

# A deposit is joined to one withdrawal, a withdrawal to one deposit, and cash is taken out before it is paid in. A line
# printed again is the line that is counted; a link of lines that are no longer held joins nothing.
_LINKS = f"""
    WITH leg AS (
        SELECT CASE WHEN detail.detail_no IS NULL THEN entry.entry_id
            ELSE entry.entry_id || '/' || CAST(detail.detail_no AS VARCHAR) END AS leg_id,
            coalesce(again.kept_entry_id, entry.entry_id)
                || coalesce('/' || CAST(detail.detail_no AS VARCHAR), '') AS kept,
            entry.side, entry.booking_date, entry.both_sides,
            entry.kind NOT IN ('cash_deposit', 'cash_withdrawal')
                AND coalesce(detail.counterparty_account_id, entry.counterparty_account_id) IS NOT NULL AS is_transfer
        FROM entry LEFT JOIN detail USING (entry_id) LEFT JOIN duplicate_entry AS again USING (entry_id)
    ), every AS (
        SELECT -1 AS given, subject, label, object, amount, evidence, decision_no AS told FROM decision_last
        WHERE kind = 'cash_link'
        UNION ALL
        SELECT given, subject, label, object, amount, evidence, given + 1 + (SELECT count(*) FROM decision)
        FROM fresh WHERE kind = 'cash_link'
    ), link AS (
        SELECT * FROM every
        QUALIFY row_number() OVER (PARTITION BY subject, label ORDER BY told DESC) = 1
            AND object IS NOT NULL AND coalesce(amount, 1) > 0
    ), told AS (
        SELECT link.given, link.evidence, came.side = 'CRDT' AND gone.side = 'DBIT' AND NOT came.both_sides
                AND NOT gone.both_sides AS is_cash_way,
            came.is_transfer OR gone.is_transfer AS is_transfer,
            date_diff('day', gone.booking_date, came.booking_date) AS days,
            count(DISTINCT came.kept) OVER (PARTITION BY gone.kept) AS deposits,
            count(DISTINCT gone.kept) OVER (PARTITION BY came.kept) AS withdrawals
        FROM link
        INNER JOIN leg AS came ON link.subject = came.leg_id
        INNER JOIN leg AS gone ON link.object = gone.leg_id
    )
    SELECT given, CASE
        WHEN coalesce(evidence, '') = '' THEN 'evidence'
        WHEN NOT is_cash_way THEN 'sides'
        WHEN is_transfer THEN 'transfer'
        WHEN days < -{_LATE} THEN 'before'
        WHEN deposits > 1 THEN 'twice'
        WHEN withdrawals > 1 THEN 'apart' END AS fault
    FROM told WHERE given >= 0 AND fault IS NOT NULL ORDER BY given LIMIT 1
"""
_LINKED = {
    "evidence": "give as evidence what shows that the cash paid in is the cash taken out.",
    "sides": "subject is the line on which cash was paid in, object the one on which it was taken out.",
    "transfer": "one of these lines names the account on its other side, so it is no cash. Join lines by mirror.",
    "before": f"the cash was paid in more than {_LATE} days before it was taken out.",
    "twice": "another deposit is joined to this withdrawal, and a withdrawal is joined to one deposit. Mark what else "
    "of it was paid in as cash of an origin (cash_link with --label, without the withdrawal), or take the other link "
    "back: the same decision with --amount 0.",
    "apart": "this deposit is joined to another withdrawal. Take that link back: the same decision with --amount 0.",
}
