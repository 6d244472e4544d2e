"""Tiny notebooks, each for one thing that happens to a run."""

import nbformat

PARAMETERS = """\
case: str = "elsewhere"   # folder of the case
partner: str              # State the report is for
rows: int = 3             # rows shown
"""


def notebook(*cells, parameters=None):
    """A notebook of code cells; a cell that starts with `# ` and a capital is text."""
    made = [nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})] if parameters else []
    made += [
        nbformat.v4.new_markdown_cell(cell) if cell.startswith("# ") else nbformat.v4.new_code_cell(cell)
        for cell in cells
    ]
    return nbformat.v4.new_notebook(cells=made)


def write(folder, name, *cells, parameters=None):
    path = folder / f"{name}.ipynb"
    path.write_text(nbformat.writes(notebook(*cells, parameters=parameters)), encoding="utf-8")
    return path
