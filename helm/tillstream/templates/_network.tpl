{{/* (list $ with-api-server): the spec's part that is the same for operator and stages. */}}
{{- define "tillstream.networkRules" -}}
{{- $policy := (index . 0).Values.networkPolicy -}}
policyTypes: {{ ternary (list "Ingress" "Egress") (list "Ingress") $policy.egress.enabled | toJson }}
ingress:
  - ports: [{ port: health }]
    {{- with $policy.metricsFrom }}
    from:
      {{- toYaml . | nindent 6 }}
    {{- end }}
{{- if $policy.egress.enabled }}
egress:
  - ports: [{ port: 53, protocol: UDP }, { port: 53, protocol: TCP }]
  - ports:
      {{- range $policy.egress.serverPorts }}
      - { port: {{ . }}, protocol: TCP }
      {{- end }}
  {{- if index . 1 }}
  - ports:
      {{- range $policy.egress.apiServerPorts }}
      - { port: {{ . }}, protocol: TCP }
      {{- end }}
  {{- end }}
  {{- with $policy.egress.extra }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
{{- end -}}
