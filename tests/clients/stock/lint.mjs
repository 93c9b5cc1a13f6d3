// The findings of graphql-eslint in a schema, one a line: node lint.mjs SCHEMA
import { ESLint } from "eslint";

/** What is meant so. */
const MEANT = [
  // An entity may have a `code` or a `reason` too; this name clashes with none where both are selected.
  'Field "refusalCode" starts with the name of the parent type "Refusal"',
  // The same name as in CreditRecord: one name for one thing.
  'Field "withheldReason" starts with the name of the parent type "Withheld"',
  // GraphQL's own directive, which the printer writes out.
  'Description is required for directive "oneOf"',
];
const config = new URL("eslint.config.mjs", import.meta.url).pathname;
const eslint = new ESLint({ overrideConfigFile: config, cwd: "/", ignore: false });
const [{ messages }] = await eslint.lintFiles([process.argv[2]]);
const found = new Set(messages.map(({ message }) => message));
for (const meant of MEANT) if (!found.has(meant)) console.log(`no longer found: ${meant}`);
for (const { ruleId, message, line } of messages) {
  if (!MEANT.includes(message)) console.log(`${ruleId} ${line}: ${message}`);
}
