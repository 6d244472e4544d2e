"""What must hold for every file that is committed."""

import ast
import json
import re
import subprocess
from pathlib import Path

import pytest

import finflow

ROOT = Path(__file__).parents[2]
HOMES = "|".join(["root", "home", "tmp", "Users"])
MACHINE = re.compile(rf"(?<![\w.$}}…]){'/'}(?:{HOMES})/\w|\b[A-Z]:\\{'Users'}\\\w")
REGISTRY = re.compile(
    r"https?:" + r"//[^\s\"']+/(?:simple|packages)/|\b(?:pypi|files\.python" + r"hosted|registry\.npmjs)\.org"
)
TEXT = {".py", ".sql", ".md", ".toml", ".yml", ".yaml", ".ipynb", ".lock", ".json", ".txt", ".cfg", ".csv", ".css", ""}


def committed():
    """Files git knows or would add; every file beside an unpacked source archive, which has no git."""
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True, check=False
    )
    if listed.returncode:
        return [
            path for path in ROOT.rglob("*") if path.is_file() and not path.relative_to(ROOT).parts[0].startswith(".")
        ]
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


FILES = committed()
CODE = [path for path in FILES if path.suffix == ".py" and path.relative_to(ROOT).parts[0] == "finflow"]
TESTS = [path for path in FILES if path.suffix == ".py" and path.relative_to(ROOT).parts[0] == "tests"]
WITH_WINDOWS_PATHS = {"tests/infra/test_page.py"}


def name(path):
    return path.relative_to(ROOT).as_posix()


def text_of(path):
    return path.read_text(encoding="utf-8", errors="replace")


def found(pattern, files):
    return [
        f"{name(path)}:{number}"
        for path in files
        if path.suffix in TEXT and path.stat().st_size < 3_000_000
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if pattern.search(line)
    ]


def test_the_patterns_see_what_they_are_for():
    assert MACHINE.search("open('" + "/" + "home/me/case')")
    assert MACHINE.search("C:" + "\\Users\\me")
    assert REGISTRY.search("https:" + "//mirror.example/simple/polars")
    assert not MACHINE.search("https://example.org/a/" + "home/b")


def test_no_file_names_a_folder_of_a_machine():
    assert found(MACHINE, [path for path in FILES if name(path) not in WITH_WINDOWS_PATHS]) == []


def test_no_file_names_a_package_registry():
    assert found(REGISTRY, FILES) == []


@pytest.mark.parametrize("path", [path for path in FILES if path.suffix == ".ipynb"], ids=name)
def test_a_notebook_is_thin_and_the_shipped_ones_have_no_outputs(path):
    cells = [cell for cell in json.loads(text_of(path))["cells"] if cell["cell_type"] == "code"]
    if path.relative_to(ROOT).parts[0] == "notebooks":
        assert [cell for cell in cells if cell["outputs"] or cell["execution_count"]] == []
    for cell in cells:
        source = "".join(cell["source"])
        assert len(source.splitlines()) <= 15
        assert not re.search(r"^\s*(def|class) ", source, re.MULTILINE)


def test_the_changelog_opens_with_this_version():
    headings = re.findall(r"^## \[(.+?)\]", text_of(ROOT / "CHANGELOG.md"), re.MULTILINE)
    assert finflow.__version__ in headings[:2]
    assert f'version = "{finflow.__version__}"' in text_of(ROOT / "pyproject.toml")


@pytest.mark.parametrize("path", CODE, ids=name)
def test_every_public_name_says_what_it_is(path):
    tree = ast.parse(text_of(path))
    assert ast.get_docstring(tree), "the module"
    kinds = (ast.FunctionDef, ast.ClassDef)
    members = [node for part in [tree, *_public_classes(tree)] for node in part.body if isinstance(node, kinds)]
    silent = [node.name for node in members if not node.name.startswith("_") and not ast.get_docstring(node)]
    assert silent == []


def _public_classes(tree):
    return [node for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]


@pytest.mark.parametrize("path", CODE, ids=name)
def test_every_file_is_opened_as_utf_8(path):
    calls = [node for node in ast.walk(ast.parse(text_of(path))) if isinstance(node, ast.Call)]
    opened = [call for call in calls if getattr(call.func, "attr", "") in ("read_text", "write_text")]
    opened += [call for call in calls if _is_text_open(call)]
    assert [call.lineno for call in opened if "encoding" not in {word.arg for word in call.keywords}] == []


def _is_text_open(call):
    named = getattr(call.func, "attr", getattr(call.func, "id", "")) == "open"
    modes = [
        node.value for node in [*call.args, *(word.value for word in call.keywords)] if isinstance(node, ast.Constant)
    ]
    of_an_archive = isinstance(call.func, ast.Attribute) and call.args and not isinstance(call.args[0], ast.Constant)
    return named and not of_an_archive and not any(isinstance(mode, str) and "b" in mode for mode in modes)


@pytest.mark.parametrize("path", TESTS, ids=name)
def test_every_skip_says_why(path):
    tree = list(ast.walk(ast.parse(text_of(path))))
    calls = {call.func: call for call in tree if isinstance(call, ast.Call)}
    skips = [node for node in tree if isinstance(node, ast.Attribute) and _is_skip(node)]
    for node in skips:  # `pytest.mark.skip` without a call has no reason either
        call = calls.get(node)
        said = call and ({word.arg for word in call.keywords} & {"reason"} or (node.attr == "skip" and call.args))
        assert said, f"line {node.lineno}"


def _is_skip(node):
    owner = getattr(node.value, "id", getattr(node.value, "attr", ""))
    return node.attr in ("skip", "skipif", "xfail") and owner in ("pytest", "mark")


@pytest.mark.parametrize(
    "file", ["README.md", "GLOSSARY.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "LICENSE"]
)
def test_the_documents_are_there_and_their_links_lead_somewhere(file):
    text = text_of(ROOT / file)
    assert len(text) > 300
    for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", text):
        assert (ROOT / target).exists(), target


def test_the_customers_folders_are_there():
    for folder in ("notebooks", "finflow", "sample_data", "queries", "tests"):
        assert any(path.relative_to(ROOT).parts[0] == folder for path in FILES), folder
    assert (ROOT / "environment.yml").is_file()


def test_no_shipped_code_is_for_one_platform_only():
    posix = re.compile(
        r"\bos\.(fork|setsid|geteuid|getuid|kill|mkfifo|uname)\b|\bimport (fcntl|pwd|grp|resource|termios)\b"
    )
    assert found(posix, CODE) == []


def test_no_code_is_left_unfinished():
    marks = re.compile(r"\b(TODO|FIXME|HACK|NotImplementedError)\b")
    assert found(marks, CODE) == []
