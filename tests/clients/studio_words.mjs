// The failures and warnings that the studio page has words for, by language, as JSON.
import { english } from "../../web/studio/words.en.js";
import { chinese } from "../../web/studio/words.zh.js";

const codes = ({ failures, warnings }) => ({
  failures: Object.keys(failures.byCode),
  warnings: Object.keys(warnings.byCode),
  ahead: Object.keys(warnings.ahead),
});
console.log(JSON.stringify({ en: codes(english), zh: codes(chinese) }));
