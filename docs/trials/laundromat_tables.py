"""The tables of the trial: figures of a case as frames, and frames as markdown. They name the four companies alone."""

from typing import Any

import polars as pl

import finflow

METHODS = ("fifo", "lifo", "pro_rata", "libr", "tainted_first")
ORDERS = ("printed", "credits_first", "debits_first")


def records(case: finflow.Case, loaded: pl.DataFrame) -> pl.DataFrame:
    """What became of the records, and how the file's other sides are known."""
    counts = loaded.select("records", "entries", "rejected", "skipped").hstack(
        case.sql("""
            SELECT (SELECT count(*) FROM duplicate_entry) AS duplicates,
                (SELECT count(*) FROM leg) AS legs, (SELECT count(*) FROM transfer) AS transfers,
                (SELECT count(*) FROM account WHERE inside) AS accounts_inside,
                (SELECT count(*) FROM account WHERE NOT inside) AS accounts_outside,
                (SELECT count(*) FROM account WHERE scheme = 'name') AS outside_known_by_name_only,
                (SELECT count(*) FROM leg WHERE counterparty_account_id LIKE 'name:%') AS lines_of_these,
                (SELECT count(*) FROM account WHERE NOT valid) AS ibans_with_wrong_check_digits
        """)
    )
    counts = counts.with_columns(between_two_inside_but_printed_once=pl.lit(_one_sided(case)))
    return counts.transpose(include_header=True, header_name="what", column_names=["number"])


def companies(case: finflow.Case) -> pl.DataFrame:
    """The accounts inside and who holds them: account_id, company."""
    return case.sql("""
        SELECT account_id, party.name AS company FROM account
        INNER JOIN party ON account.holder_party_id = party.party_id WHERE inside ORDER BY company
    """)


def totals(case: finflow.Case) -> pl.DataFrame:
    """Money in and out of each company and currency, and the lowest running sum as the file orders it."""
    return case.sql("""
        WITH running AS (
            SELECT *, sum(CASE WHEN side = 'CRDT' THEN amount ELSE -amount END)
                OVER (PARTITION BY account_id, currency ORDER BY position) AS balance FROM leg
        )
        SELECT party.name AS company, running.currency,
            count(*) FILTER (WHERE side = 'CRDT') AS lines_in,
            CAST(coalesce(sum(amount) FILTER (WHERE side = 'CRDT'), 0) AS DECIMAL(28, 2)) AS money_in,
            count(*) FILTER (WHERE side = 'DBIT') AS lines_out,
            CAST(coalesce(sum(amount) FILTER (WHERE side = 'DBIT'), 0) AS DECIMAL(28, 2)) AS money_out,
            CAST(sum(CASE WHEN side = 'CRDT' THEN amount ELSE -amount END) AS DECIMAL(28, 2)) AS in_less_out,
            CAST(min(balance) AS DECIMAL(28, 2)) AS lowest_running_sum
        FROM running INNER JOIN account USING (account_id) INNER JOIN party ON account.holder_party_id = party.party_id
        GROUP BY ALL ORDER BY company, currency
    """)


def between(case: finflow.Case) -> pl.DataFrame:
    """Transfers whose both sides the file prints, by rule; and payments of a company to itself elsewhere."""
    return case.sql("""
        WITH inside AS (SELECT account_id, party.name AS company FROM account
            INNER JOIN party ON account.holder_party_id = party.party_id WHERE inside)
        SELECT 'printed twice, once by each side: ' || rule AS what, currency, count(*) AS transfers,
            CAST(sum(amount) AS DECIMAL(28, 2)) AS amount
        FROM transfer WHERE debit_leg IS NOT NULL AND credit_leg IS NOT NULL GROUP BY ALL
        UNION ALL
        SELECT 'self-transfers: between a company''s account and its account at another bank', currency, count(*),
            CAST(sum(amount) AS DECIMAL(28, 2))
        FROM leg INNER JOIN inside USING (account_id) WHERE upper(trim(counterparty_name)) = company GROUP BY ALL
        ORDER BY what, currency
    """)


def _one_sided(case: finflow.Case) -> int:
    """Lines between two accounts inside whose other side is not in the file."""
    count: int = case.sql("""
        SELECT count(*) FROM leg INNER JOIN transfer USING (transfer_id)
        WHERE counterparty_inside AND (debit_leg IS NULL OR credit_leg IS NULL)
    """).item()
    return count


def order(case: finflow.Case) -> pl.DataFrame:
    """Days of one account and currency on which the order of lines matters, and how the file orders them."""
    return case.sql("""
        WITH placed AS (
            SELECT account_id, currency, booking_date, count(*) AS n, count(DISTINCT side) AS sides,
                max(position) FILTER (WHERE side = 'DBIT') < min(position) FILTER (WHERE side = 'CRDT') AS debits_first
            FROM leg GROUP BY ALL
        )
        SELECT count(*) AS account_days, count(*) FILTER (WHERE n > 1) AS of_several_lines,
            count(*) FILTER (WHERE sides = 2) AS with_money_in_and_out,
            count(*) FILTER (WHERE sides = 2 AND debits_first) AS all_debits_before_all_credits
        FROM placed
    """)


def marked(case: finflow.Case) -> pl.DataFrame:
    """What the largest outside payer paid, by currency and company."""
    return case.sql("""
        SELECT leg.currency, party.name AS paid_to, count(*) AS payments,
            CAST(sum(leg.amount) AS DECIMAL(28, 2)) AS amount
        FROM decision_holding INNER JOIN leg ON decision_holding.subject = leg.leg_id AND leg.side = 'CRDT'
        INNER JOIN account USING (account_id) INNER JOIN party ON account.holder_party_id = party.party_id
        WHERE decision_holding.kind = 'proceeds' GROUP BY ALL ORDER BY 1, 2
    """)


def ends(trails: dict[tuple[str, str], Any]) -> pl.DataFrame:
    """The end of every marked US dollar, a row for each method and same-day order."""
    rows = []
    for (method, order), trail in trails.items():
        ends = dict(trail.ends.select("end", "amount").rows())
        rows.append(
            {
                "method": method,
                "same_day": order,
                "left_the_case": ends.pop("left the case"),
                "held": ends.pop("held", 0),
                "extinguished": ends.pop("extinguished", 0),
                "residue": trail.proof["residue"].sum(),
                "transfers_passed": trail.transfers.height,
            }
        )
        if ends or set(trail.ends["currency"]) != {"USD"}:
            raise SystemExit(f"An end or currency this table has no column for: {trail.ends}")
    return pl.DataFrame(rows)


def held(case: finflow.Case, trails: dict[tuple[str, str], Any]) -> pl.DataFrame:
    """What still lies where, a column for each method."""
    named = dict(companies(case).rows())
    found = [
        trails[method, order].held.select(
            pl.col("account_id").replace_strict(named).alias("company"), "currency", pl.lit(order).alias("same_day"),
            pl.lit(method).alias("method"), pl.col("traced"),
        ) for method in METHODS for order in ("printed", "credits_first")
    ]  # fmt: skip
    wide = pl.concat(found).pivot("method", index=["company", "currency", "same_day"], values="traced")
    return wide.fill_null(0).sort("company", "currency", "same_day")


def receivers(case: finflow.Case, trails: dict[tuple[str, str], Any]) -> pl.DataFrame:
    """The ten outside accounts that received most under any method (credits first), without their names or numbers."""
    paid = case.sql("SELECT transfer_id, creditor_account_id AS account_id FROM transfer")
    wide = None
    for method in METHODS:
        left = trails[method, "credits_first"].transfers.filter(pl.col("end") == "left the case")
        sums = (
            left.join(paid, on="transfer_id")
            .group_by("account_id", "currency")
            .agg(pl.col("traced").sum().alias(method))
        )
        wide = sums if wide is None else wide.join(sums, on=["account_id", "currency"], how="full", coalesce=True)
    most = wide.fill_null(0).sort(-pl.max_horizontal(METHODS), "account_id").head(10)
    return most.select(pl.int_range(1, pl.len() + 1).alias("receiver"), "account_id", "currency", *METHODS)


def markdown(frame: pl.DataFrame) -> str:
    """A frame as a markdown table, amounts with two decimals and groups."""
    numbers = [kind.is_numeric() for kind in frame.dtypes]
    lines = [[name.replace("_", " ") for name in frame.columns], ["--:" if number else "---" for number in numbers]]
    lines += [[_cell(value, kind) for value, kind in zip(row, frame.dtypes, strict=True)] for row in frame.rows()]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _cell(value: Any, kind: pl.DataType) -> str:
    if isinstance(value, str):
        return value.replace("_", " ")
    return f"{value:,.2f}" if kind.is_decimal() else f"{value:,}"
