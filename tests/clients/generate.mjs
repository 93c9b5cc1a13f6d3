// Writes the types of the mini-program's operations: node generate.mjs [FILE]
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { codegen } from "@graphql-codegen/core";
import * as operations from "@graphql-codegen/typescript-operations";
import * as typedDocuments from "@graphql-codegen/typed-document-node";
import { parse } from "graphql";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const read = (path) => parse(readFileSync(path, "utf8"), { noLocation: true });
const folder = here("typescript/operations/");
const target = process.argv[2] ?? here("typescript/generated.ts");

const text = await codegen({
  filename: target,
  schema: read(here("../../schema/schema.graphql")),
  documents: readdirSync(folder)
    .sort()
    .map((name) => ({ location: name, document: read(folder + name) })),
  config: {
    documentMode: "string",
    useTypeImports: true,
    enumsAsTypes: true,
    skipTypename: true,
    strictScalars: true,
    scalars: {
      ID: "string",
      Date: "string",
      DateTime: "string",
      JSON: "unknown",
      Masked: "string",
      Money: "string",
    },
  },
  plugins: [{ operations: {} }, { typedDocuments: {} }],
  pluginMap: { operations, typedDocuments },
});
writeFileSync(target, text);
