import re
from pathlib import Path, PureWindowsPath

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from finflow.errors import CaseHeld
from finflow.kernel import Failure, error_for
from finflow.page import POLICY, _pattern, _shortened, cleaned, render

HOSTILE = '<script>steal()</script> & "quoted" <img src=x onerror=steal()>'


def shown(*outputs):
    return new_notebook(cells=[new_code_cell("code = 1", execution_count=1, outputs=list(outputs))])


def data(**kinds):
    return new_output("display_data", data={name.replace("_", "/"): value for name, value in kinds.items()})


def test_a_page_forbids_every_request_and_makes_none():
    page = render(shown(data(text_html="<p>figure</p>")))
    assert f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">' in page
    assert "default-src 'none'" in POLICY
    assert re.findall(r'(?:src|href)="?(?!#|data:)[^"\s>]*', page) == []
    assert re.findall(r"https?://", page) == []
    assert re.findall(r"@import|url\(", page) == []


def test_a_page_says_its_character_set_first():
    assert render(shown()).index("<meta charset") < 100


def test_text_from_the_data_stays_text():
    page = render(shown(data(text_plain=HOSTILE), new_output("stream", name="stdout", text=HOSTILE)))
    assert "<script>" not in page
    assert "<img" not in page
    assert page.count("&lt;script&gt;steal()") == 2


def test_a_title_is_text_too():
    page = render(new_notebook(cells=[new_markdown_cell("# A & B </title><script>steal()</script>")]))
    assert "<title>A &amp; B &lt;/title&gt;&lt;script&gt;" in page


def test_code_and_warnings_are_not_on_the_page_but_stay_in_the_notebook():
    notebook = shown(new_output("stream", name="stderr", text="careful"), data(text_html="<p>figure</p>"))
    page = render(notebook)
    assert "code = 1" not in re.sub("<[^>]+>", "", page)
    assert "careful" not in page
    assert "<p>figure</p>" in page
    assert len(notebook.cells[0].outputs) == 2


def test_pictures_are_inside_the_file():
    pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    assert "data:image/png;base64,iVBOR" in render(shown(data(image_png=pixel)))


def test_a_picture_named_in_a_text_is_put_inside_the_file(tmp_path, monkeypatch):
    (tmp_path / "seal.png").write_bytes(b"picture")
    monkeypatch.chdir(tmp_path)
    page = render(new_notebook(cells=[new_markdown_cell("![seal](seal.png)")]))
    assert "seal.png" not in page
    assert "base64,cGljdHVyZQ==" in page


def test_a_traceback_becomes_one_sentence():
    error = new_output("error", ename="CaseHeld", evalue="reed is held.", traceback=["File /x.py", "Frame value 42"])
    notebook = shown(error)
    kept = cleaned(notebook, None)
    assert kept.cells[0].outputs[0].traceback == ["Cell 1 stopped: reed is held."]
    assert notebook.cells[0].outputs[0].traceback[0] == "File /x.py"


def test_the_text_of_a_foreign_error_is_dropped():
    error = new_output("error", ename="ValueError", evalue="P. Person", traceback=["P. Person"])
    assert "P. Person" not in nbformat.writes(cleaned(shown(error), None))


def test_an_error_keeps_its_class_and_code():
    assert isinstance(error_for("CaseHeld", "reed is held."), CaseHeld)
    assert error_for("CaseHeld", "x").exit_code == 4
    assert error_for("KeyError", "x").exit_code == 1


def test_folders_of_the_machine_are_shortened_everywhere():
    root = Path.home() / "work" / "cases"
    notebook = shown(new_output("stream", name="stdout", text=f"{root}/reed/log.jsonl {root}\n{root}s/x"))
    notebook.metadata["papermill"] = {"input_path": str(root / "in.ipynb")}
    kept = cleaned(notebook, None, [root])
    assert kept.cells[0].outputs[0].text.splitlines() == ["…/reed/log.jsonl …", "…/work/casess/x"]
    assert "papermill" not in kept.metadata


def test_text_that_only_looks_like_a_folder_is_left():
    text = "/EREF/NOTPROVIDED/REMI/home 1/2 a/root/b"
    assert cleaned(shown(new_output("stream", name="stdout", text=text)), None).cells[0].outputs[0].text == text


@pytest.mark.parametrize(
    "printed",
    ["C:\\Users\\Jörg\\cases\\reed", "C:/Users/Jörg/cases/reed", '{"at": "C:\\\\Users\\\\Jörg\\\\cases\\\\reed"}'],
)
def test_folders_as_windows_writes_them_are_shortened(printed):
    found = _pattern([PureWindowsPath("C:\\Users\\Jörg\\cases"), PureWindowsPath("C:\\")])
    assert "Jörg" not in _shortened({"outputs": [{"text": f"at\n{printed}"}]}, found)["outputs"][0]["text"]


def test_a_banner_links_to_where_it_stopped():
    notebook = new_notebook(cells=[new_markdown_cell("# Title"), new_code_cell("1"), new_code_cell("2")])
    kept = cleaned(notebook, Failure(2, 2, error_for("CaseHeld", "reed <is> held.")))
    assert "[cell 2](#stopped-here)" in kept.cells[0].source
    assert "reed &lt;is&gt; held." in kept.cells[0].source
    assert 'id="stopped-here"' in kept.cells[3].source
    assert kept.cells[4].source == "2"
    page = render(kept)
    assert page.index('href="#stopped-here"') < page.index('id="stopped-here"')
    assert "<strong>" in page
    assert "<title>Title</title>" in page
