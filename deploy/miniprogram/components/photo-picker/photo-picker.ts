// Chooses photos, sends each at once, and tells the page the ids to file with.

import { refused } from "../../egret/client";
import { fill, words } from "../../i18n/index";
import { egret } from "../../shared/egret";
import { faultText, refusalText, type Tap } from "../../shared/page";

/** What WeChat says where the person chose nothing after all. */
const CANCELLED = /:fail cancel/;

interface Kept {
  path: string;
  /** One id for a photo, one for each page of a PDF file. */
  evidence: string[];
}

interface Photo extends Kept {
  key: string;
  shown: string;
  remove: string;
}

/** Photos with their names, numbered from 1. */
function named(photos: Kept[]): Photo[] {
  const { common } = words();
  return photos.map(({ path, evidence }, index) => ({
    key: evidence.join(),
    path,
    evidence,
    shown: fill(common.photo, { n: index + 1 }),
    remove: fill(common.removePhoto, { n: index + 1 }),
  }));
}

Component({
  options: { styleIsolation: "apply-shared" },
  properties: { most: { type: Number, value: 10 } },
  data: { words: words().common, hint: "", photos: [] as Photo[], kept: 0, busy: false, error: "" },
  observers: {
    most(most: number) {
      const { common } = words();
      this.setData({ words: common, hint: fill(common.photosHint, { most }) });
    },
  },
  methods: {
    choose() {
      wx.chooseMedia({
        count: this.properties.most - this.data.kept,
        mediaType: ["image"],
        sizeType: ["compressed"],
        success: ({ tempFiles }) => void this.send(tempFiles.map(({ tempFilePath }) => tempFilePath)),
        fail: (failure) => this.setData({ error: CANCELLED.test(failure.errMsg) ? "" : faultText(failure) }),
      });
    },

    async send(paths: string[]): Promise<void> {
      this.setData({ busy: true, error: "" });
      try {
        for (const path of paths) await this.sendOne(path);
      } catch (error) {
        this.setData({ error: faultText(error) });
      } finally {
        this.setData({ busy: false });
      }
    },

    async sendOne(path: string): Promise<void> {
      const sent = await egret.sendPhoto(path);
      if (refused(sent)) {
        this.setData({ error: refusalText(sent) });
        return;
      }
      this.keep([...this.data.photos, { path, evidence: sent.evidence }]);
    },

    remove(event: Tap<{ key: string }>) {
      const { key } = event.currentTarget.dataset;
      this.keep(this.data.photos.filter((photo) => photo.key !== key));
    },

    keep(photos: Kept[]) {
      const evidence = photos.flatMap((photo) => photo.evidence);
      this.setData({ photos: named(photos), kept: evidence.length });
      this.triggerEvent("kept", { evidence });
    },
  },
});
