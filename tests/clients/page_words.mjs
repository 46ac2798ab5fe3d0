// The phases, next steps, failures and warnings that the page has words for, by language, as JSON.
import { english } from "../../web/page/words.en.js";
import { chinese } from "../../web/page/words.zh.js";

const codes = ({ failures, warnings, phases, nextSteps }) => ({
  phases: Object.keys(phases),
  nextSteps: Object.keys(nextSteps),
  failures: Object.keys(failures.byCode),
  warnings: Object.keys(warnings.byCode),
  ahead: Object.keys(warnings.ahead),
});
console.log(JSON.stringify({ en: codes(english), zh: codes(chinese) }));
