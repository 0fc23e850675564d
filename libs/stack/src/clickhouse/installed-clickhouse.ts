import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findCommand, run } from '../process/tools.ts';

/** The tables' settings are those of today's server. */
const OLDEST_MAJOR = 24;

/** The path of a `clickhouse` command that is new enough, or undefined. */
export async function installedClickHouse(): Promise<string | undefined> {
  const command = findCommand('clickhouse');
  if (command === undefined) return undefined;
  const major = Number(/version (\d+)\./.exec(await run(command, ['server', '--version']))?.[1]);
  return major >= OLDEST_MAJOR ? command : undefined;
}

/** Writes a configuration for one node on 127.0.0.1 whose user `default` needs no password. Returns its path. */
export async function writeClickHouseConfig(folder: string, port: number): Promise<string> {
  const path = (name: string): string => escaped(join(folder, name));
  const config = join(folder, 'config.xml');
  await writeFile(
    config,
    `<clickhouse>
  <logger><level>information</level><console>1</console></logger>
  <listen_host>127.0.0.1</listen_host>
  <http_port>${port}</http_port>
  <path>${path('clickhouse')}/</path>
  <tmp_path>${path('clickhouse-tmp')}/</tmp_path>
  <user_files_path>${path('clickhouse-user-files')}/</user_files_path>
  <format_schema_path>${path('clickhouse-format-schemas')}/</format_schema_path>
  <user_directories><users_xml><path>${path('users.xml')}</path></users_xml></user_directories>
</clickhouse>
`,
  );
  await writeFile(
    join(folder, 'users.xml'),
    `<clickhouse>
  <profiles><default/></profiles>
  <quotas><default/></quotas>
  <users><default>
    <password/>
    <networks><ip>127.0.0.1</ip></networks>
    <profile>default</profile>
    <quota>default</quota>
    <access_management>1</access_management>
  </default></users>
</clickhouse>
`,
  );
  return config;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
