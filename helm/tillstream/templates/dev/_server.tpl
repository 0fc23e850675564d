{{/* (dict "root" $ "name" "kafka" "ports" (list (dict "name" … "port" …)) "user" 1000 "pod" <YAML of the container's rest>
     "folder" "/var/lib/…"): a Service and a StatefulSet of one pod. */}}
{{- define "tillstream.devServer" -}}
{{- $root := .root -}}
{{- $server := index $root.Values.dev .name -}}
{{- $name := include "tillstream.nameOf" (list $root .name) -}}
{{- $storage := dig "storage" "" $server -}}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ $name }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include "tillstream.labels" (list $root .name) | nindent 4 }}
spec:
  selector:
    {{- include "tillstream.selectorLabels" (list $root .name) | nindent 4 }}
  # A broker that is not ready yet has to find itself.
  publishNotReadyAddresses: true
  ports:
    {{- range .ports }}
    - { name: {{ .name }}, port: {{ .port }}, targetPort: {{ .name }} }
    {{- end }}
---
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: {{ $name }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include "tillstream.labels" (list $root .name) | nindent 4 }}
spec:
  replicas: 1
  serviceName: {{ $name }}
  selector:
    matchLabels:
      {{- include "tillstream.selectorLabels" (list $root .name) | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "tillstream.labels" (list $root .name) | nindent 8 }}
    spec:
      automountServiceAccountToken: false
      # Else there is an environment variable for each Service, and some images take theirs for settings.
      enableServiceLinks: false
      securityContext:
        runAsNonRoot: true
        runAsUser: {{ .user }}
        runAsGroup: {{ .user }}
        fsGroup: {{ .user }}
        seccompProfile: { type: RuntimeDefault }
      containers:
        - name: {{ .name }}
          image: {{ $server.image }}
          ports:
            {{- range .ports }}
            - { name: {{ .name }}, containerPort: {{ .port }} }
            {{- end }}
          resources:
            {{- toYaml $server.resources | nindent 12 }}
          # The images' start scripts write beside their programs, so the root stays writable.
          securityContext:
            allowPrivilegeEscalation: false
            capabilities: { drop: [ALL] }
          {{- if .folder }}
          volumeMounts:
            - { name: data, mountPath: {{ .folder }} }
          {{- end }}
          {{- .pod | nindent 10 }}
      {{- if and .folder (not $storage) }}
      volumes:
        - { name: data, emptyDir: {} }
      {{- end }}
  {{- if and .folder $storage }}
  volumeClaimTemplates:
    - metadata: { name: data }
      spec:
        accessModes: [ReadWriteOnce]
        resources: { requests: { storage: {{ $storage }} } }
  {{- end }}
{{- if $root.Values.networkPolicy.enabled }}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ $name }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include "tillstream.labels" (list $root .name) | nindent 4 }}
spec:
  podSelector:
    matchLabels:
      {{- include "tillstream.selectorLabels" (list $root .name) | nindent 6 }}
  policyTypes: [Ingress]
  # There is no login: nobody but the namespaces where Pipelines may be.
  ingress:
    - ports:
        {{- range .ports }}
        - { port: {{ .name }} }
        {{- end }}
      from:
        - podSelector: {}
        {{- if $root.Values.watchNamespaces }}
        - namespaceSelector:
            matchExpressions:
              - { key: kubernetes.io/metadata.name, operator: In, values: {{ uniq $root.Values.watchNamespaces | toJson }} }
        {{- else }}
        - namespaceSelector: {}
        {{- end }}
{{- end }}
{{- end -}}
