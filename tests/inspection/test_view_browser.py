"""``t7 view``: what a browser makes of the page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import lua_compat
from pytorch_from_lua import nn
from tests.inspection.browser import Browser, program
from tests.inspection.view_cases import CHECKPOINT, MODELS, nodes_of

pytestmark = pytest.mark.skipif(program() is None, reason="no Chromium or Chrome is installed")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    try:
        made = Browser(tmp_path_factory.mktemp("browser"))
    except AssertionError as error:
        pytest.skip(f"{program()} does not start: {error}")
    made.screen(1200, 900)
    yield made
    made.close()


def shown(browser: Browser, source: Any, folder: Path, fragment: str = "") -> None:
    lua_compat.view(source, folder / "page.html")
    browser.open(folder / "page.html", fragment)


def quiet(browser: Browser) -> None:
    """Nothing was said, and nothing was asked for but the page and the pictures in it."""
    assert browser.said == []
    assert len([r for r in browser.requests if not r.startswith("data:image/png")]) == 1


def texts(browser: Browser) -> list[str]:
    return list(
        browser.run("[...document.querySelectorAll('#nodes .node')].map(n => n.innerText.replace(/\\s+/g, ' '))")
    )


HERE = "document.activeElement.closest('.node').innerText.replace(/\\s+/g, ' ').trim()"


def test_the_tree_folds_by_mouse_and_keys(browser: Browser, tmp_path: Path) -> None:
    shown(browser, CHECKPOINT, tmp_path)
    before = texts(browser)
    assert "epoch 3" in [t.strip() for t in before]
    browser.run("document.getElementById('n0').focus()")
    browser.press("ArrowDown")
    assert browser.run(HERE).endswith("model nn.Sequential")
    browser.press("ArrowRight", "ArrowRight")
    assert len(texts(browser)) > len(before)
    browser.press("ArrowLeft", "ArrowLeft")
    assert texts(browser) == before
    assert browser.run("document.activeElement.getAttribute('aria-expanded')") == "false"
    browser.press("End")
    assert browser.run("document.activeElement === document.querySelector('#nodes').lastElementChild")
    browser.run("document.querySelector('#n0').click()")
    assert len(texts(browser)) == 1
    quiet(browser)


def test_links_lead_to_a_place_in_the_tree(browser: Browser, tmp_path: Path) -> None:
    shown(browser, CHECKPOINT, tmp_path)
    browser.run("""new Promise(done => {
        addEventListener("hashchange", () => setTimeout(done));
        [...document.querySelectorAll("#tensors a")].find(a => a.innerText === "model.modules[4].weight").click();
    })""")
    assert browser.run(HERE) == "weight Double 8x4x5x5 statistics"
    assert browser.run("document.querySelectorAll('.here').length") == 1
    quiet(browser)


def test_the_filter_finds_names_values_and_places(browser: Browser, tmp_path: Path) -> None:
    shown(browser, CHECKPOINT, tmp_path)

    def filtered(text: str) -> list[str]:
        browser.run(
            f"document.getElementById('filter').value = {json.dumps(text)};"
            "document.getElementById('filter').dispatchEvent(new Event('input'))"
        )
        return [t.strip() for t in texts(browser)]

    assert filtered("LENET") == ['opt.name "lenet"']
    assert filtered("modules[4].wei")[0] == "model.modules[4].weight Double 8x4x5x5 statistics"
    assert filtered("no such thing") == []
    assert browser.run("document.getElementById('count').innerText") == "nothing found"
    assert len(filtered("")) > 5
    quiet(browser)


def test_a_chain_of_3000_tables_opens_at_its_end(browser: Browser, deep: Path, tmp_path: Path) -> None:
    nodes = nodes_of(lua_compat.view(deep).html)
    (number,) = [i for i, n in enumerate(nodes) if n[1] == "tensor"]
    shown(browser, deep, tmp_path, f"#n{number}")
    assert browser.run(HERE) == "(3001) last Float 3 = 1 1 1 statistics"
    assert len(texts(browser)) == 3002
    # Rows far down begin where those of level 20 do, and none is moved out of sight.
    left = browser.run("document.activeElement.querySelector('.step').getBoundingClientRect().left")
    assert 0 < left < 700
    quiet(browser)


def test_boxes_of_a_drawing_lead_into_the_tree(browser: Browser, tmp_path: Path) -> None:
    shown(browser, MODELS / "net_lstm_cell_gModule.t7", tmp_path)
    browser.run("""new Promise(done => {
        addEventListener("hashchange", () => setTimeout(done));
        const box = [...document.querySelectorAll(".graph a")].find(a => a.textContent.startsWith("SplitTable"));
        box.dispatchEvent(new MouseEvent("click", {bubbles: true, cancelable: true}));
    })""")
    assert browser.run(HERE).endswith(" nn.SplitTable")
    quiet(browser)


def test_rows_of_modules_fold(browser: Browser, tmp_path: Path) -> None:
    shown(browser, MODELS / "net_inception.t7", tmp_path)
    visible = "[...document.querySelectorAll('.modules tbody tr')].filter(r => !r.hidden).length"
    everything = browser.run(visible)
    folds = "document.querySelectorAll('.modules .fold')"
    browser.run(f"{folds}[2].click()")  # the inner Sequential of three
    assert browser.run(visible) == everything - 3
    browser.run(f"{folds}[1].click()")
    browser.run(f"{folds}[1].click()")
    assert browser.run(visible) == everything - 3
    browser.run(f"{folds}[0].click()")
    assert browser.run(visible) == 1
    quiet(browser)


def test_no_text_of_a_file_runs(browser: Browser, hostile: Path, tmp_path: Path) -> None:
    shown(browser, hostile, tmp_path)
    browser.run("document.getElementById('unfold').click()")
    assert browser.run("document.images.length") == 0
    assert any("alert(1)" in text for text in texts(browser))
    assert browser.run("document.title").endswith("onerror=alert(3)>.t7")
    quiet(browser)


def test_large_models_begin_folded(browser: Browser, tmp_path: Path) -> None:
    blocks = [nn.Sequential(nn.Linear(2, 2), nn.Tanh()) for _ in range(60)]
    shown(browser, nn.Sequential(*blocks), tmp_path)
    visible = "[...document.querySelectorAll('.modules tbody tr')].filter(r => r.offsetHeight > 0).length"
    assert browser.run(visible) == 61
    browser.run("document.querySelectorAll('.modules .fold')[1].click()")
    assert browser.run(visible) == 63
    quiet(browser)


def test_without_scripts_all_but_the_tree_is_there(browser: Browser, tmp_path: Path) -> None:
    browser.scripts(False)
    try:
        shown(browser, nn.Sequential(*[nn.Sequential(nn.Linear(2, 2), nn.Tanh()) for _ in range(60)]), tmp_path)
        rows = "[...document.querySelectorAll('.modules tbody tr')].filter(r => r.offsetHeight > 0).length"
        assert browser.run(rows) == 181
        assert "The tree needs JavaScript" in browser.run("document.getElementById('tree').innerText")
    finally:
        browser.scripts(True)


@pytest.mark.parametrize("width", [360, 1200])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_it_fits_the_screen_in_both_schemes(browser: Browser, tmp_path: Path, width: int, dark: bool) -> None:
    browser.screen(width, 800, dark=dark)
    try:
        shown(browser, MODELS / "net_inception.t7", tmp_path)
        assert browser.run("document.documentElement.scrollWidth <= innerWidth")
        ground = browser.run("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, re.findall(r"\d+", ground))) < 200) == dark
        quiet(browser)
    finally:
        browser.screen(1200, 900)


def test_in_the_frame_of_a_notebook_links_work(browser: Browser, tmp_path: Path) -> None:
    frame = lua_compat.view(CHECKPOINT)._repr_html_()
    assert ' sandbox="allow-scripts"' in frame
    # With it the frame would be out of reach of the test.
    frame = frame.replace(' sandbox="allow-scripts"', "")
    (tmp_path / "cell.html").write_text(f"<!DOCTYPE html><p>{frame}</p>", encoding="utf-8")
    browser.open(tmp_path / "cell.html")
    for where, text in (("#model1", "View(128)"), ("#nodes", "statistics"), ("nav", "Tensors")):
        browser.run(
            f"[...frames[0].document.querySelectorAll('{where} a')].find(a => a.innerText === '{text}').click()"
        )
        if text == "View(128)":
            assert browser.run("frames[0].document.activeElement.innerText").startswith("[7]")
            browser.run("frames[0].document.getElementById('unfold').click()")
        elif text == "statistics":
            assert browser.run("frames[0].document.activeElement.closest('tr').id").startswith("t")
        else:
            assert abs(browser.run("frames[0].document.getElementById('tensors').getBoundingClientRect().top")) < 80
    assert browser.run("frames[0].location.href") == "about:srcdoc"
    assert browser.said == []
