import { playWeChat } from "./wx.mjs"; import { Screen } from "./screen.mjs";
const phone = playWeChat({ base: "http://127.0.0.1:8300", openid: process.argv[2], photo: "/work/wt-mini/deploy/pictures/score.png", language: "zh_CN" });
const s = new Screen("/tmp/mini/app", phone);
for (const u of process.argv.slice(3)) { await s.open(u); console.log("=====", u, phone.title); console.log(s.text()); s.leave(); }
console.log(phone.went);
process.exit(0)
