/** What Spark's own launcher opens to it. */
const OPENED = [
  'java.base/java.lang',
  'java.base/java.lang.invoke',
  'java.base/java.lang.reflect',
  'java.base/java.io',
  'java.base/java.net',
  'java.base/java.nio',
  'java.base/java.util',
  'java.base/java.util.concurrent',
  'java.base/java.util.concurrent.atomic',
  'java.base/jdk.internal.ref',
  'java.base/sun.nio.ch',
  'java.base/sun.nio.cs',
  'java.base/sun.security.action',
  'java.base/sun.util.calendar',
  'java.security.jgss/sun.security.krb5',
];

/** Options of `java` for a driver with these settings of Spark. */
export function javaOptions(settings: Readonly<Record<string, string>>): string[] {
  return [
    '-Xmx2g',
    '-XX:+UseParallelGC',
    ...OPENED.map((packageName) => `--add-opens=${packageName}=ALL-UNNAMED`),
    ...Object.entries(settings).map(([key, value]) => `-D${key}=${value}`),
  ];
}
