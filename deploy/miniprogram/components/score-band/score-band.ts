// Where a value lies between its lowest and its highest; the label says the same in words.

Component({
  options: { styleIsolation: "apply-shared" },
  properties: { value: Number, lowest: Number, highest: Number, shown: String },
  data: { start: 0, width: 0, zero: 0, loss: false },
  observers: {
    "value, lowest, highest"(value: number, lowest: number, highest: number) {
      const span = Math.max(highest - lowest, 1);
      const place = (n: number) => ((n - lowest) / span) * 100;
      const zero = place(Math.max(lowest, 0));
      const end = place(value);
      this.setData({ start: Math.min(zero, end), width: Math.abs(end - zero), zero, loss: value < 0 });
    },
  },
});
