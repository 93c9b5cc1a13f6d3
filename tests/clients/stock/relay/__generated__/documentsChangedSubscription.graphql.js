/**
 * @generated SignedSource<<db7158f7e22df19f939821d05a8f68b3>>
 * @lightSyntaxTransform
 */

/* eslint-disable */

'use strict';

var node = (function(){
var v0 = [
  {
    "alias": null,
    "args": null,
    "concreteType": "Dispute",
    "kind": "LinkedField",
    "name": "disputeChanged",
    "plural": false,
    "selections": [
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "id",
        "storageKey": null
      },
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "state",
        "storageKey": null
      }
    ],
    "storageKey": null
  }
];
return {
  "fragment": {
    "argumentDefinitions": [],
    "kind": "Fragment",
    "metadata": null,
    "name": "documentsChangedSubscription",
    "selections": (v0/*:: as any*/),
    "type": "Subscription",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": [],
    "kind": "Operation",
    "name": "documentsChangedSubscription",
    "selections": (v0/*:: as any*/)
  },
  "params": {
    "cacheID": "d3c38e593d26478a3783d1b1d03929a3",
    "id": null,
    "metadata": {},
    "name": "documentsChangedSubscription",
    "operationKind": "subscription",
    "text": "subscription documentsChangedSubscription {\n  disputeChanged {\n    id\n    state\n  }\n}\n"
  }
};
})();

node.hash = "759540332d875cf2e9f2d6c3c5037830";

module.exports = node;
