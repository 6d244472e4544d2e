"""Follow the money in human-trafficking cases: from bank files to a report a court can check.

import finflow
case = finflow.open_case("saltmarsh")
"""

from finflow import report
from finflow.case import Case, open_case
from finflow.errors import FinflowError
from finflow.parameters import parameters
from finflow.results import show
from finflow.run import run

__version__ = "0.1.0"
__all__ = ["Case", "FinflowError", "open_case", "parameters", "report", "run", "show"]
