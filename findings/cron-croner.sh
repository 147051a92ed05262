#!/usr/bin/env bash
# croner 11.0.1 (npm) on 36 cron expressions.
# Surprises: "1/14" and "1/2" are refused; "*/2" among days beside a weekday means "either"; "15W" and "LW" are known.
# The dates are those of 1 January to 29 February and 1 to 10 October and November 2028, at 09:00 UTC. Fails if a line changes.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
npm install --silent --no-fund --no-audit --prefix "$place" croner@11.0.1
cat >"$place/read.mjs" <<'J'
import { readFileSync } from "node:fs";
import { Cron } from "croner";

const end = new Date("2028-11-11T00:00:00Z");
for (const expression of readFileSync(process.argv[2], "utf8").trim().split("\n")) {
  let found = [];
  try {
    const cron = new Cron(expression, { paused: true, timezone: "UTC" });
    let at = cron.nextRun(new Date("2027-12-31T23:59:00Z"));
    for (; at && at < end; at = cron.nextRun(at)) found.push(at.toISOString().slice(0, 10));
  } catch (error) {
    found = ["refused"];
  }
  console.log(`${expression}\t${found.join(" ")}`);
}
J
node "$place/read.mjs" "$here/cron-expressions.txt" >"$place/dates"
python3 "$here/cron-days.py" <"$place/dates" >"$place/days"
diff - "$place/days" <<'SEEN' && echo "as seen"
0 9 * * *	Jan 1-31, Feb 1-29, Oct 1-10, Nov 1-10
0 9 1 * *	Jan 1, Feb 1, Oct 1, Nov 1
0 9 31 * *	Jan 31
0 9 L * *	Jan 31, Feb 29
0 9 1,15 * *	Jan 1,15, Feb 1,15, Oct 1, Nov 1
0 9 */2 * *	Jan 1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31, Feb 1,3,5,7,9,11,13,15,17,19,21,23,25,27,29, Oct 1,3,5,7,9, Nov 1,3,5,7,9
0 9 */14 * *	Jan 1,15,29, Feb 1,15,29, Oct 1, Nov 1
0 9 1/14 * *	refused
0 9 10-20/5 * *	Jan 10,15,20, Feb 10,15,20, Oct 10, Nov 10
0 9 5-5 * *	Jan 5, Feb 5, Oct 5, Nov 5
0 9 * 2 *	Feb 1-29
0 9 * feb *	Feb 1-29
0 9 * oct *	Oct 1-10
0 9 * nov *	Nov 1-10
0 9 * */2 *	Jan 1-31, Nov 1-10
0 9 * * 1	Jan 3,10,17,24,31, Feb 7,14,21,28, Oct 2,9, Nov 6
0 9 * * mon	Jan 3,10,17,24,31, Feb 7,14,21,28, Oct 2,9, Nov 6
0 9 * * 0	Jan 2,9,16,23,30, Feb 6,13,20,27, Oct 1,8, Nov 5
0 9 * * 7	Jan 2,9,16,23,30, Feb 6,13,20,27, Oct 1,8, Nov 5
0 9 * * 1-5	Jan 3-7,10-14,17-21,24-28,31, Feb 1-4,7-11,14-18,21-25,28-29, Oct 2-6,9-10, Nov 1-3,6-10
0 9 * * 5-7	Jan 1-2,7-9,14-16,21-23,28-30, Feb 4-6,11-13,18-20,25-27, Oct 1,6-8, Nov 3-5,10
0 9 * * fri-sun	Jan 1-2,7-9,14-16,21-23,28-30, Feb 4-6,11-13,18-20,25-27, Oct 1,6-8, Nov 3-5,10
0 9 * * 6-1	refused
0 9 * * */2	Jan 1-2,4,6,8-9,11,13,15-16,18,20,22-23,25,27,29-30, Feb 1,3,5-6,8,10,12-13,15,17,19-20,22,24,26-27,29, Oct 1,3,5,7-8,10, Nov 2,4-5,7,9
0 9 * * 1/2	refused
0 9 1 * 1	Jan 1,3,10,17,24,31, Feb 1,7,14,21,28, Oct 1-2,9, Nov 1,6
0 9 1-7 * 1	Jan 1-7,10,17,24,31, Feb 1-7,14,21,28, Oct 1-7,9, Nov 1-7
0 9 */2 * 1	Jan 1,3,5,7,9-11,13,15,17,19,21,23-25,27,29,31, Feb 1,3,5,7,9,11,13-15,17,19,21,23,25,27-29, Oct 1-3,5,7,9, Nov 1,3,5-7,9
0 9 13 * 5	Jan 7,13-14,21,28, Feb 4,11,13,18,25, Oct 6, Nov 3,10
0 9 * * 1#2	Jan 10, Feb 14, Oct 9
0 9 * * 5L	Jan 28, Feb 25
0 9 15W * *	Jan 14, Feb 15
0 9 LW * *	Jan 31, Feb 29
0 9 30 2 *	never
0 9 ? * 1	Jan 3,10,17,24,31, Feb 7,14,21,28, Oct 2,9, Nov 6
@daily	Jan 1-31, Feb 1-29, Oct 1-10, Nov 1-10
SEEN
