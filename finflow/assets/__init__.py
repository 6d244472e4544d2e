"""Assets: registered by a person or found by the case, what of each is linked to proceeds, and what is proposed."""

from finflow.assets.register import register

__all__ = ["register"]
