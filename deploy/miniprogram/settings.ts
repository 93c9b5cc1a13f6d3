// The one file to change for your own server.

export const settings = {
  /** Where Egret is. In production an https address that is on the mini-program's list of server domains. */
  server: "http://127.0.0.1:8000",

  /** Somebody of the demo, such as `dev-1`, whom the simulator vouches for. Empty in production: then WeChat does. */
  demoAccount: "dev-1",

  /** Ids of subscription messages to ask for when a dispute is filed, at most three: those of EGRET_MINIAPP_TEMPLATES. */
  messages: [] as string[],
};
