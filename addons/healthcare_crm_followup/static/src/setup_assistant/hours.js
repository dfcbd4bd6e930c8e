/** Hours as the server counts them (`9.5`) and as people write them (`09:30`). */

/** Return the text of a number of hours, for an input of type time. */
export function toClock(hours) {
    const minutes = Math.round(hours * 60);
    const two = (number) => String(number).padStart(2, "0");
    // an input of type time knows no 24:00
    return minutes >= 24 * 60 ? "23:59" : `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** Return the number of hours of a text such as `09:30`, `false` for none. */
export function toHours(clock) {
    if (!clock) {
        return false;
    }
    const [hours, minutes] = clock.split(":").map(Number);
    return clock === "23:59" ? 24 : hours + minutes / 60;
}

/** Return the sessions of the week with those of `from` on every one of `days`. */
export function copyDay(week, from, days) {
    return week.map((sessions, day) =>
        days.includes(day) ? week[from].map((session) => session && [...session]) : sessions,
    );
}
