"""Settings files of the operator, as the chart writes them."""

from automl_operator.kube.settings import OperatorSettings
from automl_operator.kube.settings_file import load_settings

COMPLETE = """\
namespaces: []
broker:
  url: https://automl-operator-broker.automl-system.svc:8443
  port: 8443
  certificate: /etc/automl/tls/tls.crt
  key: /etc/automl/tls/tls.key
  ca: /etc/automl/tls/ca.crt
leaderElection: {enabled: false, namespace: automl-system, name: automl-operator}
api: {qps: 50, burst: 100}
health: {port: 8080}
log: {level: info, format: json}
runner: {image: runner:1, imagePullPolicy: IfNotPresent, imagePullSecrets: [], runAsUser: null}
store: {uri: "", endpoint: "", region: "", secretRef: null}
claim: {storageClassName: "", size: 10Gi}
pools:
  cpu:
    image: ""
    nodeSelector: {}
    tolerations: []
    resources: {requests: {cpu: "2", memory: 4Gi}, limits: {memory: 4Gi}}
    costPerHour: 0
    maxRunners: 10
    maxAssignmentsPerRunner: 0
    brokerTimeout: 10m
    idleTimeout: 30s
    scaleUpTimeout: 15m
    podAnnotations: {}
"""

SHORT = """\
broker: {url: "https://broker:8443"}
runner: {image: "runner:1"}
pools:
  cpu: {resources: {limits: {memory: 4Gi}}}
"""


def settings_with_pool(resources: str) -> OperatorSettings:
    """Settings whose one pool has these resources (YAML in one line)."""
    return load_settings(SHORT.replace("{limits: {memory: 4Gi}}", resources), "config.yaml")
