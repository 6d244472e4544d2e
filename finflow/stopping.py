"""How a verb of the command line ends: plain text and the exit code of what happened, never a traceback."""

import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

from finflow.errors import FinflowError
from finflow.terminal import sentences


class Verbs(TyperGroup):
    """Ends each verb with one plain block of text and the exit code of what happened."""

    def invoke(self, ctx: Any) -> Any:
        """Run the verb that was typed."""
        try:
            return super().invoke(ctx)
        except FinflowError as error:
            _stop(str(error), error.exit_code)
        except KeyboardInterrupt:
            _stop("Stopped. What was begun and not finished is undone; the log says interrupted.", 130)
        except (typer.Exit, typer.Abort, BrokenPipeError):
            raise
        except Exception as error:
            if type(error).__module__.startswith("typer."):
                raise
            _stop(_own_error(error), 1)


def _own_error(error: Exception) -> str:
    """Where finflow went wrong, without the text of the error, which may quote data."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(Path(__file__).parent)]
    where = "\n".join(f"  {Path(frame.filename).name}, line {frame.lineno}, in {frame.name}" for frame in own[-4:])
    return f"finflow made a mistake ({type(error).__name__}). Please report these lines; they hold no data:\n{where}"


def _stop(message: str, code: int) -> NoReturn:
    typer.echo(sentences(*message.splitlines()) if sys.stderr.isatty() else message, err=True)
    raise typer.Exit(code)
