/** One text that changes whenever a segment, as its form has it, asks for other patients. */
export function asked({company_id, match, domain, with_deceased, condition_ids}) {
    const conditions = condition_ids.records.map(({data}) => [
        data.kind,
        data.negative,
        data.sentence,
    ]);
    return JSON.stringify([company_id?.id, match, domain, with_deceased, conditions]);
}

/** `count` of `all` in percent, for the width of a bar. */
export function share(count, all) {
    return all ? Math.max(Math.round((100 * count) / all), count ? 1 : 0) : 0;
}
