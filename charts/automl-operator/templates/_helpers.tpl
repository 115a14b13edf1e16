{{/* The name of all objects: automl-operator for a release named automl. */}}
{{- define "automl-operator.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if hasPrefix .Release.Name .Chart.Name -}}
{{- .Chart.Name -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{/* The labels of the Deployment's selector, which must never change. */}}
{{- define "automl-operator.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end }}

{{- define "automl-operator.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "automl-operator.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "automl-operator.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end }}

{{- define "automl-operator.broker" -}}
{{- include "automl-operator.fullname" . }}-broker
{{- end }}

{{- define "automl-operator.certificate" -}}
{{- .Values.tls.secretName | default (printf "%s-tls" (include "automl-operator.broker" .)) -}}
{{- end }}

{{/* An image's full name. Takes a dict of image and root. */}}
{{- define "automl-operator.image" -}}
{{- if .image.digest -}}
{{- printf "%s@%s" .image.repository .image.digest -}}
{{- else -}}
{{- printf "%s:%s" .image.repository (.image.tag | default .root.Chart.AppVersion) -}}
{{- end -}}
{{- end }}

{{/* The pools without an accelerator, which an experiment that names none may use; empty for none. */}}
{{- define "automl-operator.ordinaryPools" -}}
{{- range $name, $pool := .Values.pools }}
{{- $accelerator := "" }}
{{- range $resource, $amount := ($pool.resources).limits }}
{{- if and (contains "/" $resource) (not (hasSuffix "kubernetes.io" (splitList "/" $resource | first))) }}
{{- $accelerator = $resource }}
{{- end }}
{{- end }}
{{- if not $accelerator }}{{ $name }} {{ end }}
{{- end }}
{{- end }}

{{/* Whether several operators share the work through a Lease; empty for no. */}}
{{- define "automl-operator.several" -}}
{{- if gt (int .Values.replicas) 1 }}true{{ end -}}
{{- end }}

{{/* The operator's settings, as automl_operator.kube.settings reads them. */}}
{{- define "automl-operator.config" -}}
namespaces: {{ toJson .Values.namespaces }}
broker:
  url: https://{{ include "automl-operator.broker" . }}.{{ .Release.Namespace }}.svc:8443
  port: 8443
  certificate: /etc/automl/tls/tls.crt
  key: /etc/automl/tls/tls.key
  ca: /etc/automl/tls/ca.crt
leaderElection:
  enabled: {{ include "automl-operator.several" . | default "false" }}
  namespace: {{ .Release.Namespace }}
  name: {{ include "automl-operator.fullname" . }}
api: {{ toJson .Values.api }}
health: {port: 8080}
log: {{ toJson .Values.log }}
runner:
  image: {{ include "automl-operator.image" (dict "image" .Values.runner.image "root" .) }}
  imagePullPolicy: {{ .Values.runner.image.pullPolicy }}
  imagePullSecrets: {{ toJson .Values.imagePullSecrets }}
  {{- $assigned := .Capabilities.APIVersions.Has "security.openshift.io/v1" }}
  {{- $user := ternary .Values.runner.runAsUser 65532 (or $assigned (not (kindIs "invalid" .Values.runner.runAsUser))) }}
  runAsUser: {{ if kindIs "invalid" $user }}null{{ else }}{{ int64 $user }}{{ end }}
store:
  uri: {{ toJson .Values.store.uri }}
  endpoint: {{ toJson .Values.store.endpoint }}
  region: {{ toJson .Values.store.region }}
  secretRef: {{ toJson .Values.store.secretRef }}
claim: {{ toJson .Values.claim }}
pools:
  {{- toYaml .Values.pools | nindent 2 }}
{{- end }}
