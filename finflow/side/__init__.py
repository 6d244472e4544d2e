"""Side evidence: what stands beside the bank files, from mandates to seizures, each kind by a template."""

from finflow.side.template import Column, Template, templates

__all__ = ["Column", "Template", "templates"]
