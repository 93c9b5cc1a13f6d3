// How far something has come: `at` of its steps are done.

Component({
  options: { styleIsolation: "apply-shared" },
  properties: { steps: Array, at: Number, shown: String },
});
