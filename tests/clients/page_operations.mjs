// Every GraphQL document of the page, by name, as JSON.
import * as operations from "../../web/page/operations.js";

console.log(JSON.stringify(operations));
