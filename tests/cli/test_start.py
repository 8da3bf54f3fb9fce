"""What a start of the server loads, and what it leaves for later: each of these would put the first page off."""

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.xdist_group("start")

#: Heavy libraries that no page needs before somebody asks for what they make.
LATER = (
    "docx",
    "docxtpl",
    "jinja2",
    "lxml",
    "openpyxl",
    "PIL",
    "pypinyin",
    "numba",
    "scipy",
    "pandas",
    "ray",
    "pytest",
)
CODE = "import json, sys, tongxin.web.wsgi, tongxin.web.urls; print(json.dumps(sorted(sys.modules)))"


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    env = {
        **{key: value for key, value in os.environ.items() if not key.startswith("TONGXIN_")},
        "TONGXIN_HOME": str(tmp_path_factory.mktemp("home")),
        "TONGXIN_QUEUE": "none",
        "DJANGO_SETTINGS_MODULE": "tongxin.web.settings",
    }
    result = subprocess.run([sys.executable, "-c", CODE], env=env, capture_output=True, text=True, check=True)
    return set(json.loads(result.stdout))


def test_the_pages_are_loaded(loaded):
    assert {"tongxin.hq.views", "tongxin.residents.api", "tongxin.situation.api", "numpy"} <= loaded | {
        name.rpartition(".")[0] for name in loaded
    }


@pytest.mark.parametrize("name", LATER)
def test_heavy_libraries_wait(loaded, name):
    assert name not in loaded
