const MIN_RECORDS = 2_000_000;

/** Says on a long run, at each tenth of the way, what a million records cost since the last one, and the memory: flat is good. */
export function progressReport(totalRecords: number): (doneRecords: number) => void {
  const tenth = totalRecords / 10;
  let [before, cpuBefore] = [0, process.cpuUsage()];
  return (done) => {
    if (totalRecords < MIN_RECORDS || done - before < tenth) return;
    const { user, system } = process.cpuUsage(cpuBefore);
    const cpuSeconds = (user + system) / 1e6;
    const millions = (done - before) / 1e6;
    const resident = (process.memoryUsage.rss() / 2 ** 30).toFixed(2);
    const cost = (cpuSeconds / millions).toFixed(1);
    console.error(
      `  ${(done / 1e6).toFixed(1)} M records: ${resident} GiB resident, ${cost} CPU-s per million since the last line`,
    );
    [before, cpuBefore] = [done, process.cpuUsage()];
  };
}
