#!/usr/bin/env bash
# Quartz 2.3.2 (Debian 12, libquartz2-java) on 36 cron expressions, each given the seconds and the question mark it asks for.
# Surprises: weekday numbers begin with 1 for Sunday, so a crontab's numbers all move by a day ("1-5" is Sunday to Thursday) and only
# 0 is refused; a day of the month together with a weekday is refused; "30 2" is taken and never fires.
# The dates are those of 1 January to 29 February and 1 to 10 October and November 2028, at 09:00 UTC. Fails if a line changes.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
(cd "$place" && apt-get download -qq libquartz2-java=2.3.2-4 libslf4j-java=1.7.32-1 && for package in *.deb; do dpkg -x "$package" "$place"; done) 2>/dev/null
cat >"$place/Read.java" <<'J'
import java.nio.file.*;
import java.time.*;
import java.util.*;
import org.quartz.CronExpression;

/** Quartz wants seconds first and a question mark for whichever of day and weekday is not asked for. */
class Read {
    public static void main(String[] arguments) throws Exception {
        for (String expression : Files.readAllLines(Path.of(arguments[0]))) {
            String[] field = expression.split(" ");
            if (field.length == 5 && field[4].equals("*")) field[4] = "?";
            else if (field.length == 5 && field[2].equals("*")) field[2] = "?";
            StringJoiner found = new StringJoiner(" ");
            try {
                CronExpression cron = new CronExpression(field.length == 5 ? "0 " + String.join(" ", field) : expression);
                cron.setTimeZone(TimeZone.getTimeZone("UTC"));
                Date end = Date.from(Instant.parse("2028-11-11T00:00:00Z"));
                Date at = cron.getNextValidTimeAfter(Date.from(Instant.parse("2027-12-31T23:59:00Z")));
                for (; at != null && at.before(end); at = cron.getNextValidTimeAfter(at))
                    found.add(at.toInstant().toString().substring(0, 10));
            } catch (java.text.ParseException unreadable) {
                found.add("refused");
            }
            System.out.println(expression + "\t" + found);
        }
    }
}
J
java -cp "$place/usr/share/java/quartz2.jar:$place/usr/share/java/slf4j-api.jar" "$place/Read.java" "$here/cron-expressions.txt" >"$place/dates"
python3 "$here/cron-days.py" <"$place/dates" >"$place/days"
diff - "$place/days" <<'SEEN' && echo "as seen"
0 9 * * *	Jan 1-31, Feb 1-29, Oct 1-10, Nov 1-10
0 9 1 * *	Jan 1, Feb 1, Oct 1, Nov 1
0 9 31 * *	Jan 31
0 9 L * *	Jan 31, Feb 29
0 9 1,15 * *	Jan 1,15, Feb 1,15, Oct 1, Nov 1
0 9 */2 * *	Jan 1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31, Feb 1,3,5,7,9,11,13,15,17,19,21,23,25,27,29, Oct 1,3,5,7,9, Nov 1,3,5,7,9
0 9 */14 * *	Jan 1,15,29, Feb 1,15,29, Oct 1, Nov 1
0 9 1/14 * *	Jan 1,15,29, Feb 1,15,29, Oct 1, Nov 1
0 9 10-20/5 * *	Jan 10,15,20, Feb 10,15,20, Oct 10, Nov 10
0 9 5-5 * *	Jan 5, Feb 5, Oct 5, Nov 5
0 9 * 2 *	Feb 1-29
0 9 * feb *	Feb 1-29
0 9 * oct *	Oct 1-10
0 9 * nov *	Nov 1-10
0 9 * */2 *	Jan 1-31, Nov 1-10
0 9 * * 1	Jan 2,9,16,23,30, Feb 6,13,20,27, Oct 1,8, Nov 5
0 9 * * mon	Jan 3,10,17,24,31, Feb 7,14,21,28, Oct 2,9, Nov 6
0 9 * * 0	refused
0 9 * * 7	Jan 1,8,15,22,29, Feb 5,12,19,26, Oct 7, Nov 4
0 9 * * 1-5	Jan 2-6,9-13,16-20,23-27,30-31, Feb 1-3,6-10,13-17,20-24,27-29, Oct 1-5,8-10, Nov 1-2,5-9
0 9 * * 5-7	Jan 1,6-8,13-15,20-22,27-29, Feb 3-5,10-12,17-19,24-26, Oct 5-7, Nov 2-4,9-10
0 9 * * fri-sun	Jan 1-2,7-9,14-16,21-23,28-30, Feb 4-6,11-13,18-20,25-27, Oct 1,6-8, Nov 3-5,10
0 9 * * 6-1	Jan 1-2,7-9,14-16,21-23,28-30, Feb 4-6,11-13,18-20,25-27, Oct 1,6-8, Nov 3-5,10
0 9 * * */2	Jan 1-2,4,6,8-9,11,13,15-16,18,20,22-23,25,27,29-30, Feb 1,3,5-6,8,10,12-13,15,17,19-20,22,24,26-27,29, Oct 1,3,5,7-8,10, Nov 2,4-5,7,9
0 9 * * 1/2	Jan 1-2,4,6,8-9,11,13,15-16,18,20,22-23,25,27,29-30, Feb 1,3,5-6,8,10,12-13,15,17,19-20,22,24,26-27,29, Oct 1,3,5,7-8,10, Nov 2,4-5,7,9
0 9 1 * 1	refused
0 9 1-7 * 1	refused
0 9 */2 * 1	refused
0 9 13 * 5	refused
0 9 * * 1#2	Jan 9, Feb 13, Oct 8
0 9 * * 5L	Jan 27, Feb 24
0 9 15W * *	Jan 14, Feb 15
0 9 LW * *	Jan 31, Feb 29
0 9 30 2 *	never
0 9 ? * 1	Jan 2,9,16,23,30, Feb 6,13,20,27, Oct 1,8, Nov 5
@daily	refused
SEEN
