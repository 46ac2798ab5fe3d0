// Introspection as graphql-js writes it for tools, with its options in every combination: node introspection.mjs URL
//
// Tells how many were asked, which were refused, and which schemas differ from the printout asked in the same way.
import { readFileSync } from "node:fs";
import {
  buildClientSchema,
  buildSchema,
  getIntrospectionQuery,
  introspectionFromSchema,
  lexicographicSortSchema,
  printSchema,
  stripIgnoredCharacters,
} from "graphql";

const endpoint = process.argv[2];
const FLAGS = [
  "descriptions",
  "specifiedByUrl",
  "directiveIsRepeatable",
  "schemaDescription",
  "inputValueDeprecation",
  "experimentalDirectiveDeprecation",
  "oneOf",
];
const DEPTHS = [0, 3, 9, 20, 100]; // how many ofType inside each other; 9 unless told otherwise
const contract = buildSchema(readFileSync(new URL("../../schema/schema.graphql", import.meta.url), "utf8"));

const combinations = Array.from({ length: 2 ** FLAGS.length }, (_, bits) =>
  Object.fromEntries(FLAGS.map((flag, place) => [flag, Boolean((bits >> place) & 1)])),
);
const everything = combinations.at(-1);
const wanted = [...combinations, ...DEPTHS.map((typeDepth) => ({ ...everything, typeDepth }))];

const print = (introspection) => printSchema(lexicographicSortSchema(buildClientSchema(introspection)));

async function answerOf(request) {
  const response = await fetch(request);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${response.status} ${text.slice(0, 200)}`);
  const { data, errors } = JSON.parse(text);
  if (errors) throw new Error(errors[0].message);
  return data;
}

function requestsOf(options) {
  const written = getIntrospectionQuery(options);
  const query = options.typeDepth === undefined ? written : stripIgnoredCharacters(written); // the deepest fit an address so
  const headers = { "content-type": "application/json" };
  return [
    new Request(endpoint, { method: "POST", headers, body: JSON.stringify({ query }) }),
    new Request(`${endpoint}?query=${encodeURIComponent(query)}`),
  ];
}

const told = { POST: 0, GET: 0, refused: [], different: [], isPrintout: false };
for (const options of wanted) {
  const isWhole = (options.typeDepth ?? 9) >= 3; // of less no schema can be built
  const expected = isWhole ? print(introspectionFromSchema(contract, options)) : "";
  if (options === everything) told.isPrintout = expected === printSchema(lexicographicSortSchema(contract));
  for (const request of requestsOf(options)) {
    told[request.method] += 1;
    try {
      const answer = await answerOf(request);
      const printed = isWhole ? print(answer) : "";
      if (printed !== expected) told.different.push({ method: request.method, options, printed });
    } catch (error) {
      told.refused.push({ method: request.method, options, why: error.message });
    }
  }
}
console.log(JSON.stringify(told));
