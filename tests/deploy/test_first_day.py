"""The page of the first day does what it says: every command as it stands, by real processes in production mode."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from scoring.identity import Identity
from server.platform.db.embedded import find_mongod
from tests.faults.replica_set import free_port
from tests.support.commands_of_pages import Block, FailedBlockError, People, Terminal, parts
from tests.support.first_day import Desk, Phone, Sms, patiently
from tests.support.paths import DEPLOY, ROOT
from tests.support.people import FAN, YING, colleague, id_number
from tests.support.phone_app import PhoneApp

PAGE = (DEPLOY / "first-day.md").read_text("utf-8")
MINUTES = 15
YAO = Identity("周知遥", id_number("19950505"), "13900009012")
_PORTS = ("EGRET_PORT", "WECHAT_PORT", "SMS_PORT", "LOGIN_PORT", "CITIZENS_PORT", "WORKER_PORT", "RESTORED_PORT")


INSTALL = "Install"
"""The one step that is not done here: a test runs in an installed clone. CI begins with the same commands."""


def _runs(file: Path) -> bool:
    text = file.read_text("utf-8").strip()
    status = Path("/proc") / text / "stat"
    return bool(text) and status.exists() and status.read_text("utf-8").rpartition(")")[2].split()[0] != "Z"


class FirstDay:
    """Where everything is, and what people do under each heading."""

    def __init__(self, folder: Path) -> None:
        self.city = folder / "city"
        ports = {name: str(free_port()) for name in _PORTS}
        members = ",".join(f"127.0.0.1:{free_port()}" for _ in range(3))
        own = {"CITY": str(self.city), "MONGOD": str(find_mongod()), "MEMBERS": members, **ports}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("EGRET_")}
        path = f"{Path(sys.executable).parent}:{kept['PATH']}"
        env = {**kept, **own, "PATH": path, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}
        self.terminal = Terminal(ROOT, folder / "notes", env)
        self.server = f"http://127.0.0.1:{ports['EGRET_PORT']}"
        self.restored = f"http://127.0.0.1:{ports['RESTORED_PORT']}"
        platform = f"http://127.0.0.1:{ports['WECHAT_PORT']}/simulator"
        self.env = {**env, "EGRET_PUBLIC_URL": self.server, "EGRET_WECHAT_API_BASE": f"{platform}/api"}
        self.phone = Phone(platform, "o-ying")
        self.sms = Sms(f"http://127.0.0.1:{ports['SMS_PORT']}")
        self.app = PhoneApp(self.server)

    def staff_sign_in(self) -> None:
        for account in ("lin", "chen", "wang"):
            Desk(self.server).sign_in(account)

    def chat(self) -> None:
        assert "全凭自愿" in self.phone.say("", "subscribe")
        bound = self.phone.bind(YING, self.sms)
        assert "绑定成功，陈*" in bound
        assert "560" in bound

    def join_in_the_mini_program(self) -> None:
        """By the command that the page has for want of WeChat's tools."""
        found = re.search(r"`python (-m tests\.support\.mini_program .*?)`", PAGE)
        assert found is not None
        pipe = subprocess.PIPE
        command = [sys.executable, *shlex.split(found[1])]
        with subprocess.Popen(command, cwd=ROOT, env=self.env, stdin=pipe, stdout=pipe, text=True) as program:
            said, _ = program.communicate(f"{self.sms.code(FAN.phone)}\n", timeout=120)
        assert f"{FAN.name}: 500" in said

    def join_in_the_app(self) -> None:
        self.app.sign_in("zhou")
        assert self.app.verified_name() == "周*"
        self.app.bind(self.sms.code, YAO.phone)
        assert self.app.score() == 500

    def dispute(self) -> None:
        patiently(lambda: "550" in self.phone.say("查询") or None)
        lines = self.phone.say("明细")
        found = re.search(r"(\d+)\. [^\n]*违法停车", lines)
        assert found is not None, lines
        for said in (f"异议 {found[1]}", "1", "不是我的车，已经卖了", "提交"):
            self.phone.say(said)
        assert "560" in self.phone.say("确认")
        agent, approver = Desk(self.server), Desk(self.server)
        agent.sign_in("lin")
        case = agent.first_case()
        agent.act(case, "claim")
        agent.act(case, "decide", determination="DELETED", explanation="过户单属实，删除记录。")
        approver.sign_in("chen")
        approver.act(case, "approve", determination="DELETED")
        assert "560" in self.phone.told("记录已删除")

    def show_a_pass(self) -> None:
        assert "图书馆免押金借书" in self.phone.say("权益")
        shown = self.phone.say("1")
        found = re.search(r"凭证 (\S.*)", shown)
        assert found is not None, shown
        self.terminal.export("PASS", found[1])

    people: ClassVar[dict[str, Callable[[FirstDay], None]]] = {
        "Let staff in": staff_sign_in,
        "The first citizen, in chat": chat,
        "A citizen in the mini-program": join_in_the_mini_program,
        "A citizen in the city's app": join_in_the_app,
        "A dispute is decided": dispute,
        "A pass is redeemed": show_a_pass,
    }
    typed: ClassVar[dict[str, str]] = {"Let staff in": "".join(f"{colleague(n)}\n" for n in range(3))}
    """What is typed where a command asks."""

    def is_restored(self) -> bool:
        """Whether the restored database is served."""
        return (self.city / "restored.pid").exists()

    def running(self) -> list[str]:
        """What was started and has not ended, by name; waits a while for the last of it."""
        deadline = time.monotonic() + 60
        while (left := [file.stem for file in self.city.glob("*.pid") if _runs(file)]) and time.monotonic() < deadline:
            time.sleep(0.1)
        return left

    def end(self) -> None:
        """What still runs after a fault, the databases last."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            for file in sorted(self.city.glob("*.pid"), key=lambda one: one.stem.startswith("db-")):
                with contextlib.suppress(ProcessLookupError, ValueError):
                    os.kill(int(file.read_text("utf-8")), number)
            self.running()


def test_everything_that_people_do_on_the_page_is_done_here() -> None:
    asked = [part.heading for part in parts(PAGE) if isinstance(part, People)]
    assert sorted(asked) == sorted(FirstDay.people)


def test_what_the_page_says_that_a_command_prints_is_looked_for(tmp_path: Path) -> None:
    page = "## 1. Greet\n\nIt says `hello\nyou`. Then:\n\n```sh\nexport NAME=you\necho hello $NAME\n```\n\n"
    terminal = Terminal(tmp_path, tmp_path / "notes", os.environ)
    greet, leave = parts(page + "It says `bye`.\n\n```sh\necho $NAME\n```\n")
    assert isinstance(greet, Block)
    assert isinstance(leave, Block)
    assert greet.says == ("hello you",)
    assert terminal.run(greet) == "hello you\n"
    with pytest.raises(FailedBlockError, match=r"Greet: it does not say 'bye'(.|\n)*\nyou"):
        terminal.run(leave)
    with pytest.raises(FailedBlockError, match=r"Greet: it failed"):
        terminal.run(leave._replace(text="false\necho bye"))
    terminal.close()


@pytest.fixture
def day(tmp_path: Path) -> Iterator[FirstDay]:
    made = FirstDay(tmp_path)
    yield made
    made.end()
    made.terminal.close()


@pytest.mark.long
def test_a_stranger_comes_from_a_bare_host_to_the_first_citizens_and_a_restored_backup(
    day: FirstDay, capsys: pytest.CaptureFixture[str]
) -> None:
    began = time.monotonic()
    for part in parts(PAGE):
        if isinstance(part, People):
            day.people[part.heading](day)
        elif part.heading != INSTALL:
            day.terminal.run(part, day.typed.get(part.heading, ""))
        if part.heading == "A backup is restored" and day.is_restored():
            assert day.app.score(day.restored) == day.app.score()
    took = time.monotonic() - began
    with capsys.disabled():
        for heading, milliseconds in day.terminal.took.items():
            sys.stdout.write(f"\n{milliseconds / 1000:8.1f} s  {heading}")
        commands = sum(day.terminal.took.values()) / 1000
        sys.stdout.write(f"\n{commands:8.1f} s  all commands; {took:.1f} s with what people do\n")
    assert took < MINUTES * 60
    assert not day.running()
