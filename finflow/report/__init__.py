"""The report a Joint Investigation Team shares: its sections, in order, each made by one function.

Sentences, words and prohibitions are data (`sentences.toml`); figures come from the case and carry an exhibit number
that ends at a file, a line and a hash. Persons who are protected or not assessed appear under pseudonyms only; payers
to their accounts are never named.
"""

import platform
from datetime import date
from html import escape
from typing import TYPE_CHECKING

import duckdb
import polars as pl

import finflow
from finflow import keys, log
from finflow.check import SIGNS_READ
from finflow.people import unprotected
from finflow.report.annexes import annexes, inquiries
from finflow.report.assets import asked, assets
from finflow.report.excluded import excluded_in
from finflow.report.money import linked
from finflow.report.observations import observations
from finflow.report.page import Section, amounts, few, say, section, style
from finflow.results import table
from finflow.rights import CODES, refuse_sharing

if TYPE_CHECKING:
    from finflow.case import Case

__all__ = [
    "amounts", "annexes", "asked", "assets", "cover", "inquiries", "limits", "linked", "material", "method",
    "observations", "persons", "protection",
]  # fmt: skip


def cover(case: "Case", partner: str = "") -> Section:
    """Case, authority, purpose and permitted use, handling code, state of the version.

    Raises LeakRefused when a file must not go to `partner`.
    """
    facts, sources = case.settings, case.sources()
    if partner:
        refuse_sharing(case, partner)
    rows = {
        "Case": facts.number, "Title": facts.title, "Lead authority": facts.authority, "State": facts.state,
        "Members of the team": ", ".join(facts.members), "Offence under investigation": facts.offence,
        "Legal basis": facts.legal_basis, "Purpose and permitted use": facts.purpose,
    }  # fmt: skip
    listed = "".join(f"<dt>{escape(name)}</dt><dd>{_or_open(value)}</dd>" for name, value in rows.items())
    missing = sources.without_right.height
    return section(
        "Report for the Joint Investigation Team",
        style(),
        f'<div class="cover"><dl>{listed}</dl></div>',
        say("cover.marks"),
        say("cover.purpose"),
        say(
            "cover.handling",
            handling=sources.strictest,
            cut_off=facts.data_cut_off or "not stated",
        ),
        *(say("cover.code", code=code, meaning=CODES[code]) for code in sorted(set(sources.frame["handling_code"]))),
        say("cover.rights_missing", count=missing, total=sources.frame.height) if missing else None,
        say("cover.state", partner=partner) if partner else say("cover.state_open"),
    )


def protection(case: "Case") -> Section:
    """Protection before coercion: clearance, counts of protected persons, what is proposed for their accounts."""
    with case.reading("report") as con:
        protected = _protected(con)
        children = con.execute("SELECT count(DISTINCT party_id) FROM party_role WHERE role = 'child'").fetchall()[0][0]
    return section(
        "Protection before coercion",
        say("protection.clearance"),
        say("protection.counts", protected=few(len(protected)), children=few(children)),
        say("protection.accounts"),
    )


def material(case: "Case") -> Section:
    """The files and the right to use them, completeness by account and month, what was rejected and why."""
    sources, completeness = case.sources(), case.check()
    with case.reading("report") as con:
        excluded = excluded_in(con)
        duplicates = con.execute("SELECT count(*) FROM duplicate_entry").fetchall()[0][0]
    totals = {name: sources.frame[name].sum() for name in ("records", "entries", "rejected", "skipped")}
    reasons = sources.rejected.group_by("exhibit", "reason").agg(pl.len().alias("records")).sort("exhibit", "reason")
    acknowledged = completeness.frame.filter(pl.col("acknowledged")).height
    return section(
        "The material and the right to use it",
        table(sources.shown(), element="finflow-sources", caption="Source files", rows=500),
        table(sources.rights, element="finflow-rights", caption="The right to use them", rows=500),
        say("material.records", **totals, duplicates=duplicates),
        table(reasons, element="finflow-rejected", caption="Rejected records by exhibit and reason"),
        say("material.held", summary=completeness.summary),
        table(
            completeness.signs(),
            element="finflow-grid",
            caption=f"Completeness by month of each year ({SIGNS_READ})",
        ),
        say("material.acknowledged", count=acknowledged) if acknowledged else None,
        say("material.excluded", excluded=excluded),
    )


def persons(case: "Case") -> Section:
    """Suspects and legal persons with their accounts; protected persons by pseudonym; nobody else."""
    with case.reading("report") as con:
        named = con.execute(_NAMED, {"free": sorted(unprotected(con))}).fetchall()
        numbers = con.execute("SELECT min(number), max(number) FROM pseudonym").fetchall()[0]
        called = _labels(con)
    suspects = [row for row in named if row[2]]
    firms = sorted(called[row[5].split(", ")[0]] for row in named if row[1] == "legal" and row[5])
    return section(
        "Persons and entities",
        *(_suspect(row) for row in suspects),
        None if suspects else say("persons.none"),
        *(say("persons.legal", name=name) for name in firms),
        say("persons.protected", first=f"P{numbers[0]}", last=f"P{numbers[1]}") if numbers[0] else None,
    )


_NAMED = """
    SELECT party.name, party.kind, role.role, role.valid_from, role.decided_by,
        string_agg(account.account_id, ', ' ORDER BY account.account_id) AS accounts
    FROM party
    LEFT JOIN party_role AS role
        ON party.party_id = role.party_id AND role.role IN ('suspect', 'convicted') AND role.valid_until IS NULL
    LEFT JOIN account ON party.party_id = account.holder_party_id AND account.inside
    WHERE list_contains($free, party.party_id) AND (
        account.account_id IS NOT NULL
        OR party.party_id NOT IN (SELECT subject FROM decision_holding WHERE kind = 'same_as')
    )
    GROUP BY ALL ORDER BY party.name
"""


def _suspect(row: tuple[str, str, str, date | None, str, str | None]) -> str:
    name, _, role, since, by, accounts = row
    return say(
        "persons.suspect", name=name, role=role, since=since or "a day not stated", by=by,
        accounts=accounts or "no account held in the case",
    )  # fmt: skip


def limits(case: "Case") -> Section:
    """What speaks against, and what the records cannot show. Never empty."""
    with case.reading("report") as con:
        outside = con.execute(_RECEIVED_OUTSIDE).fetchall()[0][0]
        protected = len(_protected(con))
        questions = con.execute(
            "SELECT DISTINCT good_faith_question FROM asset WHERE good_faith_question IS NOT NULL"
        ).fetchall()
    missing = case.check().frame.filter(pl.col("status") == "missing").height
    return section(
        "What speaks against, and limits",
        say("against.open"),
        say("against.roles", count=few(protected)),
        say("against.missing", missing=missing, outside=outside),
        *(say("against.unanswered", question=question) for (question,) in sorted(questions)),
    )


_RECEIVED_OUTSIDE = """
    SELECT count(DISTINCT counterparty_account_id) FROM leg
    WHERE side = 'DBIT' AND NOT counterparty_inside AND counterparty_account_id IS NOT NULL
"""


def method(case: "Case") -> Section:
    """Software, hashes, head of the log, how to verify with stock tools, the author's statement."""
    with case.reading("report") as con:
        content = keys.content_hash(con)
    return section(
        "Method, reproduction, signature",
        say(
            "method.versions", version=finflow.__version__, duckdb=duckdb.__version__, python=platform.python_version(),
            content=content, head=log.head(case.folder),
        ),
        say("method.verify"),
        say("method.author"),
    )  # fmt: skip


def _protected(con: duckdb.DuckDBPyConnection) -> set[str]:
    found = {party for (party,) in con.execute("SELECT party_id FROM party WHERE kind <> 'legal'").fetchall()}
    return found - unprotected(con)


def _labels(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    from finflow.labels import labels

    return labels(con)


def _or_open(value: str) -> str:
    return escape(value) if value else '<span class="open">[NOT COMPLETED]</span>'
