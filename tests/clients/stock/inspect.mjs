// graphql-inspector: what breaks between two schemas, and what does not validate: node inspect.mjs OLD NEW DOCUMENT...
import { readFileSync } from "node:fs";
import { CriticalityLevel, diff, validate } from "@graphql-inspector/core";
import { Source, buildSchema } from "graphql";

const [before, after, ...documents] = process.argv.slice(2);
const read = (path) => buildSchema(readFileSync(path, "utf8"));
const changes = await diff(read(before), read(after));
for (const { criticality, message } of changes) if (criticality.level === CriticalityLevel.Breaking) console.log(message);
const sources = documents.map((path) => new Source(readFileSync(path, "utf8"), path));
for (const { source, errors } of validate(read(after), sources)) console.log(`${source.name}: ${errors.map(String)}`);
