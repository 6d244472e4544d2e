"""An executed notebook made fit to keep and to read: without machine paths and tracebacks, as one offline HTML file."""

import html
import re
import sys
import tempfile
from collections.abc import Iterable
from importlib import resources
from pathlib import Path, PurePath
from typing import Any

import nbformat

from finflow.kernel import Failure, error_for

ANCHOR = "stopped-here"
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; "
    "base-uri 'none'; form-action 'none'"
)


def cleaned(notebook: Any, failure: Failure | None, roots: Iterable[Path] = ()) -> Any:
    """A copy fit to keep: errors as one sentence, no machine paths, and a banner that links to where it stopped.

    `roots` are folders, besides those of Python and of the user, whose paths are shortened to `…`.
    """
    notebook = nbformat.from_dict(notebook)
    notebook.cells = [cell for cell in notebook.cells if not _is_marker(cell)]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [_without_traceback(output, cell.execution_count) for output in cell.outputs]
    notebook.metadata.pop("papermill", None)
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
    kept = nbformat.from_dict(_without_paths(notebook, roots))
    return _with_banner(kept, failure) if failure else kept


def render(notebook: Any, handling_code: str = "") -> str:
    """One HTML page of the outputs and texts of an executed notebook, without its code, under its handling code.

    It loads nothing from anywhere, which its content policy also forbids, and prints on A4.
    """
    body = _body(notebook)
    style = resources.files("finflow").joinpath("page.css").read_text(encoding="utf-8")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(_title(notebook))}</title>\n<style>\n{style}</style>\n</head>\n"
        f"<body>\n{_header(handling_code)}<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _header(handling_code: str) -> str:
    if not handling_code:
        return ""
    return f'<header id="finflow-handling">Handling code {html.escape(handling_code)}</header>\n'


def _body(notebook: Any) -> str:
    from nbconvert import HTMLExporter

    shown = nbformat.from_dict(notebook)
    for cell in shown.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    exporter = HTMLExporter(
        template_name="basic", embed_images=True, exclude_input=True, exclude_input_prompt=True,
        exclude_output_prompt=True, exclude_anchor_links=True, mathjax_url="", require_js_url="", mermaid_js_url="",
    )  # fmt: skip
    body: str = exporter.from_notebook_node(shown)[0]
    return re.sub(r'<script[^>]*src=""[^>]*></script>', "", body)


def _title(notebook: Any) -> str:
    for cell in notebook.cells:
        found = re.search(r"^# +(.+)$", cell.source, re.MULTILINE) if cell.cell_type == "markdown" else None
        if found:
            return found.group(1)
    return "finflow"


def _is_marker(cell: Any) -> bool:
    return "papermill-error-cell-tag" in cell.metadata.get("tags", [])


def _without_traceback(output: Any, number: int) -> Any:
    if output.output_type != "error":
        return output
    sentence = f"Cell {number} stopped: {error_for(output.ename, output.evalue)}"
    return nbformat.v4.new_output("error", ename=output.ename, evalue=sentence, traceback=[sentence])


def _without_paths(node: Any, roots: Iterable[Path]) -> Any:
    own = [Path.home(), Path(sys.prefix), Path(sys.base_prefix), Path(tempfile.gettempdir()), Path(__file__).parent]
    return _shortened(node, _pattern({folder for root in [*roots, *own] for folder in (root, root.resolve())}))


def _pattern(folders: Iterable[PurePath]) -> re.Pattern[str]:
    """Finds any of the folders, longest first, with either slash, and as text in JSON writes them."""
    named = [folder for folder in folders if len(folder.parts) > 1]  # the root of a disk is no folder worth hiding
    forms = {form for folder in named for form in (folder.as_posix(), str(folder), str(folder).replace("\\", "\\\\"))}
    return re.compile(
        rf"(?<![\w.])(?:{'|'.join(re.escape(form) for form in sorted(forms, key=len, reverse=True))})(?![\w.-])"
    )


def _shortened(node: Any, pattern: re.Pattern[str]) -> Any:
    """Everything in `node` with `…` for what the pattern finds in its texts."""
    if isinstance(node, str):
        return pattern.sub("…", node)
    if isinstance(node, list):
        return [_shortened(item, pattern) for item in node]
    if isinstance(node, dict):
        return {key: _shortened(value, pattern) for key, value in node.items()}
    return node


def _with_banner(notebook: Any, failure: Failure) -> Any:
    banner = (
        f"**This run stopped in [cell {failure.number}](#{ANCHOR}).** {html.escape(str(failure.error), quote=False)}"
    )
    notebook.cells.insert(failure.index, _marker(f'<span id="{ANCHOR}">Here the run stopped:</span>'))
    notebook.cells.insert(0, _marker(f'<div class="stopped">\n\n{banner}\n\n</div>'))
    return notebook


def _marker(source: str) -> Any:
    return nbformat.v4.new_markdown_cell(source, metadata={"tags": ["stopped"]})
