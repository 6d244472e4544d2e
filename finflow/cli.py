"""The command line: the words of GLOSSARY.md, one short function a verb."""

import signal
import sys
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any

import typer

from finflow import terminal
from finflow.decision_kinds import explained
from finflow.errors import FinflowError
from finflow.stopping import Verbs
from finflow.trace.claims import RULES
from finflow.trace.outputs import SAID as ON_CHAIN
from finflow.trace.policies import SAID, policies

HELP = """Follow the money in human-trafficking cases: from bank files to a report a court can check.

Begin with: finflow demo. Exit codes: 0 done, 1 an error of finflow or a notebook, 2 a mistake of the user, 3 a gap in
the data, 4 the case is held, 5 a leak was refused, 6 verification failed, 130 stopped by the user.
"""
app = typer.Typer(
    cls=Verbs,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help=HELP,
)


def _folder(path: Path) -> Path:
    if path.is_file():
        raise FinflowError(f"{path.name} is a file. First name the folder of the case: finflow VERB CASE ...")
    return path


mappings = typer.Typer(cls=Verbs, no_args_is_help=True, rich_markup_mode=None, help="How a bank's export is read.")
app.add_typer(mappings, name="mapping")

Folder = Annotated[Path, typer.Argument(metavar="CASE", callback=_folder, help="Folder of the case.")]
Json = Annotated[bool, typer.Option("--json", help="Print every row as JSON, for machines.")]
Pairs = Annotated[list[str] | None, typer.Option("--set", "-p", metavar="NAME=VALUE", help="A parameter; repeatable.")]
By = Annotated[str, typer.Option("--by", help="Who decided.")]
Why = Annotated[str, typer.Option("--why", help="The reason, as it will be read aloud in court.")]
Evidence = Annotated[str | None, typer.Option("--evidence", help="What it rests on.")]
ON_CHAINS = ", ".join(f"{name} ({words})" for name, words in ON_CHAIN.items()) + "."
METHODS = ", ".join(f"{name} ({words})" for name, words in SAID["method"].items() if name) + "."
Traced = Annotated[str | None, typer.Option("--method", help="Trace the marked proceeds under this method first.")]
Method = Annotated[str, typer.Option("--method", help=METHODS)]
Policies = Annotated[
    list[str] | None,
    typer.Option(
        "--set", "-p", metavar="POLICY=VALUE", help=f"Another policy: {', '.join(list(SAID)[1:])}; repeatable."
    ),
]
SameDay = Annotated[
    str,
    typer.Option(
        "--same-day",
        help="The order of a day for which the records show none: printed, ledger, "
        "credits_first or debits_first; by account: printed, ACCOUNT_ID=credits_first.",
    ),
]


def main() -> None:
    """Entry point of `finflow` and of `python -m finflow`."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a scheduler stops a verb as a person does
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(
                encoding="utf-8", errors="replace"
            )  # a console of another code page must not stop a verb
    app(prog_name="finflow")


@app.command()
def load(
    folder: Folder,
    files: Annotated[list[str], typer.Argument(help="Files or patterns, for example bank_a/*.xml.")],
    mapping: Annotated[Path | None, typer.Option(help="Mapping TOML for CSV files without one beside them.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Read anew what was read with another mapping.")] = False,
    as_json: Json = False,
) -> None:
    """Load files into a case, which is created when new.

    Bank files, and side evidence such as log-ins or adverts: see finflow template.
    """
    from finflow.case import open_case

    _show(open_case(folder).load(*files, mapping=mapping, again=again), as_json)


@app.command()
def template(
    kind: Annotated[str | None, typer.Argument(help="Kind of side evidence; all are listed when left out.")] = None,
    folder: Annotated[Path, typer.Option(file_okay=False, help="Where to write the files.")] = Path(),
    as_json: Json = False,
) -> None:
    """Write an empty file for a kind of side evidence.

    With its mapping. Without a kind, list what there is: mandates, log-ins, adverts, registers, hours and others.
    """
    from finflow.side.sheet import kinds, write_sheet

    if kind is None:
        return _show(kinds(), as_json)
    written = [path.name for path in write_sheet(kind, folder)]
    return typer.echo(terminal.as_json(written) if as_json else f"Written: {', '.join(written)}")


@app.command()
def check(folder: Folder, as_json: Json = False) -> None:
    """Which months of accounts are held, and do balances agree."""
    result = _case(folder).check()
    if as_json:
        return _show(result, as_json)
    grid, doubtful = (terminal.laid_out(terminal.spoken(frame)) for frame in (result.signs(), result.shown()))
    said = [terminal.sentences(result.caption), grid, "Months to look at", doubtful]
    for caption, frame in result.tables.items():
        if frame.height:
            said += [caption, terminal.laid_out(terminal.spoken(frame))]
    return typer.echo("\n".join([*said, terminal.sentences(result.summary, *result.told)]))


@app.command()
def resolve(folder: Folder, as_json: Json = False) -> None:
    """Build accounts, parties and transfers from what is there."""
    _show(_case(folder).resolve(), as_json)


@app.command()
def rates(
    folder: Folder,
    file: Annotated[Path, typer.Argument(help="CSV: from_date, currency, units_for_one_euro.")],
    as_json: Json = False,
) -> None:
    """Keep exchange rates of currencies without published ones."""
    _show(_case(folder).rates(file), as_json)


@app.command(epilog="\b\nKinds of decision:\n" + "\n".join(f"  {line}" for line in explained()))
def decide(
    folder: Folder,
    subject: Annotated[str, typer.Argument(help="What is decided about; or a folder of decisions as CSV files.")],
    kind: Annotated[str | None, typer.Argument(help="What is decided, one of the kinds below.")] = None,
    object_: Annotated[str | None, typer.Argument(metavar="object", help="The other side, as the kind says.")] = None,
    by: By = "",
    why: Why = "",
    evidence: Evidence = None,
    label: Annotated[str | None, typer.Option(help="The origin of proceeds, the kind of a party.")] = None,
    amount: Annotated[str | None, typer.Option(help="Part of the payment; the whole when left out.")] = None,
    valid_from: Annotated[str | None, typer.Option(help="First day, YYYY-MM-DD.")] = None,
    valid_until: Annotated[str | None, typer.Option(help="Day after the last, YYYY-MM-DD.")] = None,
    as_json: Json = False,
) -> None:
    """Record what a person decided.

    One decision, or all in a folder of CSV files.
    """
    case = _case(folder)
    if kind is None:
        return _show(case.decide_from(subject), as_json)
    _refuse_empty({"--by": by, "--why": why})
    first, until = _day("--valid-from", valid_from), _day("--valid-until", valid_until)
    given = {"by": by, "why": why, "evidence": evidence, "label": label, "amount": amount}
    return _show(case.decide(subject, kind, object_, valid_from=first, valid_until=until, **given), as_json)


@app.command()
def custody(folder: Folder, as_json: Json = False) -> None:
    """What is held, by which right, and whether it is unchanged."""
    result = _case(folder).custody()
    _show(result, as_json)
    result.refuse_faults()


@app.command()
def withdraw(
    folder: Folder,
    file: Annotated[str, typer.Argument(help="Name of the file, or the first digits of its SHA-256.")],
    back: Annotated[bool, typer.Option("--back", help="Count it again.")] = False,
    by: By = "",
    why: Why = "",
    as_json: Json = False,
) -> None:
    """Leave a file out of everything, as if it were not loaded. It is kept as it is."""
    _refuse_empty({"--by": by, "--why": why})
    _show(_case(folder).withdraw(file, by=by, why=why, back=back), as_json)


@app.command()
def expunge(
    folder: Folder,
    subject: Annotated[str, typer.Argument(help="Name or SHA-256 of a file, or the id of an entry.")],
    order: Annotated[str, typer.Option(help="Reference of the order it is expunged under.")] = "",
    by: By = "",
    why: Why = "",
    as_json: Json = False,
) -> None:
    """Delete a file or a bank line for good, by order.

    What rests on it goes too: results, executed notebooks. It cannot be undone. A tombstone stays: ids and the order.
    """
    _refuse_empty({"--by": by, "--why": why, "--order": order})
    _show(_case(folder).expunge(subject, by=by, why=why, order=order), as_json)


@app.command()
def detect(
    folder: Folder,
    names: Annotated[list[str] | None, typer.Argument(help="Red flags; all when none is named.")] = None,
    pairs: Pairs = None,
    as_json: Json = False,
) -> None:
    """Leads from red-flag queries: places to look, not findings."""
    _show(_case(folder).detect(*names or (), **_values(pairs)), as_json)


@app.command()
def requests(folder: Folder, as_json: Json = False) -> None:
    """What to ask for next.

    Money that left for, or came from, accounts and platforms whose records are not held.
    """
    _show(_case(folder).requests(), as_json)


@app.command()
def trace(
    folder: Folder,
    method: Method = "fifo",
    chosen: Policies = None,
    why: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Why this asset, account or payment: amounts, and chains of bank lines to it."),
    ] = None,
    chains: Annotated[int, typer.Option(metavar="N", help="How many chains --why gives, the largest first.")] = 10,
    as_json: Json = False,
) -> None:
    """Follow the marked proceeds under one method."""
    trail = _trail(_case(folder), method, **_policies(chosen))
    _show(trail if why is None else trail.why(why, chains=chains), as_json)


@app.command()
def compare(
    folder: Folder,
    assets: Annotated[
        list[str] | None, typer.Argument(help="Ids of assets; all that were paid for when left out.")
    ] = None,
    chosen: Policies = None,
    as_json: Json = False,
) -> None:
    """Follow the marked proceeds under every method."""
    case = _case(folder)
    _show(case.compare(case.proceeds(), assets or None, **_policies(chosen)), as_json)


@app.command()
def claims(
    folder: Folder,
    accounts: Annotated[list[str], typer.Argument(help="Id of the account that is shared; several are one fund.")],
    rule: Annotated[str, typer.Option(help=f"{'; '.join(f'{name}: {words}' for name, words in RULES.items())}.")] = (
        "pari_passu"
    ),
    on: Annotated[str | None, typer.Option(help="Day at whose end it is shared, YYYY-MM-DD; else all lines.")] = None,
    same_day: SameDay = "printed",
    as_json: Json = False,
) -> None:
    """What claimants share of the balance of accounts."""
    case = _case(folder)
    _show(case.claims(accounts, case.proceeds(), rule=rule, on=_day("--on", on), same_day=same_day), as_json)


@app.command()
def composition(
    folder: Folder,
    paid: Annotated[str, typer.Argument(help="Id of an asset, or of the line on which money left.")],
    method: Method = "fifo",
    same_day: SameDay = "printed",
    as_json: Json = False,
) -> None:
    """What a payment consists of, credit by credit.

    Every credit it can have come from is listed, marked or not.
    """
    _show(_case(folder).composition(paid, method=method, same_day=same_day), as_json)


@app.command()
def reach(folder: Folder, as_json: Json = False) -> None:
    """Accounts that marked money can have reached: leads.

    No amounts, and no measure can rest on it.
    """
    case = _case(folder)
    _show(case.reach(case.proceeds()), as_json)


@app.command("earlier-debits")
def earlier_debits(
    folder: Folder,
    method: Method = "fifo",
    chosen: Policies = None,
    days: Annotated[int, typer.Option(min=0, help="How long before the credit a debit may stand.")] = 30,
    tolerance: Annotated[str, typer.Option(help="By how much the two amounts may differ.")] = "0",
    as_json: Json = False,
) -> None:
    """Debits shortly before linked money came: candidates.

    A person confirms a pair: finflow decide CASE CREDIT_LEG earlier_debit DEBIT_LEG, with --evidence. What is traced
    back by decision stands above the candidates, beside the result without it.
    """
    case = _case(folder)
    _show(case.earlier_debits(_trail(case, method, **_policies(chosen)), days=days, tolerance=tolerance), as_json)


@app.command("trace-outputs")
def trace_outputs(
    folder: Folder,
    method: Annotated[str, typer.Option("--method", help=ON_CHAINS)] = "fifo",
    dust: Annotated[int, typer.Option(min=0, help="Under haircut, units below which a part is cut off.")] = 0,
    as_json: Json = False,
) -> None:
    """Follow the marked proceeds on a chain, output by output.

    Of Bitcoin and its kin. With --json, every output; else where the money is.
    """
    case = _case(folder)
    _show(case.trace_outputs(case.proceeds(), method=method, dust=dust), as_json)


@app.command("reach-outputs")
def reach_outputs(folder: Folder, as_json: Json = False) -> None:
    """Outputs that marked money can have reached: leads.

    Of Bitcoin and its kin. No amounts, and no measure can rest on it.
    """
    case = _case(folder)
    _show(case.reach_outputs(case.proceeds()), as_json)


@app.command()
def assets(
    folder: Folder,
    register: Annotated[Path | None, typer.Option(help="Register the assets of this CSV file first.")] = None,
    method: Traced = None,
    as_json: Json = False,
) -> None:
    """The assets, with --method also what is linked to proceeds."""
    case = _case(folder)
    if register is not None:
        typer.echo(terminal.told(case.register(register)), err=True)
    _show(case.assets(_trail(case, method)), as_json)


@app.command()
def propose(
    folder: Folder,
    asset: Annotated[str, typer.Argument(help="Id of the asset; or a CSV file of proposals.")],
    measure: Annotated[str | None, typer.Argument(help="freeze, confiscate or release.")] = None,
    by: By = "",
    why: Why = "",
    basis: Annotated[str, typer.Option(help="Code of the legal basis, for example STD.")] = "",
    method: Traced = None,
    override_by: Annotated[
        str | None,
        typer.Option(help="Who overrides a protection: 'Name, function', for example prosecutor or lead investigator."),
    ] = None,
    override_why: Annotated[str | None, typer.Option(help="The reason for that.")] = None,
    as_json: Json = False,
) -> None:
    """Propose a measure for an asset, for review by a person.

    One proposal, or all in a CSV file.
    """
    case = _case(folder)
    if measure is None:
        if not asset.lower().endswith(".csv"):
            raise FinflowError("Type what is proposed after the asset: freeze, confiscate or release. Or name a .csv.")
        return _show(case.propose_from(asset, _trail(case, method)), as_json)
    _refuse_empty({"--by": by, "--why": why, "--basis": basis})
    given = {"basis": basis, "why": why, "by": by, "override_by": override_by, "override_why": override_why}
    return _show(case.propose(asset, measure, trail=_trail(case, method), **given), as_json)


@app.command()
def proposals(folder: Folder, as_json: Json = False) -> None:
    """The proposals that stand, each for review by a person."""
    _show(_case(folder).proposals(), as_json)


@app.command()
def run(
    folder: Folder,
    notebook: Annotated[str, typer.Argument(help="A path, or the name of a notebook that comes with finflow.")],
    pairs: Pairs = None,
    as_json: Json = False,
) -> None:
    """Execute a notebook on the case and keep the run.

    A run is the notebook with its outputs, the report and the manifest. One that stops half-way is kept too.
    """
    from finflow.demo import steps
    from finflow.parameters import checked, from_text
    from finflow.run import declared_parameters, find_notebook
    from finflow.run import run as execute

    path = find_notebook(notebook)
    declared = [parameter for parameter in declared_parameters(path) if parameter.name != "case"]
    values = from_text(declared, pairs or (), path.stem)
    if "case" in values:
        raise FinflowError(f"{path.stem}: the case is the first argument; leave it out of the parameters.")
    checked(declared, values, path.stem)  # before the progress begins, which would print an empty line
    case = _case(folder)
    with steps() as told:
        kept = execute(path, case, progress=told, **values)
    if as_json:
        return typer.echo(terminal.as_json({"run": kept.folder.name, **kept.manifest}))
    return typer.echo(f"{kept.notebook}: report in {kept.report}")


@app.command()
def sql(
    folder: Folder,
    query: Annotated[str, typer.Argument(help="One SELECT; $name takes its value from --set name=value.")],
    pairs: Pairs = None,
    as_json: Json = False,
) -> None:
    """Ask the case a question of your own, read-only."""
    frame = _case(folder).sql(query, **_values(pairs))
    typer.echo(terminal.as_json(frame.to_dicts()) if as_json else terminal.laid_out(frame))


@app.command()
def sample(
    folder: Annotated[Path, typer.Argument(file_okay=False, help="A new folder to write the files into.")],
    as_json: Json = False,
) -> None:
    """Write the files of an invented case to practise on.

    It is called Saltmarsh: bank files, decisions of an investigator, assets.
    """
    from finflow.sample import write_sample

    if folder.exists() and any(folder.iterdir()):
        raise FinflowError(f"{folder.name} is not empty. Name a new folder for the sample files.")
    written = write_sample(folder)
    if as_json:
        return typer.echo(
            terminal.as_json(
                {"folder": str(folder), "files": [path.relative_to(folder).as_posix() for path in written]}
            )
        )
    return typer.echo(f"{len(written)} files are in {folder}; README.md among them says what each is.")


@app.command()
def demo(
    folder: Annotated[Path, typer.Option(file_okay=False, help="Folder of the case; made when new.")] = Path(
        "saltmarsh"
    ),
    as_json: Json = False,
) -> None:
    """Load the sample case and run every notebook on it.

    Says where the report is and what it says first.
    """
    from finflow.demo import run_demo

    done = run_demo(folder)
    if as_json:
        return typer.echo(terminal.as_json({"report": str(done.report), "headlines": done.headlines}))
    return typer.echo("\n".join([*done.headlines[:3], f"Report: {done.report}"]))


@app.command()
def lab(
    folder: Folder = Path("saltmarsh"),
) -> None:
    """Open JupyterLab on a working copy of the notebooks.

    Without a folder named, on the sample case, which is loaded when it is not there yet.
    """
    from finflow.demo import open_lab

    raise typer.Exit(open_lab(folder))


@app.command()
def version(as_json: Json = False) -> None:
    """The version of finflow and of what it computes with."""
    from finflow.run import software

    found = software()
    typer.echo(terminal.as_json(found) if as_json else "\n".join(f"{name} {number}" for name, number in found.items()))


@mappings.command()
def suggest(
    file: Annotated[Path, typer.Argument(help="A CSV, XLSX, Parquet or printed PDF file of a bank.")],
    out: Annotated[Path | None, typer.Option(help="Write the mapping into this new file.")] = None,
    as_json: Json = False,
) -> None:
    """Suggest a mapping for a file: what is in doubt, and what its first rows would become.

    The sample shows values of the file on the screen alone.
    """
    from finflow.load.suggest import suggest as suggested

    found = suggested(file)
    if out is not None:
        found.write(out)
    if as_json:
        sample = found.sample.to_dicts()
        return typer.echo(terminal.as_json({"mapping": found.text, "unsure": found.unsure, "sample": sample}))
    shown = [f"The mapping is in {out.name}." if out else found.text, terminal.laid_out(found.sample)]
    return typer.echo("\n".join([*shown, terminal.sentences(*found.told)]))


def _case(folder: Path) -> Any:
    from finflow.case import existing_case

    return existing_case(folder)


def _trail(case: Any, method: str | None, **chosen: str) -> Any:
    """The trail of the marked proceeds; its figures are about to be printed, so a gap nobody acknowledged stops it."""
    if not method:
        return None
    trail = case.trace(case.proceeds(), method=method, **chosen)
    trail.refuse_gaps()
    return trail


def _refuse_empty(options: dict[str, str]) -> None:
    for option, text in options.items():
        if not text.strip():
            raise FinflowError(f"{option} is empty. Say who, the reason and the basis: they are read aloud in court.")


def _show(result: Any, as_json: bool, *more: str) -> None:
    typer.echo(terminal.as_json(result.frame.to_dicts()) if as_json else terminal.told(result, *more))


def _policies(pairs: list[str] | None) -> dict[str, str]:
    """Policies typed as `name=value`; the method has an option of its own."""
    from finflow.parameters import from_text

    chosen = from_text((), pairs or (), "finflow")
    if "method" in chosen:
        raise FinflowError("The method has its own option where one is chosen: --method. A comparison runs them all.")
    policies(**chosen)
    return chosen


def _values(pairs: list[str] | None) -> dict[str, Any]:
    """Values typed as `name=value`: whole numbers, decimals and days by their form, anything else as text."""
    from finflow.parameters import from_text

    return {name: _by_form(text) for name, text in from_text((), pairs or (), "finflow").items()}


def _by_form(text: str) -> Any:
    readers: tuple[Callable[[str], Any], ...] = (int, Decimal, date.fromisoformat)
    for reader in readers:
        try:
            return reader(text)
        except (ValueError, InvalidOperation):
            continue
    return text


def _day(option: str, text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise FinflowError(f"{option} is no day. Write it as YYYY-MM-DD.") from None
