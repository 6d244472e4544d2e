"""Assets: registered by a person or found by the case, what of each is linked to proceeds, and what is proposed."""

from finflow.assets.overview import Assets, assets
from finflow.assets.proposals import OverFreezing, Proposal, Proposals, over_freezing, proposals
from finflow.assets.proposing import propose, propose_from
from finflow.assets.register import Registered, register

__all__ = [
    "Assets", "OverFreezing", "Proposal", "Proposals", "Registered", "assets", "over_freezing", "proposals", "propose",
    "propose_from", "register",
]  # fmt: skip
