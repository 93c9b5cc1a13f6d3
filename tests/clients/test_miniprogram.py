"""The mini-program and its client package: types, words and names, every page against a demo, and the archive."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from scoring.scheme import load_scheme
from server.demo.people import developer_openid, ready_people
from tests.browser.chromium import ARTEFACTS, CHROMIUM, FLAGS, password
from tests.clients.conftest import Tools
from tests.clients.miniprogram.rendered import CODE, PROJECT, build, command, node, ours, story, tsc
from tests.support.demo import Demo

PACKAGE = PROJECT / "egret"
pytestmark = pytest.mark.long
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: install `chromium`")
PHONE: ViewportSize = {"width": 390, "height": 844}
NARROW: ViewportSize = {"width": 320, "height": 640}
DARK = ("score", "dispute", "pass", "what-if")
"""Pages whose picture is taken by night as well."""
SMALL = """[...document.querySelectorAll("button, input, textarea, [data-tap]")]
    .filter((one) => one.getBoundingClientRect().height < 43.5)
    .map((one) => one.outerHTML.slice(0, 120))"""
Story = Callable[..., dict[str, object]]
_CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
_TAG = re.compile(r"<([a-z-]+)((?:\s+[\w:-]+(?:=\"[^\"]*\")?)*)\s*/?>", re.DOTALL)
_KEY = re.compile(r"^(\s+)\"?(\w+)\"?:", re.MULTILINE)


@pytest.fixture(scope="module")
def demo(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo of its own, which trusts what the package sends and what the desk asks here, and nothing else."""
    trusted = tmp_path_factory.mktemp("trusted")
    shutil.copy(PACKAGE / "documents.json", trusted)
    shutil.copytree(CODE / "desk", trusted / "desk")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EGRET_TRUSTED_DOCUMENTS", str(trusted))
        patch.setenv("EGRET_TRUSTED_ONLY", "true")
        running = Demo(tmp_path_factory.mktemp("miniprogram") / "egret")
        running.base_url()
        yield running
        running.stop()


@pytest.fixture(scope="module")
def given(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What every story is given: the compiled project, the demo, a photo, and where pages are kept."""
    folder = tmp_path_factory.mktemp("built")
    photo = folder / "photo.jpg"
    picture().save(photo)
    app = build(folder / "app", demo.base_url())
    kept = ARTEFACTS / "miniprogram"
    shutil.rmtree(kept, ignore_errors=True)
    return {"app": str(app), "base": demo.base_url(), "photo": str(photo), "pictures": str(kept)}


def picture() -> Image.Image:
    """A street with a car, drawn."""
    street = Image.new("RGB", (640, 480), "#b7d7ea")
    draw = ImageDraw.Draw(street)
    draw.rectangle((0, 300, 640, 480), fill="#7d8783")
    draw.rounded_rectangle((120, 230, 520, 340), 40, fill="#c65b45")
    draw.polygon([(200, 235), (250, 160), (400, 160), (450, 235)], fill="#d98b7b")
    for x in (200, 440):
        draw.ellipse((x - 45, 295, x + 45, 385), fill="#2a2f2c")
    return street


@pytest.fixture(scope="module")
def newcomer(given: dict[str, object]) -> dict[str, object]:
    """Somebody who has just joined, and what the story of that told."""
    person = ready_people(load_scheme("fuzhou-moli").city.demo.region)[0]
    openid = "mini-newcomer"
    identity = (person.name, person.id_number, person.phone)
    return story("bind.mjs", {**given, "openid": openid, "identity": identity}) | {"openid": openid}


def test_the_generated_types_are_current(tools: Tools, tmp_path: Path) -> None:
    tools.node("generate.mjs", str(tmp_path / "generated.ts"))
    for name in ("generated.ts", "documents.json"):
        made = (tmp_path / name).read_text("utf-8")
        assert made == (PACKAGE / name).read_text("utf-8"), "run: sh tests/clients/generate.sh"


def test_tsc_finds_nothing(tools: Tools) -> None:
    assert tsc("-p", str(PROJECT), "--noEmit") == ""
    assert tsc("-p", str(PACKAGE), "--noEmit") == ""


def test_tsc_finds_a_field_that_the_schema_does_not_have(tools: Tools, tmp_path: Path) -> None:
    """The check above is no empty one: what was not asked for cannot be read."""
    page = tmp_path / "wrong.ts"
    page.write_text(
        f'import type {{ ScoreQuery }} from "{PACKAGE}/generated";\n'
        'export const rank = (me: NonNullable<ScoreQuery["me"]>) => me.score.rank;\n',
        "utf-8",
    )
    with pytest.raises(AssertionError, match="'rank' does not exist"):
        tsc("--strict", "--noEmit", "--skipLibCheck", str(page))


def test_no_code_of_ours_is_untyped() -> None:
    mine = [path for path in ours(".ts") if path.name != "generated.ts"]
    assert [path.name for path in mine if re.search(r"\bany\b|@ts-", _code(path))] == []


def _code(path: Path) -> str:
    """A file without its comments and its texts."""
    return re.sub(r"//.*|/\*.*?\*/|\"[^\"\n]*\"", "", path.read_text("utf-8"))


def test_every_page_has_its_four_files_and_every_component_is_one() -> None:
    pages = json.loads((PROJECT / "app.json").read_text("utf-8"))["pages"]
    for name in pages:
        assert [e for e in (".ts", ".wxml", ".wxss", ".json") if not (PROJECT / f"{name}{e}").is_file()] == [], name
    assert {str(path.relative_to(PROJECT).with_suffix("")) for path in ours(".wxml")} >= set(pages)
    for path in (PROJECT / "components").rglob("*.json"):
        assert json.loads(path.read_text("utf-8")) == {"component": True}
    for name in pages:
        used = json.loads((PROJECT / f"{name}.json").read_text("utf-8"))["usingComponents"]
        wxml = (PROJECT / f"{name}.wxml").read_text("utf-8")
        assert {tag for tag, _ in _TAG.findall(wxml) if "-" in tag} == used.keys(), name


@pytest.mark.parametrize("part", ["", "-names"])
def test_both_catalogues_have_the_same_keys_and_blanks(part: str) -> None:
    zh, en = ((PROJECT / "i18n" / f"{name}{part}.ts").read_text("utf-8") for name in ("zh", "en"))
    assert _KEY.findall(zh) == _KEY.findall(en)
    blanks = re.compile(r"\{\w+\}")
    both = zip(_sentences(zh), _sentences(en), strict=True)
    assert [(a, b) for a, b in both if set(blanks.findall(a)) != set(blanks.findall(b))] == []


def _sentences(text: str) -> list[str]:
    body = re.sub(r"^import .*$", "", text, flags=re.MULTILINE)
    return re.findall(r"\"((?:[^\"\\]|\\.)*)\"", body)


def test_no_chinese_stands_outside_the_catalogue() -> None:
    told = [path for path in ours(".wxml", ".ts", ".wxss") if path.name not in ("zh.ts", "zh-names.ts")]
    found = {path.name: line for path in told for line in path.read_text("utf-8").splitlines() if _CHINESE.search(line)}
    assert found == {"en.ts": '    zh: "中文",'}, "the name of a language is written in that language"


def test_no_sentence_touches_the_next() -> None:
    """English has a blank between two, Chinese has none: each stands in an element of its own."""
    touching = re.compile(r"\}\}\{\{(?:t|common|words)\.")
    assert [path.name for path in ours(".wxml") if touching.search(path.read_text("utf-8"))] == []


def test_the_pictures_of_the_readme_are_there_and_small() -> None:
    shown = re.findall(r"pictures/[\w-]+\.png", (PROJECT / "README.md").read_text("utf-8"))
    assert len(shown) == 5
    assert all((PROJECT / name).stat().st_size < 120_000 for name in shown)


def test_what_can_be_tapped_has_a_role_and_what_is_filled_in_a_name() -> None:
    for path in ours(".wxml"):
        for tag, attributes in _TAG.findall(path.read_text("utf-8")):
            told = f"{path.name}: <{tag}{attributes}>"
            if "bindtap" in attributes and tag != "button":
                assert re.search(r'\srole="', attributes), told
                assert "aria-label=" in attributes, told
            if tag in ("input", "textarea", "picker", "switch", "image"):
                assert "aria-label=" in attributes, told


def test_somebody_joins_and_sees_every_point(newcomer: dict[str, object]) -> None:
    assert newcomer["value"] == 700
    assert isinstance(newcomer["pages"], int)
    assert newcomer["pages"] > 1
    assert "身份证号" in str(newcomer["mistyped"])


def test_a_pass_and_a_refused_pass(given: dict[str, object], newcomer: dict[str, object], demo: Demo) -> None:
    keys = re.search(r"^\s+(egp_\S+_fz-library)$", demo.log.read_text("utf-8"), re.MULTILINE)
    assert keys is not None
    told = story("benefits.mjs", {**given, "openid": newcomer["openid"], "partner": keys[1]})
    assert told["used"] is True


def test_a_dispute_with_a_photo_is_followed_by_listening(given: dict[str, object], demo: Demo) -> None:
    told = story("dispute.mjs", {**given, "openid": developer_openid(2), "agent": password(demo, "agent")})
    assert str(told["number"]).startswith("D-")


def test_a_decision_is_heard_read_and_appealed(given: dict[str, object], demo: Demo) -> None:
    told = story("decision.mjs", {**given, "openid": developer_openid(6), "agent": password(demo, "agent")})
    assert told["state"] == "已受理"


def test_trying_out_privacy_and_leaving(given: dict[str, object]) -> None:
    assert story("privacy.mjs", {**given, "openid": developer_openid(3)})["value"]


def test_pages_whose_answers_come_late(given: dict[str, object]) -> None:
    story("late.mjs", given)


def test_both_languages(given: dict[str, object]) -> None:
    pages = json.loads((PROJECT / "app.json").read_text("utf-8"))["pages"]
    alone = [name for name in pages if name.rpartition("/")[2] not in ("record", "pass", "file", "dispute", "letter")]
    told = story("english.mjs", {**given, "openid": developer_openid(4), "pages": alone})
    assert told == {name: [] for name in alone}


@pytest.fixture(scope="module")
def built(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The compiled client package, for what needs no server."""
    folder = tmp_path_factory.mktemp("compiled")
    tsc("-p", str(PACKAGE), "--outDir", str(folder))
    return {"built": str(folder)}


def test_listening_that_is_refused_waits_and_ends(built: dict[str, object]) -> None:
    story("listening.mjs", built)


def test_a_lost_answer_to_a_login_asks_for_a_new_code(built: dict[str, object]) -> None:
    story("sign-in.mjs", built)


@pytest.fixture(scope="module")
def installed(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that has nothing but the client package, from its archive."""
    package = tmp_path_factory.mktemp("package")
    shutil.copytree(PACKAGE, package, dirs_exist_ok=True, ignore=shutil.ignore_patterns("build"))
    tsc("-p", str(PACKAGE), "--outDir", str(package / "build"))
    packed = json.loads(command("npm", "pack", "--json", cwd=package))[0]
    assert {"package.json", "README.md", "build/client.js", "build/client.d.ts"} <= {f["path"] for f in packed["files"]}
    folder = tmp_path_factory.mktemp("stranger")
    (folder / "package.json").write_text('{ "private": true, "type": "module" }', "utf-8")
    command("npm", "install", "--offline", "--no-audit", "--no-fund", str(package / packed["filename"]), cwd=folder)
    return folder


def test_the_client_package_works_from_its_archive(installed: Path, given: dict[str, object]) -> None:
    shutil.copy(CODE / "client.mjs", installed)
    more = {"openid": developer_openid(5), "tools": str(CODE / "package.json"), "spoil": 3}
    told = json.loads(node("client.mjs", json.dumps(given | more), cwd=installed))
    assert told["heard"] >= 1


def test_the_types_of_the_package_stand_by_themselves(installed: Path) -> None:
    page = installed / "page.ts"
    page.write_text(
        'import { Egret, refused } from "egret-client";\n'
        'import { fetchTransport } from "egret-client/fetch";\n'
        'import { wechatTransport } from "egret-client/wechat";\n'
        'const login = async () => "";\n'
        'new Egret({ server: "", transport: wechatTransport(), login });\n'
        'const egret = new Egret({ server: "", transport: fetchTransport(), login });\n'
        "export const value = async (): Promise<number> => (await egret.score())?.score.value ?? 0;\n"
        "export const left = async () => refused(await egret.leave());\n",
        "utf-8",
    )
    options = ("--strict", "--noEmit", "--module", "nodenext", "--target", "es2022", "--lib", "es2022,dom")
    assert tsc(*options, str(page)) == ""


@pytest.fixture(scope="module")
def browser(given: dict[str, object]) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


def shot(page: Page, into: Path) -> None:
    """A picture of what the phone shows at once, in few colours, so that it is small."""
    page.screenshot(path=into)
    few = Image.open(into).convert("RGB").quantize(128, dither=Image.Dither.NONE)
    few.save(into, optimize=True)


@needs_chromium
def test_the_pages_fit_narrow_phones_and_fingers(browser: Browser, given: dict[str, object]) -> None:
    """What the stories kept, as a browser draws it; the pictures are left in `artefacts/`."""
    kept = Path(str(given["pictures"]))
    found = sorted(kept.glob("*.html"))
    assert len(found) >= 14
    with browser.new_page(viewport=PHONE, device_scale_factor=2) as page:
        for path in found:
            page.emulate_media(color_scheme="light")
            page.goto(path.as_uri())
            assert page.evaluate(SMALL) == [], f"{path.stem}: too small for a finger"
            shot(page, kept / f"{path.stem}.png")
            if path.stem in DARK:
                page.emulate_media(color_scheme="dark")
                shot(page, kept / f"{path.stem}-dark.png")
    with browser.new_page(viewport=NARROW) as page:
        for path in found:
            page.goto(path.as_uri())
            assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"], f"{path.stem} is too wide"
