// Asks a server every question of the GraphQL-over-HTTP audits: node audit.mjs URL. Prints the answers as JSON.
import { auditServer } from "graphql-http";

const results = await auditServer({ url: process.argv[2] });
console.log(JSON.stringify(results.map(({ id, name, status, reason }) => ({ id, name, status, reason }))));
