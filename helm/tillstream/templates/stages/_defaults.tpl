{{/* What the operator puts into every pod of a stage, as JSON with sorted keys. */}}
{{- define "tillstream.stageDefaults" -}}
{{- $stages := .Values.stages -}}
{{- $defaults := dict
  "imagePullPolicy" .Values.image.pullPolicy
  "imagePullSecrets" .Values.imagePullSecrets
  "serviceAccountName" (include "tillstream.stageServiceAccount" .)
  "resources" $stages.resources
  "extraEnv" $stages.extraEnv
  "extraEnvFrom" $stages.extraEnvFrom
  "extraVolumes" $stages.extraVolumes
  "extraVolumeMounts" $stages.extraVolumeMounts
  "labels" (merge (dict) $stages.podLabels .Values.commonLabels)
  "annotations" $stages.podAnnotations
  "nodeSelector" $stages.nodeSelector
  "tolerations" $stages.tolerations
  "affinity" $stages.affinity
  "topologySpreadConstraints" $stages.topologySpreadConstraints
  "priorityClassName" $stages.priorityClassName
-}}
{{- $given := dict -}}
{{- range $key, $value := $defaults }}{{ if $value }}{{ $_ := set $given $key $value }}{{ end }}{{ end -}}
{{- toPrettyJson $given -}}
{{- end -}}
