{{/* tamis.toml: what the chart knows, then what the values say. */}}
{{- define "tamis.config" -}}
{{- if regexMatch "(?m)^\\s*\\[(policy|metrics|escrow)\\]" .Values.config }}
{{- fail "config: leave [policy], [metrics] and [escrow] out: the chart writes them (policies, metricsPort, officers)" }}
{{- end -}}
version = 1
state   = "/var/lib/tamis/state"
memory  = {{ .Values.memory | quote }}
drain   = "{{ .Values.drainSeconds }} s"

[policy]
path  = "/etc/tamis/policies"
watch = {{ .Values.policies.watch | quote }}

[metrics]
listen = "0.0.0.0:{{ .Values.metricsPort }}"
{{ if .Values.officers }}
[escrow]
officers = "/etc/tamis/officers"
{{ end }}
{{ .Values.config | trim }}
{{- end }}

{{/* The container, in a pod of its own as beside an application. */}}
{{- define "tamis.container" -}}
{{- $drained := add .Values.drainSeconds 10 | int -}}
{{- if lt (int .Values.terminationGracePeriodSeconds) $drained }}
{{- fail (printf "terminationGracePeriodSeconds: at least %d: drainSeconds, and ten more to give back what is left" $drained) }}
{{- end -}}
name: tamis
image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
imagePullPolicy: {{ .Values.image.pullPolicy }}
args: [run, -c, /etc/tamis/config/tamis.toml]
ports:
  - { name: metrics, containerPort: {{ .Values.metricsPort }}, protocol: TCP }
  {{- range .Values.ports }}
  - { name: {{ .name }}, containerPort: {{ .port }}, protocol: {{ .protocol | default "TCP" }} }
  {{- end }}
# Ready once plans are compiled and sources listen; never a matter of sinks: they must not take an application out of service.
startupProbe:
  httpGet: { path: /readyz, port: metrics }
  periodSeconds: 1
  failureThreshold: 120
readinessProbe:
  httpGet: { path: /readyz, port: metrics }
  periodSeconds: 5
livenessProbe:
  httpGet: { path: /healthz, port: metrics }
  periodSeconds: 10
  failureThreshold: 6
securityContext:
  allowPrivilegeEscalation: false
  capabilities: { drop: [ALL] }
  readOnlyRootFilesystem: true
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  seccompProfile: { type: RuntimeDefault }
resources: {{ toJson .Values.resources }}
{{- with .Values.env }}
env: {{ toJson . }}
{{- end }}
volumeMounts:
  - { name: tamis-config, mountPath: /etc/tamis/config, readOnly: true }
  - { name: tamis-state, mountPath: /var/lib/tamis }
  {{- if .Values.secrets }}
  - { name: tamis-secrets, mountPath: /etc/tamis/secrets, readOnly: true }
  {{- end }}
  {{- if .Values.officers }}
  - { name: tamis-officers, mountPath: /etc/tamis/officers, readOnly: true }
  {{- end }}
  {{- if .Values.policies.volume }}
  - { name: tamis-policies, mountPath: /etc/tamis/policies, readOnly: true }
  {{- else if or .Values.policies.tenants .Values.policies.tenantsSecret }}
  - { name: tamis-policies, mountPath: /etc/tamis/policies/tenants, readOnly: true }
  {{- end }}
  {{- with .Values.volumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{/* An entry of initContainers: it starts before the containers of the pod and ends after them. */}}
{{- define "tamis.sidecar" -}}
restartPolicy: Always
{{ include "tamis.container" . }}
{{- end }}

{{/* Entries of volumes, without the state. */}}
{{- define "tamis.volumes" -}}
- name: tamis-config
  configMap: { name: {{ include "tamis.name" . }} }
{{- if .Values.secrets }}
- name: tamis-secrets
  projected:
    defaultMode: 0440
    sources:
      {{- range $name, $from := .Values.secrets }}
      - secret: { name: {{ $from.secret }}, items: [{ key: {{ $from.key }}, path: {{ $name }} }] }
      {{- end }}
{{- end }}
{{- with .Values.officers }}
- name: tamis-officers
  configMap:
    name: {{ include "tamis.name" $ }}-officers
    items:
      {{- range $tenant, $officers := . }}
      {{- range $officer := keys $officers | sortAlpha }}
      - { key: {{ $tenant }}.{{ $officer }}, path: {{ $tenant }}/{{ $officer }}.age }
      {{- end }}
      {{- end }}
{{- end }}
{{- $policies := .Values.policies }}
{{- $ways := list (not (empty $policies.volume)) (not (empty $policies.tenants)) (not (empty $policies.tenantsSecret)) }}
{{- if gt (len (without $ways false)) 1 }}
{{- fail "policies: say one of tenants, tenantsSecret and volume" }}
{{- end }}
{{- if $policies.volume }}
- name: tamis-policies
  {{- toYaml $policies.volume | nindent 2 }}
{{- else if $policies.tenantsSecret }}
- name: tamis-policies
  secret: { secretName: {{ $policies.tenantsSecret }}, defaultMode: 0440 }
{{- else if $policies.tenants }}
- name: tamis-policies
  configMap: { name: {{ include "tamis.name" . }}-tenants }
{{- end }}
{{- end }}

{{/* The state, where it need not outlive the pod. */}}
{{- define "tamis.state" -}}
- name: tamis-state
  emptyDir: {}
{{- end }}
