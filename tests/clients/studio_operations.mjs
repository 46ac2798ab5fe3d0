// Every GraphQL document of the studio page, by name, as JSON.
import * as operations from "../../web/studio/operations.js";

console.log(JSON.stringify(operations));
