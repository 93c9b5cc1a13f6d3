// Writes the types of the client package, egret-client, and beside them its documents: node generate.mjs [FILE]
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { codegen } from "@graphql-codegen/core";
import * as operations from "@graphql-codegen/typescript-operations";
import * as typedDocuments from "@graphql-codegen/typed-document-node";
import { parse } from "graphql";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const read = (path) => parse(readFileSync(path, "utf8"), { noLocation: true });
const folder = here("../../deploy/miniprogram/egret/operations/");
const target = process.argv[2] ?? here("../../deploy/miniprogram/egret/generated.ts");

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
// The package has no dependencies: the one type that the plugin would import is written out.
const decoration = "interface DocumentTypeDecoration<TResult, TVariables> {\n  __apiType?: (variables: TVariables) => TResult;\n}";
const types = text.replace(/^import .*typed-document-node\/core';$/m, decoration);
writeFileSync(target, types);

// By its name, each text as the package sends it: what a server is told to trust.
const sent = types.matchAll(/^export const (\w+)Document = new TypedDocumentString\(`([^`]*)`\)/gm);
const manifest = Object.fromEntries([...sent].map(([, name, body]) => [name, body.trim()]));
writeFileSync(join(dirname(target), "documents.json"), `${JSON.stringify(manifest, null, 2)}\n`);
