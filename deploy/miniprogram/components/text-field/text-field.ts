// A labelled input with its hint and, below it, why its value was refused.

Component({
  options: { styleIsolation: "apply-shared" },
  properties: {
    label: String,
    hint: String,
    name: String,
    value: String,
    error: String,
    type: { type: String, value: "text" },
    most: { type: Number, value: 50 },
  },
  methods: {
    typed(event: WechatMiniprogram.Input) {
      this.triggerEvent("typed", { name: this.properties.name, value: event.detail.value });
    },
  },
});
