"""Pictures of a trail: network, Sankey and timeline. Offline, the same on every machine, saying what they leave out."""

from finflow.pictures.network import Network, network
from finflow.pictures.sankey import Sankey, sankey
from finflow.pictures.timeline import Timeline, timeline

__all__ = ["Network", "Sankey", "Timeline", "network", "sankey", "timeline"]
