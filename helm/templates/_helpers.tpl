{{/* Names. The Deployment and its selector are those of the previous chart, so that an upgrade replaces it in place. */}}
{{- define "pod-proxier.name" -}}pod-proxier{{- end }}

{{- define "pod-proxier.namespace" -}}
{{- .Values.namespace | default .Release.Namespace -}}
{{- end }}

{{- define "pod-proxier.metadata" -}}
namespace: {{ include "pod-proxier.namespace" . }}
labels:
  {{- include "pod-proxier.labels" . | nindent 2 }}
{{- end }}

{{- define "pod-proxier.labels" -}}
app: pod-proxier
app.kubernetes.io/name: pod-proxier
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "pod-proxier.selector" -}}
app: pod-proxier
{{- end }}

{{/* A name that may be given as text or as a map with a name; the previous chart read it as both. (list VALUE DEFAULT) */}}
{{- define "pod-proxier.nameOf" -}}
{{- $given := index . 0 -}}
{{- if kindIs "map" $given }}{{ $given.name | default (index . 1) }}{{ else }}{{ $given | default (index . 1) }}{{ end -}}
{{- end }}

{{- define "pod-proxier.serviceAccount" -}}
{{- include "pod-proxier.nameOf" (list .Values.serviceAccount "pod-proxier-secret-sa") -}}
{{- end }}

{{- define "pod-proxier.image" -}}
{{- $image := .Values.images.podProxier -}}
{{ $image.repository }}:{{ $image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "pod-proxier.haproxyImage" -}}
{{ .Values.images.podProxierInts.repository }}:{{ .Values.images.podProxierInts.tag }}
{{- end }}

{{/* Ports. HAProxy listens on what the previous chart passed as --default-map-port. */}}
{{- define "pod-proxier.entryPort" -}}
{{- .Values.ports.defaultMapPort | default .Values.ports.entryPort | int -}}
{{- end }}

{{- define "pod-proxier.firstPort" -}}{{ regexFind "^[0-9]+" .Values.gateway.ports }}{{- end }}
{{- define "pod-proxier.lastPort" -}}{{ regexFind "[0-9]+$" .Values.gateway.ports }}{{- end }}

{{/* Where the gateway is. */}}
{{- define "pod-proxier.gateway" -}}
{{- if ne .Values.gateway.kind "external" }}{{ .Values.gateway.kind }}{{ else }}{{ .Values.gateway.external.kind }}{{ end -}}
{{- end }}

{{- define "pod-proxier.gatewaySecret" -}}
{{- .Values.gateway.existingSecret | default "pod-proxier-gateway" -}}
{{- end }}

{{- define "pod-proxier.tokensSecret" -}}
{{- .Values.apiTokens.existingSecret | default "pod-proxier-tokens" -}}
{{- end }}

{{- define "pod-proxier.policyMap" -}}
{{- .Values.policy.existingConfigMap | default "pod-proxier-policy" -}}
{{- end }}

{{/* The helm test has a token of its own, where the chart makes the tokens, and a rule, where it writes the policy. */}}
{{- define "pod-proxier.testable" -}}
{{- if and .Values.helmTest.enabled (not .Values.apiTokens.existingSecret) (not .Values.policy.existingConfigMap) }}yes{{ end -}}
{{- end }}

{{/* What klog called 5 was said at every start; above it one wants to see more. */}}
{{- define "pod-proxier.logLevel" -}}
{{- if regexMatch "^[0-9]+$" (toString .Values.logLevel) -}}
{{- ternary "debug" "info" (gt (int .Values.logLevel) 5) -}}
{{- else }}{{ .Values.logLevel }}{{ end -}}
{{- end }}

{{/* The namespaces whose pods the bot looks at, as JSON: {"names": [...], "patterns": bool}. */}}
{{- define "pod-proxier.scope" -}}
{{- $names := list -}}
{{- $patterns := false -}}
{{- if .Values.rbac.namespaces -}}
{{- $names = .Values.rbac.namespaces -}}
{{- else if .Values.policy.existingConfigMap -}}
{{- $patterns = true -}}
{{- else if .Values.policy.content -}}
{{- range .Values.policy.content.rules }}{{ $names = concat $names .namespaces }}{{ end -}}
{{- if .Values.v2.enabled }}{{ $names = concat $names .Values.allowedNamespaces }}{{ end -}}
{{- else -}}
{{- $names = .Values.allowedNamespaces -}}
{{- end -}}
{{- range $names }}{{ if regexMatch "[*?\\[]" . }}{{ $patterns = true }}{{ end }}{{ end -}}
{{- dict "names" (uniq $names) "patterns" $patterns | toJson -}}
{{- end }}

{{/* What must not be. */}}
{{- define "pod-proxier.check" -}}
{{- $several := gt (int .Values.replicaCount) 1 -}}
{{- if and $several (ne .Values.gateway.kind "external") -}}
{{- fail (printf "replicaCount: %d pods would each have a gateway of their own, and nobody could say which one has a port. Set replicaCount: 1, or gateway.kind: external with a databaseUrl" (int .Values.replicaCount)) -}}
{{- end -}}
{{- if and $several (not .Values.databaseUrl.existingSecret) -}}
{{- fail "replicaCount: several bots share a PostgreSQL. Set databaseUrl.existingSecret, or replicaCount: 1" -}}
{{- end -}}
{{- if eq .Values.gateway.kind "external" -}}
{{- if and (eq .Values.gateway.external.kind "dataplane") (not .Values.gateway.external.apiAddr) -}}
{{- fail "gateway.external.apiAddr: where is the Data Plane API? For example http://10.0.0.5:5555" -}}
{{- end -}}
{{- if and (eq .Values.gateway.external.kind "dataplane") (not .Values.gateway.existingSecret) -}}
{{- fail "gateway.existingSecret: the Data Plane API elsewhere has a password already; name the Secret that holds it" -}}
{{- end -}}
{{- if and (eq .Values.gateway.external.kind "socket") (not .Values.gateway.external.socket) -}}
{{- fail "gateway.external.socket: where is HAProxy's stats socket? For example /run/haproxy/admin.sock" -}}
{{- end -}}
{{- end -}}
{{- if and .Values.policy.content .Values.policy.existingConfigMap -}}
{{- fail "policy: content and existingConfigMap are both given; which one counts? Give one of them" -}}
{{- end -}}
{{- end }}

{{/* The bot's settings, by its flags; values say more than the chart. */}}
{{- define "pod-proxier.settings" -}}
{{- $settings := dict
  "gateway" (include "pod-proxier.gateway" .)
  "ports" .Values.gateway.ports
  "port-rest" .Values.gateway.portRest
  "allowed-namespaces" .Values.allowedNamespaces
  "max-mapping-time" (int .Values.maxMappingTime)
  "api-token-file" (printf "/etc/pod-proxier/tokens/%s" .Values.apiTokens.key)
  "enable-v1" .Values.v1.enabled
  "enable-v2" .Values.v2.enabled
  "default-map-port" (include "pod-proxier.entryPort" . | int)
  "jprofiler-port-name" .Values.ports.jprofilerPortName
  "entry-api" (printf "127.0.0.1:%d" (int .Values.ports.entryApiPort))
  "resync-time" (int .Values.podProxier.resyncTime)
  "state-dir" "/var/lib/pod-proxier"
  "listen-addr" "0.0.0.0"
  "listen-port" (int .Values.ports.podProxierPort)
  "log-format" .Values.logFormat
  "log-level" (include "pod-proxier.logLevel" .)
-}}
{{- if eq (include "pod-proxier.gateway" .) "dataplane" -}}
{{- $here := printf "http://127.0.0.1:%d" (int .Values.ports.dataPlanPort) -}}
{{- $_ := set $settings "api-addr" (ternary .Values.gateway.external.apiAddr $here (eq .Values.gateway.kind "external")) -}}
{{- $_ := set $settings "api-user" .Values.gateway.apiUser -}}
{{- $_ := set $settings "api-password-file" (printf "/etc/pod-proxier/gateway/%s" .Values.gateway.passwordKey) -}}
{{- end -}}
{{- if eq (include "pod-proxier.gateway" .) "socket" -}}
{{- $_ := set $settings "haproxy-socket" .Values.gateway.external.socket -}}
{{- end -}}
{{- if .Values.ports.adminPort }}{{ $_ := set $settings "stats-port" (int .Values.ports.adminPort) }}{{ end -}}
{{- if .Values.gateway.whoamiPort }}{{ $_ := set $settings "whoami-port" (int .Values.gateway.whoamiPort) }}{{ end -}}
{{- if .Values.advertiseHost }}{{ $_ := set $settings "advertise-host" .Values.advertiseHost }}{{ end -}}
{{- if or .Values.policy.existingConfigMap (include "pod-proxier.policy" .) -}}
{{- $_ := set $settings "policy" (printf "/etc/pod-proxier/policy/%s" .Values.policy.key) -}}
{{- end -}}
{{- if .Values.v1.allowFrom }}{{ $_ := set $settings "v1-allow-from" (join "," .Values.v1.allowFrom) }}{{ end -}}
{{- if .Values.v2.enabled -}}
{{- $_ := set $settings "port-name" .Values.v2.portName -}}
{{- $_ := set $settings "port-range-start" (int .Values.v2.portRange.start) -}}
{{- $_ := set $settings "port-range-end" (int .Values.v2.portRange.end) -}}
{{- $_ := set $settings "off-check" .Values.v2.offCheck -}}
{{- $_ := set $settings "check-interval" (int .Values.v2.checkInterval) -}}
{{- $_ := set $settings "check-timeout" (int .Values.v2.checkTimeout) -}}
{{- $_ := set $settings "max-batch-size" (int .Values.v2.maxBatchSize) -}}
{{- if .Values.v2.sources }}{{ $_ := set $settings "v2-sources" (join "," .Values.v2.sources) }}{{ end -}}
{{- end -}}
{{- if .Values.slack.existingSecret -}}
{{- $_ := set $settings "slack-transport" .Values.slack.transport -}}
{{- $_ := set $settings "slack-bot-token-file" (printf "/etc/pod-proxier/slack/%s" .Values.slack.keys.botToken) -}}
{{- if eq .Values.slack.transport "socket" -}}
{{- $_ := set $settings "slack-app-token-file" (printf "/etc/pod-proxier/slack/%s" .Values.slack.keys.appToken) -}}
{{- else -}}
{{- $_ := set $settings "slack-signing-secret-file" (printf "/etc/pod-proxier/slack/%s" .Values.slack.keys.signingSecret) -}}
{{- end -}}
{{- if .Values.slack.announceChannel }}{{ $_ := set $settings "announce-channel" .Values.slack.announceChannel }}{{ end -}}
{{- end -}}
{{- /* Not merge, which takes a false for nothing. */}}
{{- range $name, $value := .Values.settings }}{{ $_ := set $settings $name $value }}{{ end -}}
{{- toYaml $settings -}}
{{- end }}

{{/* The policy that the chart writes: the one given, or what holds without one, and the test's rule behind all others. */}}
{{- define "pod-proxier.policy" -}}
{{- if not .Values.policy.existingConfigMap -}}
{{- $policy := deepCopy .Values.policy.content -}}
{{- if not $policy -}}
{{- $life := printf "%ds" (int .Values.maxMappingTime) -}}
{{- $rule := dict "namespaces" .Values.allowedNamespaces "max_ttl" $life "max_lifetime" $life -}}
{{- if .Values.v1.enabled }}{{ $_ := set $rule "v1" true }}{{ end -}}
{{- $policy = dict "rules" (list $rule) -}}
{{- end -}}
{{- if include "pod-proxier.testable" . -}}
{{- $rule := dict
  "namespaces" (list (include "pod-proxier.namespace" .))
  "requesters" (dict "tokens" (list "helm-test"))
  "approvals" 0
  "ports" (list (int .Values.ports.podProxierPort))
  "host_network" true
  "max_ttl" "5m"
-}}
{{- $_ := set $policy "rules" (append ($policy.rules | default list) $rule) -}}
{{- end -}}
{{- toYaml $policy -}}
{{- end -}}
{{- end }}

{{/* Nothing but what they are for. */}}
{{- define "pod-proxier.securityContext" -}}
{{- $strict := dict
  "runAsNonRoot" true
  "allowPrivilegeEscalation" false
  "readOnlyRootFilesystem" true
  "capabilities" (dict "drop" (list "ALL"))
-}}
{{- range $name, $value := .Values.podProxier.securityContext }}{{ $_ := set $strict $name $value }}{{ end -}}
{{- toYaml $strict -}}
{{- end }}

{{/* (dict "probe" PROBE "port" PORT) */}}
{{- define "pod-proxier.probe" -}}
httpGet:
  path: {{ .probe.path }}
  port: {{ .probe.port | default .port | int }}
initialDelaySeconds: {{ .probe.initialDelaySeconds }}
periodSeconds: {{ .probe.periodSeconds }}
timeoutSeconds: 3
{{- end }}
