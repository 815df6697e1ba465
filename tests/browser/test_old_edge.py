"""The page asks nothing of a browser that an old Edge does not know, or does without it."""

import re

import pytest

from tests.integration.test_status_page import PASSWORD, held, opened, people, town
from tests.support.old_edge import HARMLESS, unknown_in_css, unknown_in_page, unknown_in_script

__all__ = ["town"]  # a fixture

SENT = {"head", "rows", "version"}
"""What ``/live`` answers with."""

PATHS = (
    *("/", "/?by=system", "/alarms", "/held", "/plan", "/map", "/daily", "/ledger", "/audit", "/search?q=a"),
    *("/routes/r", "/routes/broken", "/act/pause/route:r", "/act/switch/route:r", "/nothing-here"),
)


async def test_style_sheet_and_script_keep_to_what_an_old_edge_knows(town):
    async with opened(town) as (_, page):
        css, script = [(await page.get(f"/static/console.{kind}"))[1] for kind in ("css", "js")]
        assert unknown_in_css(css) == set()
        assert unknown_in_script(script, own=SENT) == set()


async def test_every_page_keeps_to_elements_and_inputs_that_an_old_edge_knows(town):
    async with opened(town) as (gateway, page):
        file = await held(gateway, town)
        for path in (*PATHS, f"/transfers/{file.id}", f"/act/release/transfer:{file.id}"):
            _, text, _ = await page.get(path)
            assert (path, unknown_in_page(text)) == (path, set())
            asked = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', text))
            assert asked <= {"/static/console.css", "/static/console.js", "/static/mark.svg"}, (
                "nothing else is loaded"
            )


async def test_so_does_the_page_where_people_sign_in(town, tmp_path, monkeypatch):
    known = people(tmp_path, monkeypatch, tanaka={"role": "operator"})
    async with opened(town, people=known) as (_, page):
        status, text, _ = await page.get("/sign-in")
        assert (status, PASSWORD in text, unknown_in_page(text)) == (200, False, set())


async def test_so_do_the_drawn_pictures(town):
    async with opened(town) as (_, page):
        for path in ("/plan.svg", "/map.svg"):
            styles = re.findall(r"<style>(.*?)</style>", (await page.get(path))[1], flags=re.DOTALL)
            assert styles, path
            assert [unknown_in_css(one) for one in styles] == [set()] * len(styles)


STYLES = {
    "a:has(b) { color: red }": "selector has",
    "a:is(b, c) { color: red }": "selector is",
    "a { inset: 0 }": "property inset",
    "a { display: flex; gap: 1px }": "gap outside a grid",
    "a { aspect-ratio: 1 }": "property aspect-ratio",
    "a { width: min(1px, 2px) }": "function min",
    "a { width: clamp(1px, 2px, 3px) }": "function clamp",
    "a { display: contents }": "display: contents",
    "a { overflow-wrap: anywhere }": "overflow-wrap: anywhere",
    "a { background: linear-gradient(red 0 6px, blue) }": "linear-gradient with two places of a colour",
    "a { color: red; color: linear-gradient(var(--x) 0 6px, red) }": "linear-gradient with two places of a colour",
    "a, b:focus-visible { color: red }": "selector list a, b:focus-visible",
    "a { b { color: red } }": "nested qualified-rule",
    "@layer x { a { color: red } }": "at-rule layer",
    "@container (min-width: 1px) { a { color: red } }": "at-rule container",
    "@media (width < 1px) { a { color: red } }": "media range",
    "@media print { a { accent-color: red } }": "property accent-color",
    "@keyframes x { from { inset: 0 } }": "property inset",
}  # fmt: skip


@pytest.mark.parametrize("text", STYLES)
def test_styles_that_an_old_edge_does_not_know_are_found(text):
    assert unknown_in_css(text) == {STYLES[text]}


@pytest.mark.parametrize(
    "text",
    [
        "a { display: grid; gap: 1px }",
        "a { overflow-wrap: break-word; overflow-wrap: anywhere }",
        "a { background: red; background: linear-gradient(red 0 6px, blue) }",
        "@media (min-width: 1px) { a { color: var(--x) } }",
        ":focus:not(:focus-visible) { outline: none }",
    ],
)
def test_what_has_something_in_its_place_may_be_used(text):
    assert unknown_in_css(text) == set()


SCRIPTS = {
    "var a = this?.b;": "syntax optional_chain",
    "var a = 1 ?? 2;": "syntax ??",
    "var f = () => 1;": "syntax arrow_function",
    "let a = 1;": "syntax let",
    "const a = 1;": "syntax const",
    "var a = `b`;": "syntax template_string",
    "async function f() {}": "syntax async",
    "import 'x';": "syntax import_statement",
    "var a = 2 ** 3;": "syntax **",
    "'a'.replaceAll('b', 'c');": "member replaceAll",
    "[].flat();": "member flat",
    "[].at(0);": "member at",
    "Object.fromEntries([]);": "member fromEntries",
    "document.body.replaceChildren();": "member replaceChildren",
    "new ResizeObserver(null);": "global ResizeObserver",
    "structuredClone(1);": "global structuredClone",
    "var = 1;": "no script at line 1",
}


@pytest.mark.parametrize("text", SCRIPTS)
def test_scripts_that_an_old_edge_does_not_know_are_found(text):
    assert SCRIPTS[text] in unknown_in_script(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<dialog open>a</dialog>", "element dialog"),
        ("<details><summary>a</summary></details>", "element details"),
        ("<input type=color>", None),
        ('<p style="inset: 0">a</p>', "property inset"),
        ("<script>a ??= 1</script>", "syntax ??="),
        ("<button popover>a</button>", "attribute popover"),
    ],
)
def test_pages_that_an_old_edge_does_not_know_are_found(text, found):
    assert (found in unknown_in_page(text)) == (found is not None)


@pytest.mark.parametrize("asked", HARMLESS)
async def test_nothing_is_let_pass_that_the_page_does_not_use(town, asked):
    async with opened(town) as (_, page):
        assert asked.partition(" ")[2] in (await page.get("/static/console.css"))[1]
