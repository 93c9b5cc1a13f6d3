import { words } from "./i18n/index";

App({
  globalData: {},

  onLaunch() {
    this.speak();
  },

  /** Names the tabs in the language of now. */
  speak() {
    const { tabs } = words();
    [tabs.score, tabs.benefits, tabs.disputes, tabs.privacy].forEach((text, index) => {
      wx.setTabBarItem({ index, text, fail: () => undefined }); // fails where a page without tabs is open
    });
  },
});
