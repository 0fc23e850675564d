{{/* Names, cut to 63 characters with their ending. */}}
{{- define "tillstream.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "tillstream.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains (include "tillstream.name" .) .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "tillstream.name" .) | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* (list $ "operator"): the full name with an ending that is never cut. */}}
{{- define "tillstream.nameOf" -}}
{{- $ending := index . 1 -}}
{{- $room := int (sub 62 (len $ending)) -}}
{{- printf "%s-%s" (include "tillstream.fullname" (index . 0) | trunc $room | trimSuffix "-") $ending -}}
{{- end -}}

{{/* (list $ "operator"): what never changes of an object's labels. */}}
{{- define "tillstream.selectorLabels" -}}
app.kubernetes.io/name: {{ include "tillstream.name" (index . 0) }}
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{- define "tillstream.labels" -}}
{{- $root := index . 0 -}}
{{ include "tillstream.selectorLabels" . }}
app.kubernetes.io/part-of: tillstream
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
app.kubernetes.io/version: {{ $root.Values.image.tag | default $root.Chart.AppVersion | trunc 63 | quote }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- with $root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* What every pod of a stage has, of whatever Pipeline. */}}
{{- define "tillstream.stageLabels" -}}
app.kubernetes.io/name: tillstream
app.kubernetes.io/managed-by: tillstream-operator
{{- end -}}

{{- define "tillstream.image" -}}
{{- $image := .Values.image -}}
{{- if $image.registry }}{{ $image.registry }}/{{ end }}{{ $image.repository }}
{{- if $image.digest }}@{{ $image.digest }}{{ else }}:{{ $image.tag | default .Chart.AppVersion }}{{ end -}}
{{- end -}}

{{- define "tillstream.operatorServiceAccount" -}}
{{- $account := .Values.operator.serviceAccount -}}
{{- if $account.create -}}
{{- $account.name | default (include "tillstream.nameOf" (list . "operator")) -}}
{{- else -}}
{{- $account.name | default "default" -}}
{{- end -}}
{{- end -}}

{{- define "tillstream.stageServiceAccount" -}}
{{- $account := .Values.stages.serviceAccount -}}
{{- if $account.create -}}
{{- $account.name | default (include "tillstream.nameOf" (list . "stage")) -}}
{{- else -}}
{{- $account.name | default "default" -}}
{{- end -}}
{{- end -}}

{{/* Namespaces that the chart knows to have Pipelines, as a JSON list. */}}
{{- define "tillstream.namespaces" -}}
{{- .Values.watchNamespaces | default (list .Release.Namespace) | uniq | toJson -}}
{{- end -}}

{{- define "tillstream.podSecurityContext" -}}
runAsNonRoot: true
{{- with .Values.podSecurity.runAsUser }}
runAsUser: {{ . }}
{{- end }}
{{- with .Values.podSecurity.runAsGroup }}
runAsGroup: {{ . }}
{{- end }}
{{- with .Values.podSecurity.fsGroup }}
fsGroup: {{ . }}
{{- end }}
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "tillstream.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{/* (dict "labels" …): over zones, then over nodes, where that is possible. */}}
{{- define "tillstream.spread" -}}
{{- $labels := .labels -}}
{{- range $index, $key := list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
- maxSkew: 1
  topologyKey: {{ $key }}
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels:
      {{- $labels | nindent 6 }}
  matchLabelKeys: [pod-template-hash]
{{- end }}
{{- end -}}
