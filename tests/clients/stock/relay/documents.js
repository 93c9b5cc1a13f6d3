// What a Relay app of Egret asks; the compiler reads it, and the story runs what it makes.
graphql`
  mutation documentsLogInMutation($input: LogInInput!) {
    logIn(input: $input) {
      ... on LogInSuccess { session { token } }
      ... on Refusal { refusalCode }
    }
  }
`;
graphql`
  query documentsHomeQuery($count: Int!) {
    me {
      id
      maskedName
      score { ...documentsScore }
      ...documentsDisputes @arguments(count: $count)
      records(first: 50) { edges { node { id points disputed } } }
    }
  }
`;
graphql`
  fragment documentsScore on Score @refetchable(queryName: "documentsScoreRefetchQuery") {
    id
    value
    asOf
  }
`;
graphql`
  fragment documentsDisputes on Citizen
  @argumentDefinitions(count: { type: "Int", defaultValue: 20 }, cursor: { type: "String" })
  @refetchable(queryName: "documentsDisputesPageQuery") {
    disputes(first: $count, after: $cursor) @connection(key: "documents_disputes") {
      edges { node { id number state } }
    }
  }
`;
graphql`
  query documentsLinesQuery($after: String) {
    me { score { lines(first: 1, after: $after) {
      edges { node { position points } }
      pageInfo { hasNextPage endCursor }
    } } }
  }
`;
graphql`
  mutation documentsUploadMutation {
    openEvidenceUpload { ... on OpenEvidenceUploadSuccess { upload { url } } }
  }
`;
graphql`
  mutation documentsOpenMutation($input: OpenDisputeInput!, $connections: [ID!]!) {
    openDispute(input: $input) {
      __typename
      ... on OpenDisputeSuccess {
        dispute @prependNode(connections: $connections, edgeTypeName: "DisputeEdge") { id number state }
        citizen { score { id value } }
      }
      ... on Refusal { refusalCode message { text } }
    }
  }
`;
graphql`
  mutation documentsWithdrawMutation($input: WithdrawDisputeInput!) {
    withdrawDispute(input: $input) { ... on WithdrawDisputeSuccess { dispute { id state } } }
  }
`;
graphql`
  subscription documentsChangedSubscription {
    disputeChanged { id state }
  }
`;
