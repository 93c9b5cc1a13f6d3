// The client preset as its documentation sets it up, with persisted documents.
export default {
  emitLegacyCommonJSImports: false,
  schema: "../../../schema/schema.graphql",
  documents: ["codegen/app.ts"],
  generates: {
    "codegen/made/": {
      preset: "client",
      presetConfig: { persistedDocuments: { hashAlgorithm: "sha256" } },
      config: { scalars: { Date: "string", DateTime: "string", Money: "string", Masked: "string", JSON: "unknown" } },
    },
  },
};
