// Apollo Client 4: HTTP through its HttpLink, subscriptions through graphql-ws; see journey.mjs.
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { OperationTypeNode } from "graphql";
import { connect, endpoint, FOLLOW, ofShot, ofStory, READ, resuming, RETITLE, tell } from "./journey.mjs";

globalThis.WebSocket ??= (await import("ws")).WebSocket; // Apollo's link looks at its constants

const { variables, advance } = resuming();
const resume = new ApolloLink((operation, forward) => {
  operation.variables = variables;
  return forward(operation);
});
const client = new ApolloClient({
  cache: new InMemoryCache(),
  link: ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    ApolloLink.from([resume, new GraphQLWsLink(connect())]),
    new HttpLink({ uri: endpoint }),
  ),
});

tell((await client.query({ query: gql(READ), variables: ofStory })).data);
tell((await client.mutate({ mutation: gql(RETITLE), variables: ofShot })).data);

client
  .subscribe({ query: gql(FOLLOW), variables: ofStory, fetchPolicy: "no-cache" })
  .subscribe(({ data }) => advance(data.storyEvents));
