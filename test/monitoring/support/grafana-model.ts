import type {
  Dashboard,
  FieldConfig,
  FieldConfigSource,
  GraphFieldConfig,
  Panel,
  TableFieldOptions,
} from '@grafana/schema';
import type { Options as HeatmapOptions } from '@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen';
import type { Options as StatOptions } from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type { Options as TableOptions } from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type { Options as TimeSeriesOptions } from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

/** As files have it: what has a default may be left out, and a choice is its text. */
type Given<Type> = unknown extends Type
  ? Type
  : Type extends string
    ? `${Type}`
    : Type extends number | boolean | null | undefined
      ? Type
      : Type extends readonly (infer Item)[]
        ? Given<Item>[]
        : { [Key in keyof Type]?: Given<Type[Key]> };

type Query = {
  readonly refId: string;
  readonly datasource: { readonly type: 'prometheus'; readonly uid: '${datasource}' };
  readonly expr: string;
  readonly legendFormat: string;
  readonly format?: 'time_series' | 'table' | 'heatmap';
  readonly instant?: boolean;
};

type PanelOf<Type, Options, Custom> = {
  readonly type: Type;
  readonly id: number;
  readonly title: string;
  readonly targets: readonly Query[];
} & Given<
  Omit<Panel, 'type' | 'id' | 'title' | 'targets' | 'options' | 'fieldConfig'> & {
    options: Options;
    fieldConfig: Omit<FieldConfigSource, 'defaults'> & { defaults: Omit<FieldConfig, 'custom'> & { custom?: Custom } };
  }
>;

/** A dashboard of the chart, by the types of Grafana's own front end; other kinds of panels are not used. */
export type DashboardFile = Given<Omit<Dashboard, 'panels'>> & {
  readonly uid: string;
  readonly panels: readonly (
    | PanelOf<'timeseries', TimeSeriesOptions, GraphFieldConfig>
    | PanelOf<'stat', StatOptions, Record<string, never>>
    | PanelOf<'table', TableOptions, TableFieldOptions>
    | PanelOf<'heatmap', HeatmapOptions, Record<string, never>>
  )[];
};
