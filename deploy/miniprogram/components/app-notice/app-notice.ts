// What has just happened, or why something did not. It is read aloud when it changes.

Component({
  options: { styleIsolation: "apply-shared" },
  properties: { text: String, bad: Boolean },
});
