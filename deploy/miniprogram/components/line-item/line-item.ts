// One item that adds or takes points; the sign says which.

Component({
  options: { styleIsolation: "apply-shared" },
  properties: { label: String, points: String, note: String, until: String, opens: Boolean },
  data: { loss: false },
  observers: {
    points(points: string) {
      this.setData({ loss: points.startsWith("−") });
    },
  },
});
