/**
 * @generated SignedSource<<e8038be286006527c1cfd01982dd6cdc>>
 * @lightSyntaxTransform
 */

/* eslint-disable */

'use strict';

var node = (function(){
var v0 = {
  "kind": "InlineFragment",
  "selections": [
    {
      "alias": null,
      "args": null,
      "concreteType": "EvidenceUpload",
      "kind": "LinkedField",
      "name": "upload",
      "plural": false,
      "selections": [
        {
          "alias": null,
          "args": null,
          "kind": "ScalarField",
          "name": "url",
          "storageKey": null
        }
      ],
      "storageKey": null
    }
  ],
  "type": "OpenEvidenceUploadSuccess",
  "abstractKey": null
};
return {
  "fragment": {
    "argumentDefinitions": [],
    "kind": "Fragment",
    "metadata": null,
    "name": "documentsUploadMutation",
    "selections": [
      {
        "alias": null,
        "args": null,
        "concreteType": null,
        "kind": "LinkedField",
        "name": "openEvidenceUpload",
        "plural": false,
        "selections": [
          (v0/*:: as any*/)
        ],
        "storageKey": null
      }
    ],
    "type": "Mutation",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": [],
    "kind": "Operation",
    "name": "documentsUploadMutation",
    "selections": [
      {
        "alias": null,
        "args": null,
        "concreteType": null,
        "kind": "LinkedField",
        "name": "openEvidenceUpload",
        "plural": false,
        "selections": [
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "__typename",
            "storageKey": null
          },
          (v0/*:: as any*/)
        ],
        "storageKey": null
      }
    ]
  },
  "params": {
    "cacheID": "7f4f1119706960ea54d7052750f6c05c",
    "id": null,
    "metadata": {},
    "name": "documentsUploadMutation",
    "operationKind": "mutation",
    "text": "mutation documentsUploadMutation {\n  openEvidenceUpload {\n    __typename\n    ... on OpenEvidenceUploadSuccess {\n      upload {\n        url\n      }\n    }\n  }\n}\n"
  }
};
})();

node.hash = "b65b5e00bba33a51aa318523b1271f07";

module.exports = node;
