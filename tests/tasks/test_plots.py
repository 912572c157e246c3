import os
import re
import stat
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tasks._plots import _slim, change_plot, guard_plot, tier_plot, verdict_plots
from tests.sluice.reports.made_up import CHANGE, GUARDS, made_up

ROOT = Path(__file__).parents[2]
TIERS = made_up().report.tiers
CHANGES = (CHANGE, replace(CHANGE, name="critical", failed=False, passed=True, drop=-0.01, upper=0.01))
PICTURES = {"tiers": tier_plot(TIERS), "change": change_plot(CHANGES), "guards": guard_plot(GUARDS)}
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(params=PICTURES)
def picture(request):
    return PICTURES[request.param]


def texts_of(svg):
    return ["".join(element.itertext()) for element in ET.fromstring(svg).iter(f"{SVG}text")]


def test_a_picture_holds_nothing_a_strict_policy_forbids(picture):
    for element in ET.fromstring(picture).iter():
        assert element.tag.removeprefix(SVG) in {"svg", "title", "g", "defs", "path", "use", "text", "clipPath", "rect"}
        assert "style" not in element.attrib
        assert all(value.startswith("#") for name, value in element.attrib.items() if name.endswith("href"))


def test_a_picture_is_small_has_a_title_and_scales(picture):
    root = ET.fromstring(picture)
    assert len(picture) < 12_000
    assert (root.get("role"), root[0].tag) == ("img", f"{SVG}title")
    assert "viewBox" in root.attrib
    assert "width" not in root.attrib


def test_colours_are_those_of_the_page_so_that_a_picture_follows_its_theme(picture):
    colours = set(re.findall(r'(?:fill|stroke)="([^"]+)"', picture))
    assert {colour for colour in colours if not colour.startswith("var(--")} <= {"none"}
    assert len(colours) > 3


def test_the_same_numbers_give_the_same_picture():
    again = verdict_plots(TIERS, CHANGES, GUARDS)
    assert (again.tiers, again.change, again.guards) == tuple(PICTURES.values())


def test_ids_of_the_three_pictures_never_meet():
    ids = re.findall(r' id="([^"]+)"', "".join(PICTURES.values()))
    pointed = re.findall(r'(?:href="#|url\(#)([^")]+)', "".join(PICTURES.values()))
    assert len(ids) == len(set(ids))
    assert set(pointed) == set(ids)


def test_names_rates_floors_and_limits_are_told_as_text():
    assert {"critical", "80 %", "floor 95 %"} <= set(texts_of(PICTURES["tiers"]))
    assert {"all tiers", "+18.3 points", "margin 5 points"} <= set(texts_of(PICTURES["change"]))
    assert {"Tool calls", "× 1.42", "limit × 1.2"} <= set(texts_of(PICTURES["guards"]))


def test_the_state_is_told_by_shape_too():
    def shapes(tiers):
        paths = ET.fromstring(tier_plot(tiers)).iter(f"{SVG}path")
        return [path.get("d") for path in paths if path.get("id")]

    one = TIERS[0]
    passed, failed = replace(one, passed=True, failed=False), replace(one, passed=False, failed=True)
    assert shapes([passed]) != shapes([failed])


def test_a_font_given_in_one_word_keeps_its_size_and_leaves_the_family_to_the_page():
    text = "<text style=\"font: 9.5px 'DejaVu Sans'; fill: #000001\">x</text>"
    svg = f"<svg xmlns='http://www.w3.org/2000/svg'>{text}</svg>"
    assert '<text font-size="9.5" fill="var(--ink, #1c1f23)">x</text>' in _slim(svg, "tiers", "title")


@pytest.mark.parametrize("name", ["$\\frac{1}$", "漢字 ⛄", "<b>&\"'", "\x1b[31mred\x00", "a" * 500, "_x_", "\ud800"])
def test_any_name_can_be_drawn(name):
    drawn = tier_plot([replace(TIERS[0], tier=name)])
    assert ET.fromstring(drawn) is not None
    assert "\x1b" not in drawn


def test_without_content_there_is_no_picture():
    unknown = replace(GUARDS[0], worsening=None)
    assert (tier_plot([replace(TIERS[0], rate=None)]), change_plot([]), guard_plot([unknown])) == ("", "", "")


@pytest.mark.parametrize(
    "guard",
    [
        replace(GUARDS[0], lower=None, upper=None),
        replace(GUARDS[0], worsening=float("inf"), upper=float("inf")),
        replace(GUARDS[0], limit=1.0),
        replace(GUARDS[3], limit=0.0),
    ],
)
def test_a_guard_with_an_open_bound_is_drawn_within_the_picture(guard):
    numbers = re.findall(r"-?\d+\.\d+", guard_plot([guard]))
    assert max(map(abs, map(float, numbers))) < 1_000


@pytest.mark.parametrize("bound", [float("inf"), float("nan"), 1.0])
def test_a_change_whose_bound_is_not_finite_is_drawn(bound):
    assert ET.fromstring(change_plot([replace(CHANGE, upper=bound, margin=0.05, drop=0.0)])) is not None


def run_python(code, **environment):
    command = [sys.executable, "-W", "error", "-c", code]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_door_is_opened_late_and_leaves_home_folder_and_environment_alone(tmp_path):
    code = (
        "import os, sys; import tasks._plots as plots; assert 'matplotlib' not in sys.modules;"
        "plots.import_matplotlib(); import matplotlib; print(matplotlib.get_configdir());"
        "assert 'MPLCONFIGDIR' not in os.environ"
    )
    home = tmp_path / "home"
    home.mkdir()
    environment = {"HOME": str(home), "TMPDIR": str(tmp_path), "XDG_CONFIG_HOME": "", "XDG_CACHE_HOME": ""}
    done = run_python(code, **environment)
    assert (done.returncode, done.stderr) == (0, "")
    folder = Path(done.stdout.strip())
    assert folder.is_relative_to(tmp_path)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert list(home.iterdir()) == []


def test_a_folder_that_others_could_write_to_is_not_trusted(tmp_path, monkeypatch):
    from tasks import _plots

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    shared = tmp_path / f"sluice-matplotlib-{os.getuid()}"
    shared.mkdir()
    shared.chmod(0o777)
    assert _plots._private_folder() != shared
    shared.rmdir()
    shared.write_text("a file in its place")
    assert _plots._private_folder().is_dir()


def test_settings_of_the_user_are_kept(tmp_path):
    done = run_python(
        "import tasks._plots as plots; plots.import_matplotlib(); import matplotlib; print(matplotlib.get_configdir())",
        MPLCONFIGDIR=str(tmp_path),
    )
    assert done.stdout.strip() == str(tmp_path)
