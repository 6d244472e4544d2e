"""What can go wrong for a user, said as what, where, and what to type next.

Every message is safe to log: it names files, locators and columns, never a name, an account or another personal value.
"""


class FinflowError(Exception):
    """A mistake the user can mend; the command line prints it without a traceback."""

    exit_code = 2


class DataGap(FinflowError):
    """A figure was asked for that rests on statements which do not reconcile or are not held."""

    exit_code = 3


class CaseHeld(FinflowError):
    """Another process holds the case."""

    exit_code = 4


class LeakRefused(FinflowError):
    """What was to be shared holds a value that must not leave the case."""

    exit_code = 5


class VerificationFailed(FinflowError):
    """A file, log or package is not what it was when it was sealed."""

    exit_code = 6
