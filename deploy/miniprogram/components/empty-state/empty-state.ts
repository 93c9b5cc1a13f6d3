// What stands where there is nothing yet, and what to do about it.

Component({
  options: { styleIsolation: "apply-shared" },
  properties: { text: String, more: String },
});
