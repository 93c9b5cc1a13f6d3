"""Cases at every stage, brought there through the pages: filed with photos, asked about, answered, to be approved."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import FilePayload, Page, expect

from schema.types.connection import global_id, local_id
from tests.support.browsing import follow
from tests.support.photos import photo

WORDS = "这不是我的记录，当时我不在福州。\n有出差的车票和单位的证明，照片在下面，请核对日期和姓名。"
PHOTOS: list[FilePayload] = [
    {"name": "tickets.jpg", "mimeType": "image/jpeg", "buffer": photo(size=(1200, 1600))},
    {"name": "proof.png", "mimeType": "image/png", "buffer": photo("PNG", size=(1600, 900))},
]


@dataclass(frozen=True)
class Stages:
    """Addresses of the citizen's pages, without the site."""

    asked: str
    """A dispute whose citizen is asked for more."""
    proposed: str
    """One that waits for approval."""
    complaint: str
    repair: str
    """An application that was answered."""


def arrange(citizen: Page, desk: Page, base: str) -> Stages:
    """As the citizen file, and as the agent who is signed in at the desk handle what was filed."""
    asked, proposed = dispute(citizen, base), dispute(citizen, base)
    complaint, repair = complain(citizen, base), apply(citizen, base)
    _claim(desk, base, asked)
    desk.locator("summary", has=desk.locator("text=/^(请市民补充|Ask the citizen)/")).first.click()
    desk.fill("#question", "请补充车票的照片，要看得清日期和姓名；上传后我们继续核查。")
    desk.click("#form-ask button:not([type])")
    _claim(desk, base, proposed)
    desk.check("#outcome-DELETED")
    desk.fill("#explanation", "经核查出差证明和车票，这条记录不是您的，已从您的信用信息中删除。")
    follow(desk.locator("#form-decide button:not([name]):not([type])"))
    expect(desk.locator(".proposal")).to_be_visible()
    desk.goto(f"{base}/desk/repairs")
    follow(desk.get_by_role("link", name=number(citizen, base, repair)))
    desk.fill("#spoke", "王科长")
    desk.fill("#words", "没有查到缴款，请带缴款凭证到窗口核对；凭证找不到时可以到银行补打。")
    follow(desk.locator("button[value=no]"))
    return Stages(asked, proposed, complaint, repair)


def dispute(page: Page, base: str) -> str:
    """Dispute the oldest record on the page that can be, with photos."""
    page.goto(f"{base}/h5/records")
    follow(page.locator("a.dispute").last)
    page.check("#reason-NOT_MINE")
    page.fill("#words", WORDS)
    page.set_input_files("#files", PHOTOS)
    return _filed(page, "/h5/disputes/")


def complain(page: Page, base: str) -> str:
    """Say that the score of a day is wrong."""
    page.goto(f"{base}/h5/disputes/new/computation")
    page.fill("#words", "那天的分数和前后都对不上，请重新核算一遍。")
    return _filed(page, "/h5/disputes/")


def apply(page: Page, base: str) -> str:
    """Apply for the repair of the first record that can be repaired."""
    page.goto(f"{base}/h5/")
    follow(page.locator("a[href$='/repair']").first)
    page.fill("#done-on", str(page.locator("#done-on").get_attribute("max")))
    page.fill("#words", "罚款已缴，回执 0012")
    page.set_input_files("#files", PHOTOS)
    return _filed(page, "/h5/repairs/")


def number(page: Page, base: str, path: str) -> str:
    """The number of a case, as its page says it."""
    page.goto(base + path)
    return page.locator("h1").inner_text().split()[0]


def case_of(path: str) -> str:
    """The desk's page about the dispute of a citizen's page."""
    return f"/desk/cases/{global_id('Case', local_id(path.rsplit('/', 1)[1], 'Dispute'))}"


def _filed(page: Page, begins: str) -> str:
    follow(page.locator("button[value=file]"))
    page.wait_for_url(f"**{begins}*")
    return page.evaluate("location.pathname")  # type: ignore[no-any-return]


def _claim(desk: Page, base: str, path: str) -> None:
    desk.goto(base + case_of(path))
    follow(desk.locator("#form-claim button"))
