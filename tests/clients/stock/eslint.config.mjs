// graphql-eslint over the schema: what it recommends for schemas, and its rules for Relay.
import plugin from "@graphql-eslint/eslint-plugin";

const schema = new URL("../../../schema/schema.graphql", import.meta.url).pathname;
/** Values and parts of something: they have no identity, and caches keep them with what they are part of. */
const VALUES = `AccessEntry AccountMove Address Assessment Band BenefitUse Bin CaseFigures CaseNote CheckedRecord CityVersion
  Consent ConsentText DeliveryReport Dimension DimensionEffect DisputeEvent DisputeFigures DisputeLimits Enrolment EvidenceForm
  EvidenceUpload FirstAnswer HelpLine Inquiry Letter LetterCheck LetterOffice Line LinkedAccount LocalText
  LookQuestion MyBenefit NextBenefit NoticeChoices NoticeKindChoice NoticeTry OptionalItem OutcomeCount
  OverturnRate PageInfo Path ProgrammeFigures Proposal QueueChange RatingCount Reason Receipt Recomputation
  RecomputedRule RecordRepair RefusedRecord RejectedRecord RepairEffect RepairFigures Residence RuleLimit Scene
  SchemeBand SchemeDimension ScoreChange Session SignInElsewhere SignInProvider Source SourceDisputes SourceFigures Staff
  StaffLogEntry Step TopicCount Turn TurnReason VerifiedIdentity Viewer WhatIf Withheld`.split(/\s+/);

export default [
  {
    files: ["**/*.graphql"],
    languageOptions: { parser: plugin.parser, parserOptions: { graphQLConfig: { schema } } },
    plugins: { "@graphql-eslint": plugin },
    rules: {
      ...plugin.configs["flat/schema-recommended"].rules,
      ...plugin.configs["flat/schema-relay"].rules,
      "@graphql-eslint/strict-id-in-types": [
        "error",
        { exceptions: { types: VALUES, suffixes: ["Connection", "Edge", "Success", "Refusal"] } },
      ],
      // Lists go forward: what an app shows is read from its beginning, and keyset pages have no end to count from.
      "@graphql-eslint/relay-arguments": ["error", { includeBoth: false }],
      // Lines, turns and the like are values in a list, and nothing that could be fetched again by itself.
      "@graphql-eslint/relay-edge-types": [
        "error",
        { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false },
      ],
    },
  },
];
